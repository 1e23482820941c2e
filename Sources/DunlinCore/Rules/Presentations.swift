/// What happened so far to one obligation with one method: the presentations of its debit that came
/// to nothing. One that was paid begins no series of re-presentations; if the bank takes it back, it
/// is no longer approved and counts.
struct Presentations {
    var count: UInt32 = 0
    /// The first of them.
    var original: AttemptMark?
    /// The newest of them.
    var latest: AttemptMark?

    init(of proposal: AttemptProposal, in marks: [AttemptMark]) {
        for mark in marks
        where mark.method == proposal.method && mark.obligationHash == proposal.obligationHash
            && mark.flags.isDisjoint(with: [.notSentToNetwork, .approved])
        {
            self.count.increase()
            if self.original.map({ mark.at < $0.at }) ?? true { self.original = mark }
            if self.latest.map({ mark.at >= $0.at }) ?? true { self.latest = mark }
        }
    }

    /// The next one would be a re-presentation.
    var isRepeat: Bool { self.count > 0 }
    /// Re-presentations so far.
    var repeats: UInt32 { self.count.decreasedToZero }
}

extension UInt32 {
    fileprivate var decreasedToZero: UInt32 { self == 0 ? 0 : self - 1 }
}
