import Foundation
import Testing

@testable import FundAnalysis

@Suite("The OCR engine as a child process, and the limits before it", .serialized)
struct ConvertEngineTests {
    /// A folder with a program named `tesseract` that does what the script says when it is asked to read a page.
    private final class FakeEngine {
        let folder: URL
        var path: String { folder.appendingPathComponent("tesseract").path }

        init(_ script: String, languages: String = "chi_sim\\neng") throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("ocr-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let text = """
                #!/bin/sh
                here="$(dirname "$0")"
                case "$1" in
                --version) echo "tesseract 5.0-fake"; exit 0;;
                --list-langs) printf 'List of available languages\\n\(languages)\\n'; exit 0;;
                esac
                \(script)
                """
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func content(_ name: String) -> String? {
            try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
    }

    private static func engine(
        _ fake: FakeEngine, deadline: Duration = .seconds(120)
    ) async throws -> TesseractEngine {
        try await TesseractEngine.discover(executable: fake.path, deadline: deadline, startDeadline: .seconds(120))
    }

    private static func row(_ text: String) -> String {
        "printf '5\\t1\\t1\\t1\\t1\\t1\\t10\\t20\\t30\\t40\\t95.5\\t%s\\n' \"\(text)\""
    }

    @Test("The image goes in, words come out, and OMP_THREAD_LIMIT is 1")
    func words() async throws {
        let fake = try FakeEngine("size=$(wc -c); " + Self.row("$size-$OMP_THREAD_LIMIT-${SECRET_KEY:-none}-$4"))
        setenv("SECRET_KEY", "leaked", 1)
        defer { unsetenv("SECRET_KEY") }
        let engine = try await Self.engine(fake)
        #expect(engine.version == "tesseract 5.0-fake")
        #expect(engine.languages == ["chi_sim", "eng"])
        let image = [UInt8](repeating: 7, count: 300_000)
        let first = try await engine.words(in: image, pass: .first)
        #expect(
            first == [
                OCRWord(text: "300000-1-none-chi_sim+eng", left: 10, top: 20, width: 30, height: 40, confidence: 95.5)
            ])
        let second = try await engine.words(in: image, pass: .second)
        #expect(second.map(\.text) == ["300000-1-none-chi_sim"])
    }

    @Test("A missing engine or model is ocr_unavailable with the line that installs it")
    func unavailable() async throws {
        let fake = try FakeEngine("exit 0", languages: "eng")
        for path in ["/nonexistent/tesseract", "no-such-program-here", fake.path] {
            do {
                _ = try await TesseractEngine.discover(executable: path, startDeadline: .seconds(120))
                Issue.record("\(path) was found")
            } catch let error as FundAnalysisError {
                #expect(error.code == .ocrUnavailable)
                #expect(error.hint?.contains("apt-get install tesseract-ocr tesseract-ocr-chi-sim") == true)
            }
        }
        let image = PortfolioInput(kind: .image, bytes: try ConvertFixtures.bytes("screenshots/cards_1_dark_2x.png"))
        await #expect { try await PortfolioReader().read([image]) } throws: { error in
            (error as? FundAnalysisError)?.code == .ocrUnavailable
        }
        #expect(throws: FundAnalysisError.self) { try PortfolioReader.read([image]) }
    }

    @Test("An engine that does not end is killed at the deadline, with its children")
    func deadline() async throws {
        let fake = try FakeEngine("echo $$ > \"$here/pid\"; sleep 600 & echo $! > \"$here/child\"; wait")
        let engine = try await Self.engine(fake, deadline: .seconds(2))
        let start = ContinuousClock.now
        let image = [UInt8](repeating: 1, count: 1_000_000)
        await #expect { try await engine.words(in: image, pass: .first) } throws: { error in
            (error as? FundAnalysisError)?.code == .ocrTimeout
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        for file in ["pid", "child"] {
            let pid = try #require(fake.content(file).flatMap { Int32($0.trimmed) })
            // The signal is sent before the error is thrown; the child of a killed parent dies a moment later.
            while Self.isRunning(pid), ContinuousClock.now - start < .seconds(60) { await Task.yield() }
            #expect(!Self.isRunning(pid), "\(file) still runs")
        }
    }

    /// Whether a process is there and more than a record that waits for its parent.
    private static func isRunning(_ pid: Int32) -> Bool {
        let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return kill(pid, 0) == 0 && state?.contains(") Z ") != true
    }

    @Test("An engine that ends before it has read the image is an error, not the end of this process")
    func brokenPipe() async throws {
        let fake = try FakeEngine("echo 'Error in pixReadStream: Unknown format' >&2; exit 1")
        let engine = try await Self.engine(fake)
        await #expect { try await engine.words(in: [UInt8](repeating: 1, count: 4_000_000), pass: .first) } throws: {
            error in
            (error as? FundAnalysisError)?.code == .ocrFailed
        }
    }

    @Test("An engine that talks without end is stopped")
    func tooMuchOutput() async throws {
        let fake = try FakeEngine("cat > /dev/null; yes '5\t1\t1\t1\t1\t1\t1\t1\t1\t1\t9\tx'")
        let engine = try await Self.engine(fake)
        await #expect { try await engine.words(in: [1], pass: .first) } throws: { error in
            (error as? FundAnalysisError)?.code == .ocrFailed
        }
    }

    @Test("One page at a time")
    func oneAtATime() async throws {
        let fake = try FakeEngine(
            "cat > /dev/null; mkdir \"$here/lock\" || echo overlap >> \"$here/log\"; sleep 0.05; rmdir \"$here/lock\"; "
                + "echo done >> \"$here/log\"")
        let engine = try await Self.engine(fake)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await engine.words(in: [1], pass: .first) } }
            try await group.waitForAll()
        }
        #expect(fake.content("log") == String(repeating: "done\n", count: 6))
    }

    @Test("Who gives up waiting leaves the line, and the engine goes on")
    func giveUp() async throws {
        let fake = try FakeEngine(
            "cat > /dev/null; : > \"$here/started\"; until [ -e \"$here/go\" ]; do sleep 0.02; done; " + Self.row("x"))
        let engine = try await Self.engine(fake, deadline: .seconds(60))
        let reading = Task { try await engine.words(in: [1], pass: .first) }
        while fake.content("started") == nil { await Task.yield() }
        let waiting = Task { try await engine.words(in: [1], pass: .first) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try "".write(to: fake.folder.appendingPathComponent("go"), atomically: true, encoding: .utf8)
        #expect(try await reading.value.count == 1)
        #expect(try await engine.words(in: [1], pass: .first).count == 1)
    }

    // MARK: Headers

    private static func png(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        let sides = [width, height].flatMap { side in [24, 16, 8, 0].map { UInt8(side >> $0 & 0xFF) } }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + sides
    }

    @Test("PNG, JPEG and WebP sizes are read from their headers")
    func headers() throws {
        let png = try ImageHeader(checking: ConvertFixtures.bytes("screenshots/alipay_1_dark_2x.png"))
        #expect(png.format == "png" && png.width == 780)
        let jpeg: [UInt8] =
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC2, 0, 11, 8, 0x01, 0x02, 0x03, 0x04, 1, 0, 0, 0]
        let progressive = try ImageHeader(checking: jpeg)
        #expect(progressive.width == 0x304 && progressive.height == 0x102)
        let riff = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8)
        let lossy = try ImageHeader(
            checking: riff + Array("VP8 ".utf8) + [0, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A, 0x0C, 0x03, 0xD0, 0x07])
        #expect(lossy.width == 780 && lossy.height == 2000)
        let lossless = try ImageHeader(
            checking: riff + Array("VP8L".utf8) + [0, 0, 0, 0, 0x2F, 0x0B, 0xC3, 0xF3, 0x01]
                + [UInt8](repeating: 0, count: 5))
        #expect(lossless.width == 780 && lossless.height == 2000)
        let extended = try ImageHeader(
            checking: riff + Array("VP8X".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 0x0B, 0x03, 0, 0xCF, 0x07, 0])
        #expect(extended.width == 780 && extended.height == 2000)
    }

    @Test("Too many bytes or pixels are refused by the header alone, also where the product overflows")
    func tooLarge() {
        for bytes in [
            [UInt8](repeating: 0, count: Limits.imageBytes + 1), Self.png(5_001, 5_000), Self.png(.max, .max),
            Self.png(.max, 1),
        ] {
            #expect { try ImageHeader(checking: bytes) } throws: { ($0 as? FundAnalysisError)?.code == .imageTooLarge }
        }
        #expect(throws: Never.self) { try ImageHeader(checking: Self.png(5_000, 5_000)) }
    }

    @Test("What is no image, or ends in its header, is refused at every length")
    func notAnImage() throws {
        let inputs: [[UInt8]] = [
            [], Array("GIF89a".utf8), Array("hello".utf8), Self.png(0, 5), Self.png(5, 0), [0xFF, 0xD8, 0xFF],
        ]
        let prefixes = (0..<24).map { Array(Self.png(10, 10).prefix($0)) }
        let jpegs = (0..<200).map { [0xFF, 0xD8, 0xFF] + [UInt8](repeating: UInt8($0), count: 40) }
        for bytes in inputs + prefixes + jpegs {
            do {
                let header = try ImageHeader(checking: bytes)
                #expect(header.width > 0 && header.height > 0)
            } catch {
                let code = (error as? FundAnalysisError)?.code
                #expect(code == .imageNotAnImage || code == .imageTooLarge)
            }
        }
        #expect { try ImageHeader(checking: []) } throws: { ($0 as? FundAnalysisError)?.code == .imageNotAnImage }
    }

    @Test("Tesseract's TSV is read at every cut")
    func tsv() throws {
        let text = String(decoding: try ConvertFixtures.bytes("screenshots/cards_1_light_2x.first.tsv"), as: UTF8.self)
        let all = try OCRWord.words(tsv: text)
        #expect(all.count > 80)
        for end in stride(from: 0, to: text.utf8.count, by: 97) {
            let part = String(decoding: Array(text.utf8.prefix(end)), as: UTF8.self)
            #expect(try OCRWord.words(tsv: part).count <= all.count)
        }
    }

    // MARK: Vision

    private struct Model: VisionModel {
        var text: String
        func answer(prompt: String, image: [UInt8], mediaType: String) async throws -> String {
            #expect(mediaType == "image/png" && prompt.contains("hold_pl"))
            return text
        }
    }

    private static func image() throws -> PortfolioInput {
        PortfolioInput(kind: .image, name: "a.png", bytes: try ConvertFixtures.bytes("screenshots/cards_1_dark_2x.png"))
    }

    @Test("A model's answer goes through the same checks")
    func vision() async throws {
        let answer = """
            Here it is:
            ```json
            {"holdings":[{"name":"招商产业债券A","amount":"10,000.00","day_pl":null,"hold_pl":"+1,000.00","hold_rate":"+11.11%"},
            {"name":"余额宝","amount":"5,000.00","hold_pl":"+50.00","hold_rate":"+11.11%"}],"total":"15,000.00",
            "total_hold_pl":"1,050.00","unread":["黄金…"]}
            ```
            """
        let reading = try await PortfolioReader(vision: Model(text: answer)).read([Self.image()])
        let portfolio = try #require(reading.portfolio)
        #expect(portfolio.source == "vision" && portfolio.totalCheck == "ok")
        #expect(portfolio.holdings[0].checks == ["ok"] && portfolio.holdings[0].confidence == 1)
        #expect(portfolio.holdings[1].checks.contains("rate_mismatch") && portfolio.holdings[1].confidence < 1)
        #expect(portfolio.dropped.map(\.row) == ["黄金…"])
    }

    @Test("An answer that cannot be used falls back to the engine, or is an error of its own")
    func badVision() async throws {
        for text in ["I cannot see images.", "{\"holdings\":[]}", "{", "{\"holdings\":[{\"name\":\"A\"}]}"] {
            await #expect { try await PortfolioReader(vision: Model(text: text)).read([Self.image()]) } throws: {
                error in
                (error as? FundAnalysisError)?.code == .visionMalformed
            }
        }
        let engine = WordEngine(first: [], second: [])
        let reading = try await PortfolioReader(engine: engine, vision: Model(text: "no")).read([Self.image()])
        #expect(reading.portfolio == nil && reading.notes.count == 2)
    }
}
