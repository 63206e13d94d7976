@testable import StreamServer
import Testing
import TestSupport

@Suite struct MultipartParserTests {
    private static let form = Array(
        ("preamble\r\n--b-1\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--b-2\r\n\r\r\n--b-\r\n\r\n"
            + "--b-1 \t\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".csv\"\r\n"
            + "Content-Type: text/csv; charset=utf-8\r\n\r\n\r\n--b-1\r\n"
            + "content-disposition: FORM-DATA; filename*=UTF-8''%E6%8C%81.csv; name=image\r\n\r\n\r\n\r\n--b-1--epilogue\r\n--b-1\r\n")
            .utf8)

    private static let expected: [MultipartParser.Output] = [
        .part(MultipartHeaders(name: "text")), .bytes(Array("hello\r\n--b-2\r\n\r\r\n--b-\r\n".utf8)), .endOfPart,
        .part(MultipartHeaders(name: "file", fileName: "a \"b\".csv", mediaType: "text/csv")), .endOfPart,
        .part(MultipartHeaders(name: "image", fileName: "持.csv")), .bytes([13, 10]), .endOfPart,
    ]

    /// Parses pieces and joins the bytes of neighbouring outputs.
    private func parse(_ pieces: [ArraySlice<UInt8>]) throws -> [MultipartParser.Output] {
        var parser = MultipartParser(boundary: "b-1")
        var outputs: [MultipartParser.Output] = []
        for piece in pieces { try parser.feed(piece, into: &outputs) }
        try parser.finish()
        var joined: [MultipartParser.Output] = []
        for output in outputs {
            if case .bytes(let more) = output, case .bytes(let bytes)? = joined.last {
                joined[joined.count - 1] = .bytes(bytes + more)
            } else {
                joined.append(output)
            }
        }
        return joined
    }

    @Test("A form is the same at every split, and byte by byte")
    func splits() throws {
        for split in 0...Self.form.count {
            #expect(try parse([Self.form[..<split], Self.form[split...]]) == Self.expected, "split at \(split)")
        }
        #expect(try parse(Self.form.indices.map { Self.form[$0...$0] }) == Self.expected)
    }

    @Test("A form cut anywhere before its closing boundary is refused")
    func cuts() throws {
        let end = Self.form.count - "epilogue\r\n--b-1\r\n".utf8.count
        for cut in 0..<end {
            #expect(throws: StreamServerError.self) { try parse([Self.form[..<cut]]) }
        }
    }

    @Test("Junk is refused or ignored, and never crashes")
    func junk() throws {
        var random = SeededGenerator(seed: TestLength.seed)
        let alphabet = Array("\r\n-b1: \";=x".utf8)
        for _ in 0..<TestLength.count(400, long: 300_000) {
            let count = Int.random(in: 0..<80, using: &random)
            let bytes = (0..<count).compactMap { _ in alphabet.randomElement(using: &random) }
            var mixed = Self.form
            mixed.replaceSubrange(
                Int.random(
                    in: 0..<mixed.count / 2, using: &random)..<Int.random(
                        in: mixed.count / 2..<mixed.count, using: &random),
                with: bytes)
            var results: [[MultipartParser.Output]?] = []
            for pieces in [[mixed[...]], mixed.indices.map { mixed[$0...$0] }] { results.append(try? parse(pieces)) }
            #expect(results[0] == results[1], "seed \(TestLength.seed)")
        }
    }

    @Test("Guarantee 9: nothing is unbounded: headers without end have a limit")
    func headerLimit() {
        var parser = MultipartParser(boundary: "b")
        var outputs: [MultipartParser.Output] = []
        #expect(throws: StreamServerError.self) {
            try parser.feed(Array("--b\r\nX: ".utf8), into: &outputs)
            try parser.feed(Array(repeating: UInt8(ascii: "x"), count: Limits.multipartHeaderBytes), into: &outputs)
        }
    }

    @Test("Parameters of headers are read as clients write them")
    func parameters() {
        let value = HeaderParameters(#"form-data; name="a;b" ; filename=c.csv;x;y = "1\\2\3""#)
        #expect(value.value == "form-data")
        #expect(value["name"] == "a;b")
        #expect(value["filename"] == "c.csv")
        #expect(value["y"] == #"1\2\3"#)
        #expect(value["x"] == nil)
        #expect(HeaderParameters("multipart/form-data; BOUNDARY=\"q\"")["boundary"] == "q")
        #expect(HeaderParameters("").value.isEmpty)
    }
}
