// GET /              the page
// GET /playhead.js   the client module for other pages; beside it the page's own modules and style sheets
//
// All of it is in the binary. The policy lets the page load nothing from elsewhere and run nothing that is not a file of
// its own, so that text which a model wrote can never become a program, whatever becomes of it.

import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The page at `/` and the modules it consists of.
struct Page: Sendable {
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
    private static let script = "text/javascript; charset=utf-8"
    private static let style = "text/css; charset=utf-8"

    func add(to table: inout RouteTable) {
        add("/", MediaType.html, PackageResources.index_html, to: &table)
        add("/page.css", Self.style, PackageResources.page_css, to: &table)
        add("/chat.css", Self.style, PackageResources.chat_css, to: &table)
        add("/figures.css", Self.style, PackageResources.figures_css, to: &table)
        let modules = [
            "answer": PackageResources.answer_js, "app": PackageResources.app_js, "cards": PackageResources.cards_js,
            "charts": PackageResources.charts_js, "chat": PackageResources.chat_js,
            "chatbots": PackageResources.chatbots_js, "compare": PackageResources.compare_js,
            "composer": PackageResources.composer_js, "connections": PackageResources.connections_js,
            "conversation": PackageResources.conversation_js, "drops": PackageResources.drops_js,
            "elements": PackageResources.elements_js, "errors": PackageResources.errors_js,
            "figures": PackageResources.figures_js, "history": PackageResources.history_js,
            "inspector": PackageResources.inspector_js, "language": PackageResources.language_js,
            "notice": PackageResources.notice_js, "playhead": PackageResources.playhead_js,
            "problems": PackageResources.problems_js, "proof": PackageResources.proof_js,
            "reading": PackageResources.reading_js, "run": PackageResources.run_js,
            "scrubber": PackageResources.scrubber_js, "sent": PackageResources.sent_js,
            "session": PackageResources.session_js,
            "sessions": PackageResources.sessions_js, "shared": PackageResources.shared_js,
            "welcome": PackageResources.welcome_js,
        ]
        for (name, bytes) in modules { add("/\(name).js", Self.script, bytes, to: &table) }
    }

    private func add(_ path: String, _ type: String, _ bytes: [UInt8], to table: inout RouteTable) {
        let tag = "\"" + SHA256.hash(data: bytes).prefix(12).map { String($0, radix: 16) }.joined(separator: "-") + "\""
        let headers: HTTPFields = [
            .contentType: type, .eTag: tag, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
            .xContentTypeOptions: "nosniff",
        ]
        let body = ByteBuffer(bytes: bytes)
        table.get(path) { request, _ in
            if Self.matches(request.headers[.ifNoneMatch], tag) {
                return Response(status: .notModified, headers: headers)
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }

    /// Compares weakly, as `If-None-Match` does (RFC 9110, section 13.1.2): a proxy that compresses makes a tag weak.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        (header ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .contains { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }
    }
}
