/// `convert_portfolio`: what a message's texts, files and images say about a portfolio.
///
/// Each input is recognised by its content. Tables of holdings are read before series, because a NAV column is named
/// by a holding's code or name. Nothing is repaired silently: rows that cannot be read are listed, figures that
/// contradict each other are flagged.
public struct PortfolioReader: Sendable {
    private let engine: (any OCREngine)?
    private let vision: (any VisionModel)?

    /// Reads images too: with the model, where one is given, else with the engine.
    public init(engine: (any OCREngine)? = nil, vision: (any VisionModel)? = nil) {
        self.engine = engine
        self.vision = vision
    }

    /// Reads texts, files and images.
    ///
    /// - Throws: `FundAnalysisError`; `ocr_unavailable` where there is an image and nothing that can read it.
    public func read(_ inputs: [PortfolioInput]) async throws -> PortfolioReading {
        try Self.checkCount(inputs)
        var pages: [PortfolioAssembler] = []
        var recognised: [PortfolioReading.RecognisedInput] = []
        var notes: [String] = []
        for input in inputs where ImageHeader.isImage(input) {
            let page = try await readImage(input, &notes)
            if page.drafts.isEmpty, page.dropped.isEmpty { notes.append("No holdings were found on \(input.label).") }
            pages.append(page)
            recognised.append(.init(name: input.label, recognisedAs: page.drafts.isEmpty ? "nothing" : "screenshot"))
        }
        var reading = try Self.read(inputs, screenshots: pages)
        var others = reading.inputs[...]
        var images = recognised[...]
        reading.inputs = inputs.compactMap { ImageHeader.isImage($0) ? images.popFirst() : others.popFirst() }
        reading.notes = notes + reading.notes
        return reading
    }

    private func readImage(_ input: PortfolioInput, _ notes: inout [String]) async throws -> PortfolioAssembler {
        let header = try ImageHeader(checking: input.bytes, label: input.label)
        if let vision {
            do {
                let answer = try await vision.answer(
                    prompt: VisionReading.prompt, image: input.bytes, mediaType: "image/\(header.format)")
                return try VisionReading.read(answer, label: input.label)
            } catch {
                try Task.checkCancellation()
                guard engine != nil else { throw error }
                notes.append("The model could not read \(input.label), so it was read by OCR: \(error)")
            }
        }
        guard let engine else { throw Self.unavailable(input) }
        return try await ScreenshotReader(engine: engine).read(input.bytes, label: input.label)
    }

    static func unavailable(_ input: PortfolioInput) -> FundAnalysisError {
        FundAnalysisError(
            code: .ocrUnavailable, message: "\(input.label) cannot be read: no OCR engine is installed",
            hint: TesseractEngine.installHint)
    }

    private static func checkCount(_ inputs: [PortfolioInput]) throws {
        guard inputs.count > Limits.inputs else { return }
        throw FundAnalysisError(
            code: .tooManyInputs, message: "\(inputs.count) inputs, the limit is \(Limits.inputs)",
            hint: "Send the others in a second message.")
    }

    /// Reads texts and files.
    ///
    /// - Throws: `FundAnalysisError` where a file cannot be what it must be; a text without holdings is no error.
    public static func read(_ inputs: [PortfolioInput]) throws -> PortfolioReading {
        if let image = inputs.first(where: ImageHeader.isImage) { throw unavailable(image) }
        return try read(inputs, screenshots: [])
    }

    /// Reads the NAV history, benchmark and flows again that a recorded portfolio came with.
    ///
    /// Images are left out. `portfolio` names the columns: its holdings may come from an image, or have
    /// been corrected since.
    public static func series(in inputs: [PortfolioInput], for portfolio: Portfolio?) throws -> PortfolioReading {
        var session = Session(assemblers: [], named: portfolio)
        for input in inputs where !ImageHeader.isImage(input) { try session.read(input) }
        return try session.finish()
    }

    /// Reads texts and files, with what was read from images.
    static func read(_ inputs: [PortfolioInput], screenshots: [PortfolioAssembler]) throws -> PortfolioReading {
        try checkCount(inputs)
        var session = Session(assemblers: screenshots)
        for input in inputs where !ImageHeader.isImage(input) { try session.read(input) }
        return try session.finish()
    }

    /// The state of reading one message.
    private struct Session {
        var assemblers: [PortfolioAssembler]
        var messages: [PortfolioAssembler] = []
        /// Tables of dated values, read when all holdings are known.
        var series: [(table: DelimitedTable, label: String, input: Int)] = []
        var reading = PortfolioReading()

        /// Holdings that are known already.
        private let named: Portfolio?

        init(assemblers: [PortfolioAssembler], named: Portfolio? = nil) {
            self.assemblers = assemblers
            self.named = named
        }

        mutating func read(_ input: PortfolioInput) throws {
            let decoded = try EncodedText(input.bytes, label: input.label)
            let index = reading.inputs.count
            reading.inputs.append(
                PortfolioReading.RecognisedInput(
                    name: input.label, recognisedAs: "nothing", encoding: decoded.encoding))
            if input.kind == .text { reading.profile = InvestorProfile.parse(decoded.text) ?? reading.profile }
            let start = decoded.text.trimmed
            if start.hasPrefix("{") || start.hasPrefix("[") {
                if try readJSON(start, input, index) { return }
            }
            if let table = try DelimitedTable.read(decoded.text, allowsSpaces: input.kind == .text) {
                return try read(table, input, index)
            }
            try readMessage(decoded.text, input, index)
        }

        private mutating func read(_ table: DelimitedTable, _ input: PortfolioInput, _ index: Int) throws {
            if HoldingsTable.describes(table) {
                assemblers.append(try HoldingsTable.read(table, label: input.label, isMessage: input.kind == .text))
                reading.inputs[index].recognisedAs = "holdings"
            } else {
                series.append((table, input.label, index))
            }
        }

        /// False where the text only begins like JSON.
        private mutating func readJSON(_ text: String, _ input: PortfolioInput, _ index: Int) throws -> Bool {
            let node: JSONReader.Node
            do throws(JSONReader.Malformed) {
                node = try JSONReader.parse(text)
            } catch {
                if input.kind == .text, !text.contains("\":") { return false }
                throw FundAnalysisError(
                    code: .badJSON, message: "\(input.label) is not JSON: line \(error.line), \(error.what)",
                    hint: "Send {\"holdings\":[{\"name\":\"…\",\"amount\":1234.56}]} or a CSV file.")
            }
            let found = JSONTables(node)
            reading.profile = found.profile ?? reading.profile
            reading.navHistory = found.navHistory ?? reading.navHistory
            reading.benchmark = found.benchmark ?? reading.benchmark
            for table in found.tables { try read(table, input, index) }
            if let last = assemblers.indices.last, reading.inputs[index].recognisedAs == "holdings" {
                assemblers[last].asOf = assemblers[last].asOf ?? found.asOf
                assemblers[last].statedTotal = found.statedTotal.flatMap { NumberText.number($0)?.value }
                for draft in assemblers[last].drafts.indices {
                    assemblers[last].drafts[draft].currency = assemblers[last].drafts[draft].currency ?? found.currency
                }
            }
            if found.tables.isEmpty, found.navHistory == nil, found.benchmark == nil, input.kind == .file {
                throw notRecognised(input)
            }
            return true
        }

        private mutating func readMessage(_ text: String, _ input: PortfolioInput, _ index: Int) throws {
            let assembler = FreeText.read(text, label: input.label)
            if !assembler.hasHoldings {
                if input.kind == .file { throw notRecognised(input) }
                return
            }
            reading.inputs[index].recognisedAs = input.kind == .text ? "message" : "holdings"
            if input.kind == .text { messages.append(assembler) } else { assemblers.append(assembler) }
        }

        private func notRecognised(_ input: PortfolioInput) -> FundAnalysisError {
            FundAnalysisError(
                code: .notRecognised, message: "\(input.label) holds neither holdings nor dated values",
                hint: "The first row must name the columns, for instance 基金名称,持有金额 or name,amount.")
        }

        mutating func finish() throws -> PortfolioReading {
            // A message beside a file comments on it more often than it lists holdings of its own: what it lists
            // is added only where the file does not have it.
            let portfolio = try PortfolioMerge.portfolio(assemblers, messages: messages)
            var keys: [String: String] = [:]
            for holding in (portfolio?.holdings ?? []) + (named?.holdings ?? []) {
                keys[SeriesTable.normalised(holding.name)] = holding.key
                if let code = holding.code { keys[SeriesTable.normalised(code)] = holding.key }
            }
            for (table, label, index) in series {
                let content = SeriesTable.read(table, label: label, keys: keys)
                reading.notes += content.notes
                reading.inputs[index].recognisedAs = content.kind
                add(content, label: label)
            }
            reading.portfolio = portfolio
            reading.profile = reading.profile ?? portfolio?.investorProfile
            reading.portfolio?.investorProfile = reading.profile
            if let portfolio = named ?? portfolio, let history = reading.navHistory { noteCoverage(portfolio, history) }
            return reading
        }

        private mutating func add(_ content: SeriesTable.Content, label: String) {
            if let history = content.navHistory {
                reading.navHistory = reading.navHistory.map { $0.joined(with: history) } ?? history
            }
            if let benchmark = content.benchmark {
                if let earlier = reading.benchmark {
                    reading.notes.append("Two benchmarks; \(earlier.name) is used, not \(benchmark.name) of \(label).")
                }
                reading.benchmark = reading.benchmark ?? benchmark
            }
            if let flows = content.flows {
                noteRepeated(flows, label: label)
                reading.flows = (reading.flows ?? []) + flows
            }
        }

        /// Files of two funds may well list the same payments, and so may two statements that overlap: nobody can tell, so
        /// they count, and whoever sent them is told.
        private mutating func noteRepeated(_ flows: [CashFlow], label: String) {
            let earlier = Set(reading.flows ?? [])
            let repeated = flows.count { earlier.contains($0) }
            if repeated > 0 {
                reading.notes.append(
                    "\(repeated) of the \(flows.count) payments of \(label) have the day and the amount of one in another file; "
                        + "all are counted, so leave out what is the same payment.")
            }
        }

        private mutating func noteCoverage(_ portfolio: Portfolio, _ history: NavHistory) {
            let without = portfolio.holdings.filter { history.navs[$0.key] == nil }.map(\.name)
            if !without.isEmpty {
                reading.notes.append("No NAV history for: \(without.prefix(10).joined(separator: ", ")).")
            }
            let known = Set(portfolio.holdings.map(\.key))
            let unused = history.navs.keys.filter { !known.contains($0) }.sorted()
            if !unused.isEmpty {
                reading.notes.append("NAV columns of no holding: \(unused.prefix(10).joined(separator: ", ")).")
            }
        }
    }
}

extension NavHistory {
    /// Both histories on the dates of both; where both have a fund, the first counts.
    func joined(with other: NavHistory) -> NavHistory {
        if dates == other.dates {
            return NavHistory(dates: dates, navs: navs.merging(other.navs) { first, _ in first })
        }
        let all = Set(dates).union(other.dates).sorted()
        var joined: [String: [Double?]] = [:]
        for history in [self, other] {
            var places: [String: Int] = [:]
            for (index, day) in history.dates.enumerated() { places[day] = index }
            for (code, values) in history.navs where joined[code] == nil {
                joined[code] = all.map { day in places[day].flatMap { values[$0] } }
            }
        }
        return NavHistory(dates: all, navs: joined)
    }
}
