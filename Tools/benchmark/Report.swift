import Foundation

/// One measured figure, with what it is compared with.
struct Figure: Encodable {
    var name: String
    var value: Double
    var unit: String
    /// The same figure of the reference program.
    var reference: Double?
    /// How ours relates to the reference's, where that is the target.
    var ratio: Double?
    /// The target in words.
    var target: String?
    var isMet: Bool?

    init(_ name: String, _ value: Double, _ unit: String, reference: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.reference = reference
    }

    /// A figure whose target is a limit of its own.
    func atMost(_ limit: Double) -> Figure { judged("at most \(Self.format(limit))", value <= limit) }

    /// A figure whose target is a least value of its own.
    func atLeast(_ limit: Double) -> Figure { judged("at least \(Self.format(limit))", value >= limit) }

    /// A figure whose target is a ratio to the reference, at least.
    func ratioAtLeast(_ limit: Double) -> Figure {
        guard let reference else { return self }
        var figure = judged("ratio at least \(Self.format(limit))", value / reference >= limit)
        figure.ratio = value / reference
        return figure
    }

    /// A figure whose target is a ratio to the reference, at most.
    func ratioAtMost(_ limit: Double) -> Figure {
        guard let reference else { return self }
        var figure = judged("ratio at most \(Self.format(limit))", value / reference <= limit)
        figure.ratio = value / reference
        return figure
    }

    private func judged(_ target: String, _ isMet: Bool) -> Figure {
        var figure = self
        figure.target = target
        figure.isMet = isMet
        return figure
    }

    static func format(_ value: Double) -> String {
        switch abs(value) {
        case 1_000...: value.formatted(.number.precision(.fractionLength(0)))
        case 10...: value.formatted(.number.precision(.fractionLength(0...1)))
        default: value.formatted(.number.precision(.fractionLength(0...3)))
        }
    }
}

/// The figures of one run.
struct Report: Encodable {
    var machine = Machine()
    private(set) var figures: [Figure] = []
    private let isJSON: Bool

    private enum CodingKeys: CodingKey { case machine, figures }

    /// What the figures depend on.
    struct Machine: Encodable {
        var cores = ProcessInfo.processInfo.activeProcessorCount
        var system = ProcessInfo.processInfo.operatingSystemVersionString
        var loadAverage = Report.loadAverage()
    }

    init(isJSON: Bool) { self.isJSON = isJSON }

    /// Adds a figure and, in a table, prints it at once.
    mutating func add(_ figure: Figure) {
        figures.append(figure)
        if !isJSON { Self.show(Self.line(figure)) }
    }

    /// Prints what is printed at the start.
    func begin() {
        guard !isJSON else { return }
        Self.show("load average \(machine.loadAverage), \(machine.cores) cores")
        Self.show(Self.columns(["figure", "ours", "reference", "ratio", "unit", "target", ""]))
    }

    /// Prints what is printed at the end.
    func end() throws {
        guard isJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }

    /// Prints at once: a figure is to be seen when it is measured, in a pipe too.
    private static func show(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private static func line(_ figure: Figure) -> String {
        columns([
            figure.name, Figure.format(figure.value), figure.reference.map(Figure.format) ?? "",
            figure.ratio.map(Figure.format) ?? "", figure.unit, figure.target ?? "",
            figure.isMet.map { $0 ? "met" : "MISSED" } ?? "",
        ])
    }

    private static func columns(_ cells: [String]) -> String {
        zip(cells, [46, 10, 10, 7, 14, 22, 6]).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }.joined()
    }

    private static func loadAverage() -> String {
        var loads = [Double](repeating: 0, count: 3)
        guard getloadavg(&loads, 3) == 3 else { return "unknown" }
        return loads.map { String(format: "%.1f", $0) }.joined(separator: " ")
    }
}
