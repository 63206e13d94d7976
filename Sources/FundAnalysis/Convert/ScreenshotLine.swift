/// One line of a page: words at the same height, joined to cells.
struct ScreenshotLine: Hashable {
    /// Text, or a figure.
    struct Cell: Hashable {
        var text: String
        var box: ScreenshotBox
        var figure: ScreenshotFigure?
    }

    var cells: [Cell]
    var centre: Double

    /// What stands on the line, as it was read.
    var raw: String { cells.map(\.text).joined(separator: " ") }

    /// Half of the words of a page are lower than this.
    static func medianHeight(_ words: [OCRWord]) -> Double {
        let heights = words.map(\.height).sorted()
        return heights.isEmpty ? 0 : Double(heights[heights.count / 2])
    }

    /// Words whose centres are within 0.55 of the median height are one line; words nearer than 0.9 of it, neither a
    /// number, are one cell.
    static func lines(of words: [OCRWord]) -> [ScreenshotLine] {
        let height = medianHeight(words)
        var lines: [(centre: Double, words: [OCRWord])] = []
        for word in words.sorted(by: { ScreenshotBox($0).centre < ScreenshotBox($1).centre }) {
            let centre = ScreenshotBox(word).centre
            if let last = lines.last, centre - last.centre <= 0.55 * height {
                lines[lines.count - 1].words.append(word)
                let count = Double(lines[lines.count - 1].words.count)
                lines[lines.count - 1].centre += (centre - last.centre) / count
            } else {
                lines.append((centre, [word]))
            }
        }
        return lines.map { line in
            ScreenshotLine(cells: cells(of: line.words.sorted { $0.left < $1.left }, height), centre: line.centre)
        }
    }

    private static func cells(of words: [OCRWord], _ height: Double) -> [Cell] {
        var cells: [Cell] = []
        for word in words {
            let box = ScreenshotBox(word)
            let figure = ScreenshotFigure(word)
            guard figure == nil, let last = cells.last, last.figure == nil,
                Double(box.left - last.box.right) < 0.9 * height
            else {
                cells.append(Cell(text: word.text, box: box, figure: figure))
                continue
            }
            // Chinese has no blanks; between Latin words a visible gap is one.
            let isLatin = last.text.last?.isASCII == true && word.text.first?.isASCII == true
            let isApart = Double(box.left - last.box.right) > 0.25 * height
            cells[cells.count - 1].text += (isLatin && isApart ? " " : "") + word.text
            cells[cells.count - 1].box.extend(to: box)
        }
        return cells
    }
}

/// The words that pages put beside figures.
enum ScreenshotLabels {
    /// Whether a cell is a label, also with one character misread (目收益 for 日收益).
    static func isLabel(_ text: String) -> Bool {
        text.split(whereSeparator: { "/|".contains($0) }).allSatisfy { isOne(String($0)) } && !text.isEmpty
    }

    private static let known: [[Character]] = [
        "持有金额", "金额", "资产", "市值", "持有市值", "总金额", "总资产", "资产总额", "日收益", "昨日收益", "今日收益", "当日收益", "昨收益", "当日盈亏",
        "持有收益", "持仓收益", "浮动盈亏", "累计收益", "持有收益率", "持仓收益率", "收益率", "率", "日涨幅", "日涨跌", "估值", "净值", "最新净值",
        "单位净值", "份额", "持有份额", "成本", "持仓成本", "成本价", "名称", "基金名称", "我的持有", "我的持仓", "全部", "持有", "amount", "value",
        "daypl", "pl", "return", "name",
    ].map(Array.init)

    private static func isOne(_ text: String) -> Bool {
        let base = text.halfWidth.lowercased().replacing("(元)", with: "").replacing("元)", with: "")
        let letters = base.filter(\.isLetter)
        guard !letters.isEmpty else { return true }
        return known.contains { label in
            let distance = FundCatalogue.editDistance(Array(letters), label)
            return distance == 0 || (label.count >= 3 && distance == 1 && letters.count == label.count)
        }
    }

    /// What a label says of the figure under it.
    static func role(_ text: String) -> ScreenshotRole? {
        let letters = text.halfWidth.lowercased()
        if letters.contains("率") || letters.contains("return") { return .rate }
        if NameClassifier.hasAny(letters, ["日收益", "昨收益", "当日盈亏", "day"]) { return .day }
        if NameClassifier.hasAny(letters, ["持有收益", "持仓收益", "浮动盈亏", "pl"]) { return .gain }
        return nil
    }
}

/// What a figure of a block is.
enum ScreenshotRole: Hashable {
    case gain, rate, day
}
