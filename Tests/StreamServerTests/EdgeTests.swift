import EventLog
import Events
import InMemoryLogging
import Logging
@testable import StreamServer
import Synchronization
import Testing
import TestSupport
import Workflow

@Suite struct EdgeTests {
    private struct SomeBug: Error {}

    @Test("Only loopback addresses are listened on without being asked")
    func addresses() throws {
        for host in ["127.0.0.1", "localhost", "::1", "127.9.9.9"] { try ServerOptions(host: host).check() }
        for host in ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org", "127.0.0"] {
            #expect(throws: StreamServerError.self) { try ServerOptions(host: host).check() }
            try ServerOptions(host: host, allowsRemoteAccess: true).check()
        }
    }

    @Test("The host is read out of any authority")
    func hosts() {
        for (authority, host) in [
            ("localhost:8080", "localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]:80", "::1"), ("[::1]", "::1"),
            ("evil.example:1", "evil.example"), ("", ""),
        ] {
            #expect(HostRule.host(of: authority) == host)
        }
        #expect(throws: StreamServerError.self) { try HostRule(isChecked: true).check(nil) }
    }

    @Test("What the browser has of the page is not sent again")
    func notModified() async throws {
        try await TestServer.run { server in
            let tag = try #require(try await server.get("/").headers["etag"])
            for (header, status) in [
                (tag, 304), ("W/\(tag)", 304), ("\"other\", \(tag)", 304), ("*", 304), ("\"other\"", 200), ("", 200),
            ] {
                #expect(try await server.get("/", ["If-None-Match": header]).status == status, "\(header)")
            }
        }
    }

    @Test("An allowed origin is one that a browser can name, in the form that it names it")
    func originForms() throws {
        for (given, taken) in [
            ("https://app.example", "https://app.example"), ("HTTPS://App.Example/", "https://app.example"),
            ("https://app.example:443", "https://app.example"), ("http://app.example:443", "http://app.example:443"),
            ("http://localhost:80/", "http://localhost"), ("http://[::1]:5173", "http://[::1]:5173"),
            ("http://[::1]", "http://[::1]"), ("http://127.0.0.1:03000", "http://127.0.0.1:3000"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"), ("*", "*"),
        ] {
            #expect(try OriginRule(allowed: [given]).allowed == [taken], "\(given)")
        }
        for given in [
            "", "null", "NULL", "app.example", "//app.example", "https://", "https:///", "https://app.example/x",
            "https://app.example//", "https://app.example?x", "https://app.example#x", "https://me@app.example",
            "https://app.example:", "https://app.example:0", "https://app.example:65536", "https://app.example:x",
            "https://*.example", "https://[::1", "https://a b", "https://äpp.example", "1ttp://app.example",
            "https://app.example,https://other.example",
        ] {
            let error = #expect(throws: StreamServerError.self, "\(given)") { try OriginRule(allowed: [given]) }
            #expect(error?.code == .invalidOrigin && error?.hint != nil)
            #expect(throws: StreamServerError.self) { try ServerOptions(allowedOrigins: [given]).check() }
        }
    }

    @Test("Pages of other origins are let in only where they are named")
    func origins() async throws {
        let options = ServerOptions(allowedOrigins: ["https://app.example"])
        try await TestServer.run(options: options) { server in
            let allowed = try await server.get("/sessions", ["Origin": "https://app.example"])
            #expect(allowed.status == 200)
            #expect(allowed.headers["access-control-allow-origin"] == "https://app.example")
            #expect(allowed.headers["vary"] == "Origin")
            let preflight = try await server.request(
                "OPTIONS", "/sessions/demo/events",
                ["Origin": "https://app.example", "Access-Control-Request-Method": "GET"])
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-headers"]?.contains("Last-Event-ID") == true)
            #expect(preflight.headers["access-control-allow-headers"]?.contains("If-None-Match") == true)
            let missing = try await server.get("/sessions/nobody", ["Origin": "https://app.example"])
            #expect(missing.status == 404)
            #expect(missing.headers["access-control-allow-origin"] == "https://app.example")
            // A form needs no preflight: the origin alone is refused.
            let foreign = try await server.request(
                "POST", "/chatbots/xiaomei/chat/demo",
                ["Origin": "https://evil.example", "Content-Type": "multipart/form-data; boundary=x"],
                body: Array("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n--x--\r\n".utf8))
            #expect(foreign.status == 403)
            #expect(foreign.headers["access-control-allow-origin"] == nil)
            #expect(foreign.headers["vary"] == "Origin")
            #expect(try await server.get("/sessions").headers["vary"] == "Origin")
            #expect(try await server.log.sessions(before: nil, limit: 1).isEmpty)
            let own = try await server.get("/sessions", ["Origin": "http://127.0.0.1:\(server.port)"])
            #expect(own.status == 200)
            #expect(own.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test("A server that stops or has too much to do is no error in its log; one that fails is")
    func levels() async throws {
        let entries = InMemoryLogHandler()
        try await TestServer.run(logger: Logger(label: "test") { _ in entries }) { server in
            let failures: [(any Error, Int)] = [
                (WorkflowError(.draining, "the server is about to stop", retryAfterSeconds: 5), 503),
                (EventLogError(.overloaded, "too much waits"), 503), (EventLogError(.storageFailed, "no disk"), 500),
                (SomeBug(), 500),
            ]
            for (failure, status) in failures {
                server.chats.failure.withLock { $0 = failure }
                let answer = try await server.post("/chatbots/xiaomei/chat/demo", message())
                #expect(answer.status == status)
            }
        }
        let levels = entries.entries.filter { $0.message == "request failed" }.map(\.level)
        #expect(levels == [.info, .info, .error, .error])
    }

    @Test("The accepted media type is chosen by quality, then by order")
    func accept() {
        let offered = ["text/event-stream", "application/json", "application/x-ndjson"]
        for (header, type) in [
            (nil, offered[0]), ("*/*", offered[0]), ("", offered[0]), ("text/*", offered[0]),
            ("application/json", offered[1]), ("application/json, text/plain, */*", offered[1]),
            ("application/json;q=0.5, application/x-ndjson", offered[2]), ("application/*", offered[1]),
            ("Application/JSON ; charset=utf-8", offered[1]), ("text/html,*/*;q=0.8", offered[0]), ("image/png", nil),
            ("application/json;q=0", nil),
        ] as [(String?, String?)] {
            #expect(Accept.choose(header, from: offered) == type, "\(header ?? "nil")")
        }
    }

    @Test("Positions are offsets with or without a part")
    func positions() {
        #expect(StreamPosition("0") == .beginning)
        #expect(StreamPosition("17") == StreamPosition(offset: Offset(17)))
        #expect(StreamPosition("17.6") == StreamPosition(offset: Offset(17), part: 6))
        #expect(StreamPosition("17.6")?.readAfter == Offset(16))
        for text in [
            "", "-1", "+1", " 1", "1 ", "1.", ".1", "1.0", "1.2.3", "0.1", "1e3", "１", "1.-2", "9223372036854775808",
        ] {
            #expect(StreamPosition(text) == nil, "\(text)")
        }
    }

    @Test("Paces are off, natural or a positive number")
    func paces() {
        #expect(Pace("off") == .off)
        #expect(Pace("natural") == .natural)
        #expect(Pace("12.5") == .characters(12.5))
        for text in ["", "0", "-1", "nan", "inf", "fast"] { #expect(Pace(text) == nil) }
    }
}
