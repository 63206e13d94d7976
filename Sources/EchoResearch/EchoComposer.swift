import Agents
import Events

/// Says what was found, in the language of the question.
struct EchoComposer: LocalComposer {
    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String {
        let material = try CanonicalJSON.decode(EchoResearch.Material.self, from: input.material)
        let question = input.turns.last?.text ?? ""
        let isChinese = question.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
        let terms = material.plan.terms.map { "“\($0)”" }.joined(separator: isChinese ? "、" : ", ")
        if material.plan.terms.isEmpty {
            return isChinese ? "请告诉我要找哪些词。" : "Tell me which words to look for."
        }
        let note = material.filesLeftOut == 0 ? "" : "\n" + leftOut(material.filesLeftOut, isChinese: isChinese)
        if material.findings.isEmpty {
            let none =
                isChinese ? "这个会话和它的文件里没有出现\(terms)。" : "Neither this session nor its files mention \(terms)."
            return none + note
        }
        let lines = material.findings.map { "\($0.place): \($0.excerpt)" }.joined(separator: "\n")
        return (isChinese ? "\(terms)出现在这些地方：\n\(lines)" : "\(terms): found here.\n\(lines)") + note
    }

    private func leftOut(_ count: Int, isChinese: Bool) -> String {
        let limit = "\(EchoResearch.Limits.fileBytes >> 20) MiB"
        return isChinese
            ? "有\(count)个文件没有查：一次最多读\(limit)，新的文件优先。"
            : "Files that were not searched: \(count). One search reads \(limit), the newest files first."
    }
}
