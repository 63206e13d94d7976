internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

extension AgentDirectory {
    /// Why a model's host cannot be reached; nil where it answers anything at all, or where there is no host.
    func probe(_ model: ModelConfiguration) async -> String? {
        guard let url = model.baseURL ?? model.provider.defaultBaseURL else { return nil }
        do {
            // Any status is an answer: most servers have nothing at their base address.
            _ = try await connections.client.execute(
                HTTPClientRequest(url: url), deadline: .now() + TimeAmount(model.connectTimeout))
            return nil
        } catch {
            return "\(url) cannot be reached: \(UpstreamExchange.reason(error))"
        }
    }
}
