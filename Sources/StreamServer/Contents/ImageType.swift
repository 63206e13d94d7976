/// The kinds of images that are taken, told by their first bytes and never by what a client says.
enum ImageType: String, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case webp = "image/webp"
    case gif = "image/gif"

    /// Nil where the bytes are none of them, or end before the picture's size.
    init?(_ bytes: [UInt8]) {
        if Self.isPNG(bytes) {
            self = .png
        } else if bytes.count > 4, bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            // SOI and the first byte of the next marker (ITU T.81, annex B).
            self = .jpeg
        } else if bytes.count > 16, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8),
            bytes[12..<15].elementsEqual("VP8".utf8)
        {
            self = .webp
        } else if bytes.count > 13, bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else {
            return nil
        }
    }

    /// The signature and an IHDR chunk with a width and a height (PNG specification, sections 5.2 and 11.2.2).
    private static func isPNG(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 33, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            bytes[12..<16].elementsEqual("IHDR".utf8)
        else { return false }
        return bytes[16..<20].contains { $0 != 0 } && bytes[20..<24].contains { $0 != 0 }
    }
}
