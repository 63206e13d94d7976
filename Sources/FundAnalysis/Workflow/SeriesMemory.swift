/// The series of one run, read from its files once for the three nodes that need them.
///
/// They are too large for an event, so a resumed run reads them again.
actor SeriesMemory {
    private var reading: PortfolioReading?

    /// The series; `read` is called for the first who asks.
    func series(_ read: @Sendable () throws -> PortfolioReading) rethrows -> PortfolioReading {
        if let reading { return reading }
        let new = try read()
        reading = new
        return new
    }

    /// Remembers what reading the message has found already.
    func keep(_ found: PortfolioReading) { reading = found }
}
