public import Workflow

// `failure` is the form in which a refusal is answered and a failed node is recorded.
extension FundAnalysisError: FailureConvertible {}
