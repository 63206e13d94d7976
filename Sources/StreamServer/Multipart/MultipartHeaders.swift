import Foundation

/// The headers of a form's part that matter: its field's name, its file's name and its media type.
struct MultipartHeaders: Equatable {
    var name: String
    var fileName: String?
    var mediaType: String?

    init(name: String, fileName: String? = nil, mediaType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.mediaType = mediaType
    }

    /// Parses a header block, each line with its line end.
    init(_ block: ArraySlice<UInt8>) throws {
        guard let text = String(validating: block, as: UTF8.self) else {
            throw MultipartParser.malformed("a part's headers are not UTF-8")
        }
        var name: String?
        // A CRLF is one `Character`.
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else {
                throw MultipartParser.malformed("a part has a header without a colon")
            }
            let value = line[line.index(after: colon)...].trimmed
            switch line[..<colon].lowercased() {
            case "content-disposition":
                let parameters = HeaderParameters(value)
                guard parameters.value.lowercased() == "form-data" else {
                    throw MultipartParser.malformed("a part's disposition is not form-data")
                }
                name = parameters["name"]
                fileName = Self.decodeExtended(parameters["filename*"]) ?? parameters["filename"]
            case "content-type": mediaType = HeaderParameters(value).value.lowercased()
            default: break
            }
        }
        guard let name else { throw MultipartParser.malformed("a part has no name") }
        self.name = name
    }

    /// `UTF-8''%E6%8C%81.csv` (RFC 8187, section 3.2).
    private static func decodeExtended(_ text: String?) -> String? {
        guard let text else { return nil }
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).removingPercentEncoding
    }
}

/// A header's value with its parameters: `form-data; name="a"; filename="b.csv"`.
struct HeaderParameters {
    /// What stands before the first semicolon.
    let value: String
    private var parameters: [String: String] = [:]

    /// Reads as far as the text can be read; the first of two parameters with one name counts.
    init(_ text: String) {
        var scanner = Substring(text)
        value = String(scanner.prefix { $0 != ";" }).trimmed
        scanner = scanner.drop { $0 != ";" }
        while scanner.first == ";" {
            scanner = scanner.dropFirst()
            let name = String(scanner.prefix { $0 != "=" && $0 != ";" }).trimmed.lowercased()
            scanner = scanner.drop { $0 != "=" && $0 != ";" }
            guard scanner.first == "=" else { continue }
            scanner = scanner.dropFirst().drop { $0 == " " || $0 == "\t" }
            let found: String
            if scanner.first == "\"" {
                found = Self.quoted(&scanner)
            } else {
                found = String(scanner.prefix { $0 != ";" }).trimmed
            }
            scanner = scanner.drop { $0 != ";" }
            if parameters[name] == nil { parameters[name] = found }
        }
    }

    /// A parameter by its lower-case name.
    subscript(_ name: String) -> String? { parameters[name] }

    /// Takes a quoted string.
    ///
    /// Only a quote and a backslash are unescaped: a file's path may hold other backslashes.
    private static func quoted(_ scanner: inout Substring) -> String {
        scanner = scanner.dropFirst()
        var text = ""
        while let character = scanner.popFirst(), character != "\"" {
            if character == "\\", let next = scanner.first, next == "\"" || next == "\\" {
                text.append(next)
                scanner = scanner.dropFirst()
            } else {
                text.append(character)
            }
        }
        return text
    }
}
