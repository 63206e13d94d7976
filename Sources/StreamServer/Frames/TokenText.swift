import Events

/// A token's text as a JSON string: nearly always nothing in it has to be escaped, and then it is copied whole.
enum TokenText {
    /// Appends the text with its quotes.
    static func append(_ text: String, to output: inout [UInt8]) {
        let isCopied: Bool? = text.utf8.withContiguousStorageIfAvailable { bytes in
            for byte in bytes where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            output.append(UInt8(ascii: "\""))
            output.append(contentsOf: bytes)
            output.append(UInt8(ascii: "\""))
            return true
        }
        if isCopied != true { JSONText.appendString(text, to: &output) }
    }
}
