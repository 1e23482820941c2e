/// The gateway's own count of requests: in no second do more begin than the merchant account's limit
/// allows, from all nodes together, whatever is partitioned, restarted or elected meanwhile.
///
/// A process that was stopped between its permit and its request sends late: for each such process
/// as many more may begin as it performs at once.
struct SimRateCheck {
    /// Requests in any second; 0 for no limit.
    let limit: UInt32
    /// A second by the fastest of the nodes' clocks, in ms of true time.
    static let windowMs: Int64 = 990
    /// What one process may have had a permit for and not begun.
    static let inHandMax = SimLedgerWay.concurrencyMax

    private var begun: [Int64] = []
    private var resumed: [Int64] = []
    /// The most that began in a window.
    private(set) var most = 0

    init(limit: UInt32) {
        self.limit = limit
    }

    /// A process that was stopped goes on.
    mutating func resumes(nowMs: Int64) { self.resumed.append(nowMs) }

    /// A request begins. What is wrong with that; `nil` for nothing.
    mutating func begins(nowMs: Int64) -> String? {
        guard self.limit > 0 else { return nil }
        self.begun.removeAll { $0 <= nowMs - Self.windowMs }
        self.begun.append(nowMs)
        self.most = max(self.most, self.begun.count)
        let late = self.resumed.count { $0 > nowMs - Self.windowMs } * Self.inHandMax
        guard self.begun.count > Int(self.limit) + late else { return nil }
        return "\(self.begun.count) requests began in a second, and the limit is \(self.limit)"
    }
}
