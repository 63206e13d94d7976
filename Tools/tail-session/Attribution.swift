import Events

/// What an event belongs to, by its chain of causes: token → message.started → node.started.
struct Attribution: Sendable, Hashable {
    var node: String?
    /// The offset of the `message.started` at or above the event.
    var message: Offset?
    /// The role of that message.
    var role: String?
}

/// Finds what events belong to.
///
/// It remembers the newest events; a cause that came before the first event read, or was forgotten, is looked up.
struct Attributor {
    private var known: [Offset: Attribution] = [:]
    /// The remembered offsets in the order they came, as a ring.
    private var order: [Offset] = []
    private var oldest = 0

    /// What an event belongs to.
    ///
    /// - Parameter lookUp: gives an event of the session by its offset.
    mutating func attribute(_ event: Event, lookUp: (Offset) async throws -> Event?) async throws -> Attribution {
        var attribution = Attribution()
        var chain = [event]
        while let cause = Self.cause(of: chain[chain.count - 1]), chain.count <= Limits.causeDepth {
            if let found = known[cause] {
                attribution = found
                break
            }
            guard let above = try await lookUp(cause) else { break }
            chain.append(above)
        }
        for event in chain.reversed() {
            attribution = Self.apply(event, to: attribution)
            if event.kind != .token { remember(event.offset, attribution) }
        }
        return attribution
    }

    private mutating func remember(_ offset: Offset, _ attribution: Attribution) {
        guard known.updateValue(attribution, forKey: offset) == nil else { return }
        if order.count < Limits.rememberedCauses {
            order.append(offset)
        } else {
            known[order[oldest]] = nil
            order[oldest] = offset
            oldest = (oldest + 1) % order.count
        }
    }

    /// What has to be known first: a node's own event says the node, and a cause comes before its event.
    private static func cause(of event: Event) -> Offset? {
        if event.kind == .nodeStarted || event.kind == .nodeSkipped { return nil }
        return event.cause.flatMap { $0 < event.offset ? $0 : nil }
    }

    private static func apply(_ event: Event, to above: Attribution) -> Attribution {
        switch event.kind {
        case .nodeStarted: return Attribution(node: (try? event.decode(NodeStarted.self))?.node)
        case .nodeSkipped: return Attribution(node: (try? event.decode(NodeSkipped.self))?.node)
        case .messageStarted:
            let role = (try? event.decode(MessageStarted.self))?.role
            return Attribution(node: above.node, message: event.offset, role: role)
        default: return above
        }
    }
}
