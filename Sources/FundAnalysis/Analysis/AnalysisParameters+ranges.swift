extension AnalysisParameters {
    /// Refuses values that no formula can mean, so that a slip in a configuration is told and not computed with.
    func checkRanges(_ path: [any CodingKey]) throws {
        func check(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws {
            guard !range.contains(value) else { return }
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: path,
                    debugDescription: "\(name) is \(value), not from \(range.lowerBound) to \(range.upperBound)"))
        }
        let shares = [
            ("minimum_coverage", minimumCoverage), ("target_sum_tolerance", targetSumTolerance),
            ("amount_tolerance", amountTolerance), ("drift_absolute", driftAbsolute),
            ("drift_relative", driftRelative), ("rebalance_band", rebalanceBand),
            ("single_holding_warning", singleHoldingWarning), ("single_holding_high", singleHoldingHigh),
            ("suitability_high", suitabilityHigh), ("effective_number_share", effectiveNumberShare),
            ("risk_driver_share", riskDriverShare), ("overlap_correlation", overlapCorrelation),
            ("overlap_weight", overlapWeight), ("minimum_confidence", minimumConfidence),
        ]
        for (name, value) in shares { try check(name, value, 0...1) }
        for (name, value) in classBands.sorted(by: { $0.key < $1.key }) {
            try check("class_bands.\(name)", value, 0...1)
        }
        for (name, value) in equityBands.sorted(by: { $0.key < $1.key }) {
            try check("equity_bands.\(name)", value, 0...1)
        }
        for (name, value) in shocks.sorted(by: { $0.key < $1.key }) { try check("shocks.\(name)", value, -1...1) }
        for (name, value) in exchangeRates.sorted(by: { $0.key < $1.key }) {
            try check("exchange_rates.\(name)", value, 1e-6...1e6)
        }
        let falls = [
            ("reference_shock", referenceShock), ("drawdown_attention", drawdownAttention),
            ("drawdown_high", drawdownHigh),
        ]
        for (name, value) in falls { try check(name, value, -1...0) }
        try check("risk_free_rate", riskFreeRate, -0.5...1)
        try check("alpha", alpha, 0.001...0.5)
        try check("nav_jump", navJump, 0...10)
        try check("risk_driver_multiple", riskDriverMultiple, 0...100)
        try check("minimum_trade_amount", minimumTradeAmount, 0...1e12)
        try check("new_money", newMoney, 0...1e12)
        let counts = [
            ("periods_per_year", periodsPerYear ?? 1), ("minimum_returns_for_volatility", minimumReturnsForVolatility),
            ("minimum_returns_for_tail", minimumReturnsForTail),
            ("minimum_returns_for_correlation", minimumReturnsForCorrelation),
            ("minimum_returns_for_ratios", minimumReturnsForRatios), ("days_of_one_year", daysOfOneYear),
            ("stale_after_days", staleAfterDays), ("repeated_nav_run", repeatedNavRun), ("gap_days", gapDays),
        ]
        for (name, value) in counts { try check(name, Double(value), 1...100_000) }
    }
}
