/// JSON as tables, so that it is recognised and checked exactly as CSV is.
///
/// Accepted: an array of objects; an object with such arrays under `holdings`, `nav`, `benchmark`, `flows` (or their
/// aliases); an object of names and amounts; and the form that this module itself publishes.
struct JSONTables {
    /// Arrays of objects, each as a table.
    var tables: [DelimitedTable] = []
    var navHistory: NavHistory?
    var benchmark: BenchmarkSeries?
    var profile: String?
    var asOf: String?
    var currency: String?
    var statedTotal: String?

    private static let lists: Set = [
        "holdings", "positions", "funds", "portfolio", "data", "items", "list", "assets", "持仓", "基金", "nav",
        "nav_history", "navs", "benchmark", "flows", "cash_flows", "cashflows", "rows", "result",
    ]

    /// Finds what the value holds.
    init(_ node: JSONReader.Node) {
        switch node {
        case .array(let items): add(items)
        case .object(let members): read(members)
        default: break
        }
    }

    private mutating func read(_ members: [JSONReader.Member]) {
        var pairs: [JSONReader.Member] = []
        for member in members {
            switch (member.name.lowercased(), member.value) {
            case ("profile", .string(let text)), ("investor_profile", .string(let text)),
                ("risk_profile", .string(let text)):
                profile = InvestorProfile.parse("profile \(text)")
            case ("as_of", .string(let text)), ("date", .string(let text)), ("日期", .string(let text)):
                asOf = DateText.parse(text)
            case ("currency", .string(let text)), ("币种", .string(let text)): currency = text
            case ("total", let value), ("total_amount", let value), ("stated_total", let value):
                statedTotal = Self.text(value)
            case ("nav_history", .object(let parts)), ("nav", .object(let parts)): readNav(parts)
            case ("benchmark", .object(let parts)): readBenchmark(parts)
            case (let name, .array(let items)) where Self.lists.contains(name): add(items)
            case (let name, .object(let parts)) where Self.lists.contains(name): read(parts)
            case (_, .number), (_, .string): pairs.append(member)
            default: break
            }
        }
        if tables.isEmpty, navHistory == nil, !pairs.isEmpty { readPairs(pairs) }
    }

    /// `{"余额宝": 20000, "AAPL": "1,234.56"}`, or one holding that is no array.
    private mutating func readPairs(_ pairs: [JSONReader.Member]) {
        if Set(pairs.compactMap { Heading($0.name).column }).count >= 2 { return add([.object(pairs)]) }
        guard pairs.allSatisfy({ NumberText.number(Self.text($0.value)) != nil }) else { return }
        add(
            pairs.map {
                .object([
                    JSONReader.Member(name: "name", value: .string($0.name)), .init(name: "amount", value: $0.value),
                ])
            })
    }

    /// `{"dates": [...], "navs": {"110020": [...]}}`.
    private mutating func readNav(_ parts: [JSONReader.Member]) {
        let node = JSONReader.Node.object(parts)
        guard case .array(let dates)? = node["dates"], case .object(let series)? = node["navs"] else {
            return read(parts)
        }
        var navs: [String: [Double?]] = [:]
        for member in series {
            guard case .array(let values) = member.value, values.count == dates.count else { continue }
            navs[member.name] = values.map { Double(Self.text($0)) }
        }
        navHistory = NavHistory(dates: dates.map { DateText.parse(Self.text($0)) ?? Self.text($0) }, navs: navs)
    }

    private mutating func readBenchmark(_ parts: [JSONReader.Member]) {
        let node = JSONReader.Node.object(parts)
        guard case .array(let dates)? = node["dates"], case .array(let values)? = node["values"],
            dates.count == values.count
        else { return }
        benchmark = BenchmarkSeries(
            name: node["name"].map(Self.text) ?? "benchmark",
            dates: dates.map { DateText.parse(Self.text($0)) ?? Self.text($0) },
            values: values.map { Double(Self.text($0)) })
    }

    /// An array of objects as a table: one column a member name, in the order they first occur.
    private mutating func add(_ items: [JSONReader.Node]) {
        var names: [String] = []
        var known: Set<String> = []
        for case .object(let members) in items.prefix(Limits.tableRows) {
            for member in members where known.insert(member.name).inserted && names.count < Limits.tableColumns {
                names.append(member.name)
            }
        }
        guard !names.isEmpty else { return }
        var rows: [DelimitedParser.Row] = []
        for (index, item) in items.prefix(Limits.tableRows).enumerated() {
            let raw = Self.text(item)
            guard case .object(let members) = item else {
                rows.append(DelimitedParser.Row(fields: [raw], line: index + 1, raw: raw))
                continue
            }
            let fields = names.map { name in members.last { $0.name == name }.map { Self.text($0.value) } ?? "" }
            let isRepeated = Set(members.map(\.name)).count < members.count
            rows.append(
                DelimitedParser.Row(
                    fields: fields, line: index + 1, raw: raw, problem: isRepeated ? .repeatedMember : nil))
        }
        tables.append(DelimitedTable(headings: names.map(Heading.init), rows: rows, format: "json"))
    }

    /// A value as a field of a table; of `{"value": …, "source": …}` the value.
    private static func text(_ node: JSONReader.Node) -> String {
        switch node {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): text
        case .array(let items): items.prefix(32).map(text).joined(separator: " ")
        case .object(let members):
            if let value = node["value"] {
                text(value)
            } else {
                members.prefix(32).map { "\($0.name): \(text($0.value))" }.joined(separator: ", ")
            }
        }
    }
}
