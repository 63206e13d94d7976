/// What the first bytes of an image say about it.
///
/// Nothing is decoded: the limits must hold before anything is.
///
/// PNG: the IHDR chunk (ISO/IEC 15948, 11.2.2). JPEG: the first start-of-frame segment (ITU-T T.81, B.2.2). WebP: the
/// `VP8 `, `VP8L` or `VP8X` chunk (RFC 9649, section 2).
public struct ImageHeader: Hashable, Sendable {
    /// `png`, `jpeg` or `webp`.
    public var format: String
    /// Pixels.
    public var width: Int
    /// Pixels.
    public var height: Int

    /// Reads the header and checks the limits.
    ///
    /// - Throws: `image_not_an_image` or `image_too_large`.
    public init(checking bytes: [UInt8], label: String = "image") throws {
        guard bytes.count <= Limits.imageBytes else {
            throw FundAnalysisError(
                code: .imageTooLarge, message: "\(label) has \(bytes.count) bytes, the limit is \(Limits.imageBytes)",
                hint: "Cut the screenshot, or save it as PNG or JPEG with fewer pixels.")
        }
        guard let header = Self.read(bytes), header.width > 0, header.height > 0 else {
            throw FundAnalysisError(
                code: .imageNotAnImage, message: "\(label) is not a PNG, JPEG or WebP image",
                hint: "Send the screenshot as the phone saved it.")
        }
        // Division, because two claimed sides of four bytes could overflow a product.
        guard header.width <= Limits.imagePixels / header.height else {
            throw FundAnalysisError(
                code: .imageTooLarge,
                message: "\(label) is \(header.width) × \(header.height), the limit is \(Limits.imagePixels) pixels",
                hint: "Cut the screenshot into pages.")
        }
        self = header
    }

    private init(format: String, width: Int, height: Int) {
        self.format = format
        self.width = width
        self.height = height
    }

    /// Whether an input is to be read as an image: it says so, or its bytes do.
    static func isImage(_ input: PortfolioInput) -> Bool {
        input.kind == .image || (input.kind == .file && format(of: input.bytes) != nil)
    }

    /// The format by its signature.
    static func format(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "jpeg" }
        if bytes.count >= 12, bytes.starts(with: Array("RIFF".utf8)), bytes[8..<12].elementsEqual("WEBP".utf8) {
            return "webp"
        }
        return nil
    }

    private static func read(_ bytes: [UInt8]) -> ImageHeader? {
        switch format(of: bytes) {
        case "png": png(bytes)
        case "jpeg": jpeg(bytes)
        case "webp": webp(bytes)
        default: nil
        }
    }

    private static func png(_ bytes: [UInt8]) -> ImageHeader? {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        return ImageHeader(format: "png", width: bigEndian(bytes[16..<20]), height: bigEndian(bytes[20..<24]))
    }

    private static func jpeg(_ bytes: [UInt8]) -> ImageHeader? {
        var place = 2
        while place + 9 < bytes.count {
            guard bytes[place] == 0xFF else { return nil }
            let marker = bytes[place + 1]
            if marker == 0xFF {
                // Fill bytes may stand before a marker.
                place += 1
                continue
            }
            if (0xD0...0xD9).contains(marker) || marker == 0x01 {
                place += 2
                continue
            }
            let length = bigEndian(bytes[(place + 2)..<(place + 4)])
            guard length >= 2 else { return nil }
            // C4, C8 and CC are tables and reserved, not frames.
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                return ImageHeader(
                    format: "jpeg", width: bigEndian(bytes[(place + 7)..<(place + 9)]),
                    height: bigEndian(bytes[(place + 5)..<(place + 7)]))
            }
            place += 2 + length
        }
        return nil
    }

    private static func webp(_ bytes: [UInt8]) -> ImageHeader? {
        guard bytes.count >= 30 else { return nil }
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8 ":
            guard bytes[23..<26].elementsEqual([0x9D, 0x01, 0x2A]) else { return nil }
            return ImageHeader(
                format: "webp", width: littleEndian(bytes[26..<28]) & 0x3FFF,
                height: littleEndian(bytes[28..<30]) & 0x3FFF)
        case "VP8L":
            guard bytes[20] == 0x2F else { return nil }
            let bits = littleEndian(bytes[21..<25])
            return ImageHeader(format: "webp", width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
        case "VP8X":
            return ImageHeader(
                format: "webp", width: littleEndian(bytes[24..<27]) + 1, height: littleEndian(bytes[27..<30]) + 1)
        default: return nil
        }
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
