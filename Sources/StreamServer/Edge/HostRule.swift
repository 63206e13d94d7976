/// Refuses requests to a loopback address under a foreign name: a page whose name was made to point here (DNS rebinding)
/// would otherwise read the sessions of whoever visits it.
struct HostRule {
    /// False where the server listens for other machines, which have their own names for it.
    let isChecked: Bool

    func check(_ authority: String?) throws {
        guard isChecked else { return }
        guard let authority, Self.isLoopback(Self.host(of: authority)) else {
            throw StreamServerError(
                .hostNotAllowed, "the Host of the request is not this machine's own",
                hint: "ask for localhost, 127.0.0.1 or [::1]")
        }
    }

    /// The name or address in `name:port` or `[address]:port`.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return authority.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    }

    /// True for `localhost`, 127.0.0.0/8 (RFC 6890) and `::1`.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
