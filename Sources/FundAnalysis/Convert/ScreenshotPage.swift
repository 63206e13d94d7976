import Foundation

/// A page as blocks, totals and what could not be placed.
///
/// Pure: words in, figures out.
struct ScreenshotPage {
    var blocks: [ScreenshotBlock] = []
    /// The page's own total.
    var total: ScreenshotFigure?
    /// Signed figures above the list, with what their labels say: the page's sums of day gains and P/L.
    var headFigures: [(figure: ScreenshotFigure, label: ScreenshotRole?)] = []
    /// Lines that look like part of a holding and are none.
    var unread: [(row: String, reason: String)] = []

    private var lines: [ScreenshotLine] = []
    private var height = 0.0

    private struct Anchor {
        var line: Int
        var cell: Int
    }

    init(_ words: [OCRWord]) {
        lines = ScreenshotLine.lines(of: words)
        height = ScreenshotLine.medianHeight(words)
        let anchors = findAnchors()
        var previousEnd = -1
        for (index, anchor) in anchors.enumerated() {
            let next = index + 1 < anchors.count ? anchors[index + 1].line : lines.count
            if isTotal(anchor) {
                total = total ?? figure(anchor)
                previousEnd = anchor.line
                continue
            }
            addBlock(anchor, after: previousEnd, before: next)
            previousEnd = lastFigureLine(from: anchor.line, to: next)
        }
        readHead(before: anchors.first { !isTotal($0) }?.line ?? lines.count)
        takeSumOfOthersAsTotal()
        readTail(after: previousEnd)
        markUngrouped()
        assignRoles()
    }

    private func figure(_ anchor: Anchor) -> ScreenshotFigure? { lines[anchor.line].cells[anchor.cell].figure }

    /// Every line's first unsigned figure that is no rate and not zero: an amount, or a total.
    private func findAnchors() -> [Anchor] {
        lines.indices.compactMap { line in
            lines[line].cells.firstIndex { cell in
                guard let figure = cell.figure else { return false }
                return !figure.isSigned && !figure.isPercent && figure.value > 0
            }.map { Anchor(line: line, cell: $0) }
        }
    }

    /// 总 beside the figure or on the line above it.
    private func isTotal(_ anchor: Anchor) -> Bool {
        let beside = lines[anchor.line].cells[..<anchor.cell].filter { $0.figure == nil }.map(\.text)
        let above = anchor.line > 0 ? lines[anchor.line - 1].cells.filter { $0.figure == nil }.map(\.text) : []
        return (beside + above).contains { $0.contains("总") || $0.contains("合计") || $0.lowercased().contains("total") }
    }

    private func lastFigureLine(from start: Int, to end: Int) -> Int {
        (start..<end).last { lines[$0].cells.contains { $0.figure != nil } } ?? start
    }

    private mutating func addBlock(_ anchor: Anchor, after previous: Int, before next: Int) {
        guard let amount = figure(anchor) else { return }
        var block = ScreenshotBlock(amount: amount, box: amount.box)
        let isNamed = readTableName(anchor, before: next, &block) || readCardName(anchor, after: previous, &block)
        let candidates = candidates(anchor, before: next)
        guard isNamed else {
            // Some pages write gains without a plus: an amount without a name belongs to the holding above it.
            if let last = blocks.indices.last {
                let offset = anchor.line - blockLine(last)
                let extra = ScreenshotBlock.Candidate(
                    figure: amount, lineOffset: offset, order: 0, label: label(above: amount.box, line: anchor.line))
                blocks[last].candidates +=
                    [extra]
                    + candidates.map { candidate in
                        var moved = candidate
                        moved.lineOffset += offset
                        return moved
                    }
                blocks[last].raw += " " + lines[anchor.line].raw
            } else {
                unread.append((lines[anchor.line].raw, "an amount without a name"))
            }
            return
        }
        block.candidates = candidates
        let end = lastFigureLine(from: anchor.line, to: next)
        for line in lines[anchor.line...end] {
            block.raw += (block.raw.isEmpty ? "" : " ") + line.raw
            for cell in line.cells where cell.figure != nil { block.box.extend(to: cell.box) }
        }
        blocks.append(block)
    }

    private func blockLine(_ index: Int) -> Int {
        lines.firstIndex { $0.cells.contains { $0.figure == blocks[index].amount } } ?? 0
    }

    /// Everything that is a number between this amount and the next one.
    private func candidates(_ anchor: Anchor, before next: Int) -> [ScreenshotBlock.Candidate] {
        var result: [ScreenshotBlock.Candidate] = []
        for line in anchor.line..<max(next, anchor.line + 1) {
            var order = 0
            for (index, cell) in lines[line].cells.enumerated() {
                guard let figure = cell.figure else { continue }
                if line == anchor.line, index == anchor.cell { continue }
                result.append(
                    ScreenshotBlock.Candidate(
                        figure: figure, lineOffset: line - anchor.line, order: order,
                        label: label(above: figure.box, line: line)))
                order += 1
            }
        }
        return result
    }

    /// The label above a figure, nearest in width, among the three lines above.
    private func label(above box: ScreenshotBox, line: Int) -> ScreenshotRole? {
        for above in stride(from: line - 1, through: max(0, line - 2), by: -1) {
            let cells = lines[above].cells.filter { cell in
                cell.figure == nil && ScreenshotLabels.isLabel(cell.text) && cell.box.left < box.right
                    && cell.box.right > box.left
            }
            if let cell = cells.first { return ScreenshotLabels.role(cell.text) }
        }
        return nil
    }

    /// Table: the name stands left of the amount and goes on below.
    private func readTableName(_ anchor: Anchor, before next: Int, _ block: inout ScreenshotBlock) -> Bool {
        let beside = lines[anchor.line].cells[..<anchor.cell].filter { isName($0) }
        guard let first = beside.first else { return false }
        var parts = beside.map(\.text)
        var last = first.box
        block.box.extend(to: first.box)
        for line in (anchor.line + 1)..<max(next, anchor.line + 1) {
            let below = lines[line].cells.filter { cell in
                cell.figure == nil && abs(cell.box.left - first.box.left) < Int(1.5 * height)
                    && cell.box.left < block.amount.box.left && !ScreenshotLabels.isLabel(cell.text)
            }
            guard let cell = below.first, Double(cell.box.top - last.bottom) < 1.6 * height else { break }
            parts.append(cell.text)
            last = cell.box
            block.box.extend(to: cell.box)
        }
        takeName(parts, &block)
        return true
    }

    /// Card: the name stands above the amount, the code between them.
    private func readCardName(_ anchor: Anchor, after previous: Int, _ block: inout ScreenshotBlock) -> Bool {
        guard previous + 1 < anchor.line else { return false }
        let region = lines[(previous + 1)..<anchor.line]
        let codeLine = region.lastIndex { $0.cells.contains { Self.code($0.text) != nil } }
        let end = codeLine.map { lines[$0].cells.contains { isName($0) } ? $0 + 1 : $0 } ?? region.endIndex
        for index in stride(from: end - 1, through: region.startIndex, by: -1) {
            let names = lines[index].cells.filter { isName($0) }
            guard let first = names.first else { continue }
            takeName(names.map(\.text) + (codeLine.map { lines[$0].cells.map(\.text) } ?? []), &block)
            for cell in lines[index].cells { block.box.extend(to: cell.box) }
            block.raw = lines[index..<anchor.line].map(\.raw).joined(separator: " ")
            block.box.extend(to: first.box)
            return true
        }
        return false
    }

    private func takeName(_ parts: [String], _ block: inout ScreenshotBlock) {
        var name = ""
        for part in parts {
            if let code = Self.code(part) {
                block.code = code
                name += Self.withoutCode(part)
            } else {
                name += part
            }
        }
        block.name = name.trimmed
    }

    /// Six digits alone, in brackets, or behind 代码.
    static func code(_ text: String) -> String? {
        let runs = text.halfWidth.split { !("0"..."9").contains($0) }.filter { $0.count == 6 }
        guard runs.count == 1, let digits = runs.first else { return nil }
        let rest = text.halfWidth.replacing(String(digits), with: "")
        let isAlone = rest.allSatisfy { !$0.isLetter && !$0.isNumber }
        return isAlone || rest.contains("代码") || text.halfWidth.contains("(\(digits))") ? String(digits) : nil
    }

    private static func withoutCode(_ text: String) -> String {
        guard let code = code(text) else { return text }
        return text.halfWidth.replacing("(\(code))", with: "").replacing(code, with: "").replacing("基金代码", with: "")
            .replacing("代码", with: "").filter { !":".contains($0) }
    }

    /// Two letters at least, and no label.
    private func isName(_ cell: ScreenshotLine.Cell) -> Bool {
        cell.figure == nil && cell.text.count(where: \.isLetter) >= 2 && !ScreenshotLabels.isLabel(cell.text)
    }

    /// Figures above the list are the page's sums, where it has a total; without one they belong to a holding whose
    /// amount is cut off.
    private mutating func readHead(before end: Int) {
        for line in lines.indices.prefix(end) {
            for cell in lines[line].cells {
                guard let figure = cell.figure, figure.isSigned || figure.value == 0, !figure.isPercent else {
                    continue
                }
                headFigures.append((figure, label(above: figure.box, line: line)))
            }
        }
        if total == nil, let first = headFigures.first,
            let line = lines.first(where: { $0.cells.contains { $0.figure == first.figure } })
        {
            unread.append((line.raw, "figures without an amount: the row may be cut off"))
        }
    }

    /// A total whose label was misread: an amount that is the sum of all others and carries no gains of its own.
    private mutating func takeSumOfOthersAsTotal() {
        guard total == nil, blocks.count >= 3 else { return }
        let sum = blocks.reduce(Decimal(0)) { $0 + $1.amount.value }
        guard
            let place = blocks.firstIndex(where: {
                $0.amount.value * 2 == sum && !NameClassifier.looksLikeHolding($0.name)
            })
        else { return }
        total = blocks.remove(at: place).amount
    }

    /// A name at the end without an amount: the row is cut off.
    private mutating func readTail(after end: Int) {
        for line in lines.dropFirst(end + 1) {
            for cell in line.cells where isName(cell) && NameClassifier.looksLikeHolding(cell.text) {
                // The second line of the last name is part of it.
                if blocks.last?.name.contains(cell.text) == true { continue }
                unread.append((line.raw, "a name without an amount: the row may be cut off"))
            }
        }
    }

    /// Where the page groups its digits, a long number without a mark has lost one, and perhaps a digit with it.
    private mutating func markUngrouped() {
        let all = blocks.flatMap { [$0.amount] + $0.candidates.map(\.figure) }
        guard all.contains(where: \.isGrouped) else { return }
        for index in blocks.indices {
            if blocks[index].amount.isUngrouped { blocks[index].amount.isSuspect = true }
            for place in blocks[index].candidates.indices where blocks[index].candidates[place].figure.isUngrouped {
                blocks[index].candidates[place].figure.isSuspect = true
            }
        }
    }

    private mutating func assignRoles() {
        var votes: [ScreenshotBlock.Slot: Int] = [:]
        for block in blocks { if let slot = block.certainSlot { votes[slot, default: 0] += 1 } }
        let most = votes.values.max() ?? 0
        let winners = votes.filter { $0.value == most }.map(\.key)
        for index in blocks.indices {
            blocks[index].assignRoles(usualSlot: winners.count == 1 ? winners.first : nil)
        }
        let withDay = blocks.count { $0.day != nil }
        for index in blocks.indices where withDay * 2 > blocks.count && blocks[index].day == nil {
            blocks[index].problems.append("day_missing")
        }
    }
}
