import DunlinCore

/// Where one account is decoded and has its turns. Its arrays keep their room for the next account.
///
/// `@unchecked Sendable`: a seat is used on its loop's thread only. The pool hands it out there, to
/// shards and accounts of that loop. `@exclusivity(unchecked)`: a turn calls nothing that could
/// come back to its seat, and the check would cost a tenth of it.
final class TurnSeat: @unchecked Sendable {
    @exclusivity(unchecked) var turn: AccountTurn

    init(turn: AccountTurn) {
        self.turn = turn
    }
}

/// The seats of one loop: those that are free, and how many accounts keep theirs.
///
/// An account keeps its seat while a charge of it is at a gateway that answers at once: the answer
/// follows the commit, and finds the account decoded.
///
/// `@unchecked Sendable`: used on the loop's thread only, by the shards of that loop.
final class SeatPool: @unchecked Sendable {
    /// Most accounts of a loop that keep their seats; about 2 KB each.
    static let keptMax = 8192

    @exclusivity(unchecked) private var free: [TurnSeat] = []
    @exclusivity(unchecked) private var kept = 0
    /// What the resting states of the loop's accounts are written with.
    @exclusivity(unchecked) var lexicon = Lexicon()
    /// The events of the loop's last turn, until its shard has recorded them.
    @exclusivity(unchecked) var log = EventLog()
    /// Effects that the loop's last turn listed, to be performed after its commit.
    @exclusivity(unchecked) var tasks: [EffectTask] = []
    /// Where resting states are made ready.
    @exclusivity(unchecked) var scratch: [UInt8] = []

    /// A seat for `account`, with the account's resting state read.
    func seat(
        resting: [UInt8], account: EntityKey, context: DecisionContext
    ) throws(RecordError) -> TurnSeat {
        let seat =
            self.free.popLast() ?? TurnSeat(turn: AccountTurn(account: account, context: context))
        do throws(RecordError) {
            try seat.turn.seat(resting: resting, self.lexicon, account: account, context: context)
        } catch {
            self.free.append(seat)
            throw error
        }
        return seat
    }

    /// Whether one more account may keep its seat; it then counts until ``letGo()``.
    func keep() -> Bool {
        guard self.kept < Self.keptMax else { return false }
        self.kept += 1
        return true
    }

    /// An account no longer keeps its seat.
    func letGo() {
        self.kept -= 1
    }

    /// The seat is free for others.
    func giveBack(_ seat: TurnSeat) {
        self.free.append(seat)
    }
}
