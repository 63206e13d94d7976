extension Limits {
    /// What bounds the size of a report.
    enum Analysis {
        /// Pairs of correlations published at most; with more holdings the strongest are kept.
        static let correlations = 435
        /// Above so many holdings with NAVs the covariance matrix costs more than it tells.
        static let covarianceHoldings = 300
        /// Months and years published at most, the newest ones.
        static let months = 120
        static let years = 50
        /// Days named in one warning.
        static let warningDays = 5
        /// Dated flows that are analysed.
        static let flows = 5_000
    }
}
