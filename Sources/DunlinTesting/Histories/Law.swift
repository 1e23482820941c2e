/// What must hold in every life of every account, whatever happens in it.
package enum Law: UInt8, Sendable, CaseIterable {
    case noAttemptAfterTheEnd = 1
    case oneChargeInFlight = 2
    case withinEveryBudget = 3
    case noAttemptOfTheDead = 4
    case noMessageOutside = 5
    case noLossUnannounced = 6
    case neverMoreThanIsOpen = 7
    case intentBeforeEffect = 8
    case replayGivesTheState = 9
    case jumpsCollapse = 10
    case forgettingChangesNoMoney = 11
    case armsStay = 12

    /// As the list of invariants calls it: `I3`.
    package var name: String { "I\(self.rawValue)" }

    /// What is judged, for a table.
    package var text: String {
        switch self {
        case .noAttemptAfterTheEnd: "no attempt after the end"
        case .oneChargeInFlight: "one charge in flight for an invoice, a key of its own for each"
        case .withinEveryBudget: "attempts within every budget and demand, with others' attempts"
        case .noAttemptOfTheDead: "no attempt of a credential that was refused for good"
        case .noMessageOutside: "no message outside consent, flags, hours and caps"
        case .noLossUnannounced: "no loss of access without a notice long enough before"
        case .neverMoreThanIsOpen: "never more charged than is open"
        case .intentBeforeEffect: "every effect stems from the record of its intent"
        case .replayGivesTheState: "reading the records back gives the state"
        case .jumpsCollapse: "at most one overdue attempt of a case, however late the clock"
        case .forgettingChangesNoMoney: "forgetting the person changes no money"
        case .armsStay: "arms never change"
        }
    }
}
