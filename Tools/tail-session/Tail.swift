import Events

/// What is printed, and when it ends.
struct TailPlan {
    var start = Start.beginning
    var follow = false
    var until: Offset?
    var nodes: Set<String> = []
    var kinds: Set<EventKind> = []
}

/// Reads a session from a source, checks the order, filters and prints: one write for each read.
struct Tail<Reader: Source> {
    private var source: Reader
    private let plan: TailPlan
    private let makeRenderer: (_ superseded: Set<Offset>) -> any Renderer
    private let needsSuperseded: Bool
    private let write: (Rendering) throws -> Void
    private var attributor = Attributor()
    private var last = Offset.beginning

    /// - Parameters:
    ///   - needsSuperseded: whether the renderer leaves superseded text out.
    ///   - write: takes what one read came to.
    init(
        _ source: Reader, _ plan: TailPlan, needsSuperseded: Bool,
        makeRenderer: @escaping (_ superseded: Set<Offset>) -> any Renderer,
        write: @escaping (Rendering) throws -> Void
    ) {
        self.source = source
        self.plan = plan
        self.needsSuperseded = needsSuperseded
        self.makeRenderer = makeRenderer
        self.write = write
    }

    /// Runs to the end.
    ///
    /// - Throws: `TailError` with `brokenOrder` where an offset is not the one before plus one; what came before it is
    ///   printed.
    mutating func run(now: Timestamp) async throws {
        let head = try await source.head()
        last = try await after(head: head, now: now)
        guard last <= head else { throw TailError.beyondHead(last, source.session, head: head) }
        source.start(after: last, end: plan.follow ? nil : head)
        var superseded: Set<Offset> = []
        if needsSuperseded {
            superseded = try await source.supersededMessages(after: last, through: min(head, plan.until ?? head))
        }
        var renderer = makeRenderer(superseded)
        do {
            while !isAtEnd, let events = try await source.next() { try await show(events, &renderer) }
        } catch let failure {
            var rendering = Rendering()
            renderer.finish(into: &rendering)
            // The first failure is the one to tell, whatever becomes of the last line.
            try? write(rendering)
            throw failure
        }
        var rendering = Rendering()
        renderer.finish(into: &rendering)
        try write(rendering)
    }

    private var isAtEnd: Bool { plan.until.map { last >= $0 } ?? false }

    private func after(head: Offset, now: Timestamp) async throws -> Offset {
        switch plan.start {
        case .beginning: .beginning
        case .end: head
        case .after(let offset): offset
        case .last(let count): Offset(max(0, head.value - count))
        case .since(let since): try await source.offset(before: since.instant(now: now))
        }
    }

    private mutating func show(_ events: [Event], _ renderer: inout any Renderer) async throws {
        var rendering = Rendering()
        var broken: TailError?
        for event in events where !isAtEnd {
            guard event.offset == last.next else {
                broken = TailError(
                    .brokenOrder, "event \(event.offset) follows event \(last) in session \(source.session)",
                    hint: "the log has been changed or damaged: keep a copy of it and compare it with a backup")
                break
            }
            last = event.offset
            let source = source
            let attribution = try await attributor.attribute(event) { try await source.event(at: $0) }
            if isWanted(event, attribution) { renderer.render(event, attribution, into: &rendering) }
        }
        try write(rendering)
        if let broken { throw broken }
    }

    private func isWanted(_ event: Event, _ attribution: Attribution) -> Bool {
        (plan.kinds.isEmpty || plan.kinds.contains(event.kind))
            && (plan.nodes.isEmpty || attribution.node.map(plan.nodes.contains) ?? false)
    }
}
