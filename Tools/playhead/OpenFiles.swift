import Glibc

/// How many files this process may have open.
enum OpenFiles {
    /// Enough for every connection that is taken and an answer for each; a child that closes them all is not slowed.
    static let wanted: rlim_t = 65_536

    /// Asks for as many as are wanted and allowed: many systems begin with 1,024.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
            return
        }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
