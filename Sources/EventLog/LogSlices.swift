/// How much the writer does at once between two commits.
///
/// Tests make it small, so that a short run settles, deletes and checkpoints many times.
package struct LogSlices: Sendable {
    /// Events settled between two commits, or twice as many as were appended.
    package var settledEvents = Limits.eventsPerSettlingSlice
    /// Events between two places up to which rows can be deleted with a known chain value.
    package var eventsPerBoundary = Limits.eventsPerBoundary
    /// Pages of the WAL that start a checkpoint.
    package var checkpointPages = Limits.checkpointPages
    /// Pages of the WAL at which a checkpoint waits for readers.
    package var restartPages = Limits.restartPages

    /// As large as the limits allow.
    package init() {}

    /// As small as makes sense.
    package static var small: LogSlices {
        var slices = LogSlices()
        slices.settledEvents = 15
        slices.eventsPerBoundary = 10
        slices.checkpointPages = 25
        slices.restartPages = 75
        return slices
    }
}
