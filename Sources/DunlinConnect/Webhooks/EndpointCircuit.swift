/// Whether an endpoint is tried at all: one that answers nothing holds up no account.
///
///     from      happening                          to
///     open      the n-th announcement in a row     parked for a while
///               is given up
///     parked    the while is over                  probing: one announcement goes out
///     probing   it is delivered                    open
///     probing   it is given up                     parked for twice as long
struct EndpointCircuit: Equatable {
    enum Admission: Equatable {
        case send
        /// One try: it shows whether the endpoint is back.
        case probe
        case parked
    }

    let failuresBeforeParking: Int
    let parkedMs: Int64
    let parkedMsMax: Int64

    /// Announcements given up since the last that was delivered.
    private(set) var failures = 0
    /// When it may be tried again; `nil` while it is not parked. Monotonic milliseconds.
    private(set) var parkedUntilMs: Int64?
    private var nextParkedMs: Int64
    private var isProbing = false

    init(failuresBeforeParking: Int, parkedMs: Int64, parkedMsMax: Int64) {
        self.failuresBeforeParking = failuresBeforeParking
        self.parkedMs = parkedMs
        self.parkedMsMax = parkedMsMax
        self.nextParkedMs = parkedMs
    }

    mutating func admit(nowMs: Int64) -> Admission {
        guard let parkedUntilMs else { return .send }
        guard nowMs >= parkedUntilMs, !self.isProbing else { return .parked }
        self.isProbing = true
        return .probe
    }

    /// The endpoint answered, whatever it said.
    mutating func answered() {
        self.failures = 0
        self.parkedUntilMs = nil
        self.nextParkedMs = self.parkedMs
        self.isProbing = false
    }

    mutating func gaveUp(nowMs: Int64) {
        self.failures += 1
        self.isProbing = false
        guard self.failures >= self.failuresBeforeParking else { return }
        // Those that were under way when it was parked do not park it again.
        if let parkedUntilMs, nowMs < parkedUntilMs { return }
        self.parkedUntilMs = nowMs + self.nextParkedMs
        self.nextParkedMs = min(self.nextParkedMs * 2, self.parkedMsMax)
    }
}
