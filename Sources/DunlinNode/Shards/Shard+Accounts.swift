import DunlinCore

/// What a shard asks of its accounts many times a commit.
///
/// `assumeIsolated` asks the runtime at each call whether it is on the account's executor, and puts
/// the closure's captures on the heap: a twentieth of a turn. An account's executor is its shard's,
/// so that a shard that asks its own account is on it already: the assertion looks that it is its own. The cast is the one inside
/// `assumeIsolated`: a function of an isolated parameter is called like one of a plain parameter.
extension Shard {
    private typealias Turn =
        (isolated Account, AccountCommand, DecisionContext, Timestamp, RecordPosition, SeatPool)
        throws(RecordError) -> TurnResult
    private typealias PlainTurn =
        (Account, AccountCommand, DecisionContext, Timestamp, RecordPosition, SeatPool)
        throws(RecordError) -> TurnResult

    /// Gives the account a turn.
    func turn(
        of account: Account, _ command: AccountCommand, context: DecisionContext, now: Timestamp,
        at position: RecordPosition
    ) throws(RecordError) -> TurnResult {
        assert(account.isOf(self), "another shard's account")
        let turn: Turn = {
            (account, command, context, now, position, seats) throws(RecordError) in
            try account.turn(command, context: context, now: now, at: position, seats: seats)
        }
        return try unsafeBitCast(turn, to: PlainTurn.self)(
            account, command, context, now, position, self.seats)
    }

    private typealias Fire =
        (
            isolated Account, TimerHeap.Entry, DecisionContext, Timestamp?, Timestamp,
            RecordPosition, SeatPool
        ) throws(RecordError) -> TimerResult
    private typealias PlainFire =
        (
            Account, TimerHeap.Entry, DecisionContext, Timestamp?, Timestamp, RecordPosition,
            SeatPool
        ) throws(RecordError) -> TimerResult

    /// Gives the account of a timer its turn.
    func fire(
        _ entry: TimerHeap.Entry, context: DecisionContext, now: Timestamp?, realNow: Timestamp,
        at position: RecordPosition
    ) throws(RecordError) -> TimerResult {
        let account = entry.account
        assert(account.isOf(self), "another shard's account")
        let fire: Fire = {
            (account, entry, context, now, realNow, position, seats) throws(RecordError) in
            try account.fire(
                entry, context: context, now: now, realNow: realNow, at: position, seats: seats)
        }
        return try unsafeBitCast(fire, to: PlainFire.self)(
            account, entry, context, now, realNow, position, self.seats)
    }

    private typealias Leave =
        (isolated Account, UInt32, UInt32, UInt32?, SeatPool) throws(RecordError) -> Departure
    private typealias PlainLeave =
        (Account, UInt32, UInt32, UInt32?, SeatPool) throws(RecordError) -> Departure

    /// The account's last look before a charge.
    func departure(
        of account: Account, caseNumber: UInt32, attempt: UInt32, turn: UInt32?
    ) throws(RecordError) -> Departure {
        assert(account.isOf(self), "another shard's account")
        let leave: Leave = { (account, caseNumber, attempt, turn, seats) throws(RecordError) in
            try account.departure(caseNumber: caseNumber, attempt: attempt, turn: turn, seats)
        }
        return try unsafeBitCast(leave, to: PlainLeave.self)(
            account, caseNumber, attempt, turn, self.seats)
    }

    private typealias Release = (isolated Account) -> Int64?
    private typealias PlainRelease = (Account) -> Int64?

    /// One thing less is under way at the account. Answers the instant of a timer that waited.
    func released(_ account: Account) -> Int64? {
        assert(account.isOf(self), "another shard's account")
        let release: Release = { account in account.released() }
        return unsafeBitCast(release, to: PlainRelease.self)(account)
    }

    private typealias Look = (isolated Account) -> Bool
    private typealias PlainLook = (Account) -> Bool

    /// Whether the shard's table has the account.
    func isResident(_ account: Account) -> Bool {
        assert(account.isOf(self), "another shard's account")
        let look: Look = { account in account.isResident }
        return unsafeBitCast(look, to: PlainLook.self)(account)
    }
}
