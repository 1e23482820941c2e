import DunlinCore
import DunlinPorts

/// What the simulated gateway does with a charge.
///
/// An order's method token chooses it (`sim:approve`, `sim:decline:insufficient_funds:2`, …); a
/// token that names none leaves it to the gateway's default. The answer depends on nothing but
/// behaviour, account and attempt number, so a repeat is answered alike by any process.
package enum SimulatedBehavior: Hashable, Sendable {
    case approve
    /// Declines with `code`: the first `times` attempts of an obligation, then approves; for ever
    /// when `times` is `nil`.
    case decline(code: String, times: UInt32?)
    /// Charges and loses the answer: a look-up finds the charge.
    case unknown
    /// Loses the order: it is never charged, and a look-up says so.
    case lost
    /// The first `times` attempts fail in the machinery, then it approves.
    case technical(times: UInt32)
    /// The account has `minor`: what asks for more is declined for lack of funds, or approved in
    /// part where the order allows that little.
    case funds(minor: Int64)
    /// Workload W1's formula over the account's index and the attempt number.
    case ladder(seed: UInt64)
    /// A small seeded world: the account decides the decline, account and attempt the recovery.
    case world(seed: UInt64)

    /// The prefix of every token that chooses a behaviour.
    package static let tokenPrefix = "sim:"

    /// Reads a method token: `sim:approve`, `sim:decline:CODE`, `sim:decline:CODE:TIMES`,
    /// `sim:unknown`, `sim:lost`, `sim:technical:TIMES`, `sim:funds:MINOR`, `sim:ladder:SEED`, `sim:world:SEED`.
    ///
    /// Answers `nil` for any other text.
    package init?(token: String) {
        guard token.utf8.starts(with: Self.tokenPrefix.utf8) else { return nil }
        let parts = token.split(separator: ":", omittingEmptySubsequences: false).dropFirst()
        let words = parts.map(String.init)
        switch (words.first, words.count) {
        case ("approve", 1): self = .approve
        case ("unknown", 1): self = .unknown
        case ("lost", 1): self = .lost
        case ("decline", 2): self = .decline(code: words[1], times: nil)
        case ("decline", 3):
            guard let times = UInt32(words[2]) else { return nil }
            self = .decline(code: words[1], times: times)
        case ("technical", 2):
            guard let times = UInt32(words[1]) else { return nil }
            self = .technical(times: times)
        case ("funds", 2):
            guard let minor = Int64(words[1]), minor >= 0 else { return nil }
            self = .funds(minor: minor)
        case ("ladder", 2):
            guard let seed = UInt64(words[1]) else { return nil }
            self = .ladder(seed: seed)
        case ("world", 2):
            guard let seed = UInt64(words[1]) else { return nil }
            self = .world(seed: seed)
        default: return nil
        }
    }

    /// What truly becomes of the charge; ``unknown`` is approved, though nobody hears of it.
    ///
    /// Answers `nil` when nothing happens at all.
    func verdict(of order: ChargeOrder) -> SimulatedVerdict? {
        guard case .funds(let minor) = self else {
            return self.verdict(account: order.account.key, attempt: order.attempt)
        }
        if order.amount.minor <= minor { return .approved }
        guard order.floorMinor > 0, order.floorMinor <= minor else {
            return .declined("insufficient_funds")
        }
        return .approvedInPart(minor)
    }

    /// As above, for behaviours that do not ask for the amount.
    func verdict(account: String, attempt: UInt32) -> SimulatedVerdict? {
        switch self {
        case .funds: .declined("insufficient_funds")
        case .approve, .unknown: .approved
        case .decline(let code, let times):
            times.map { attempt > $0 } ?? false ? .approved : .declined(code)
        case .lost: nil
        case .technical(let times): attempt > times ? .approved : .technical
        case .ladder(let seed):
            Self.ladderApproves(seed: seed, index: Self.index(of: account), attempt: attempt)
                ? .approved : .declined("insufficient_funds")
        case .world(let seed): Self.worldVerdict(seed: seed, account: account, attempt: attempt)
        }
    }

    /// W1: attempt j of account i is approved if and only if
    /// `splitmix64(S xor (i·0x9E3779B97F4A7C15) xor j) mod 1000 < p_j`.
    @inline(__always)
    static func ladderApproves(seed: UInt64, index: UInt64, attempt: UInt32) -> Bool {
        let chance: UInt64 =
            switch attempt {
            case 1: 240
            case 2: 150
            case 3: 120
            case 4: 100
            default: 0
            }
        let mixed = splitmix64(seed ^ (index &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(attempt))
        return mixed % 1000 < chance
    }

    /// The number in `acct-00000042`; for any other id a hash of it.
    @inline(__always)
    static func index(of account: String) -> UInt64 {
        var value: UInt64 = 0
        var place = 0
        for byte in account.utf8 {
            if place < 5 {
                let prefix: StaticString = "acct-"
                guard byte == prefix.utf8Start[place] else { return FNV1a64.hash(account) }
            } else {
                guard byte >= 0x30, byte <= 0x39, place < 23 else { return FNV1a64.hash(account) }
                value = value &* 10 &+ UInt64(byte - 0x30)
            }
            place += 1
        }
        return place > 5 ? value : FNV1a64.hash(account)
    }

    /// Rows of the small world: share of accounts and chance of each attempt, per mille.
    private static let worldRows: [(share: UInt64, code: String, chances: [UInt64])] = [
        (450, "insufficient_funds", [260, 220, 180, 140, 120, 100, 80, 60]),
        (250, "generic_decline", [180, 140, 110, 90, 70, 50, 40, 30]),
        (100, "do_not_honor", [150, 120, 90, 60, 40, 30, 20, 10]),
        (100, "expired_card", [30, 30, 20, 20, 10, 10, 0, 0]),
        (60, "lost_card", []),
        (40, "processing_error", [800, 900, 950]),
    ]

    private static func worldVerdict(
        seed: UInt64, account: String, attempt: UInt32
    ) -> SimulatedVerdict {
        let hash = splitmix64(seed ^ FNV1a64.hash(account))
        var left = hash % 1000
        for row in Self.worldRows {
            guard left >= row.share else {
                let place = Int(attempt) - 1
                let chance = row.chances.indices.contains(place) ? row.chances[place] : 0
                let drawn = splitmix64(hash ^ UInt64(attempt)) % 1000
                return drawn < chance ? .approved : .declined(row.code)
            }
            left -= row.share
        }
        return .approved
    }
}

/// What truly became of a simulated charge.
enum SimulatedVerdict: Hashable, Sendable {
    case approved
    /// Of this amount, in minor units.
    case approvedInPart(Int64)
    case declined(String)
    /// The machinery failed before money could move.
    case technical
}
