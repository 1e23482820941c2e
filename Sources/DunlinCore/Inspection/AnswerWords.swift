// Why a command changed nothing, in words for people. Never parsed, free to change: whoever needs to
// tell them apart reads the names.

extension CommandAnswer.RefusedReason {
    /// After "Refused: ".
    package var words: String {
        switch self {
        case .amountNotPositive: "an amount must be above 0"
        case .tooManyOpenCases: "the account has too many open cases; close some first"
        case .tooManyMethods: "the account holds too many payment methods; remove some first"
        case .noSuchCase:
            "the account has no such case, or none in that state; `dunlin account show` lists them"
        case .policyMissing: "no policy is in force for the merchant; apply one"
        case .currencyMismatch: "the invoice is known in another currency"
        case .tooManyEffects: "too much of the account waits to be carried out; ask again later"
        case .tooManySubscriptions: "the account has too many subscriptions"
        case .outsidePolicy:
            "it is in the past, or more, later or longer than is allowed, or the gateway takes no "
                + "parts"
        case .attemptInFlight: "a charge is under way; ask again when its answer is there"
        case .noSuchPolicy: "no bundle at hand has that policy; apply it first"
        case .tooManyInvoices: "the case holds too many invoices; settle some first"
        }
    }
}

extension CommandAnswer.IgnoredReason {
    /// After "nothing to do: ".
    package var words: String {
        switch self {
        case .alreadySettled: "it is settled already"
        case .caseIsClosed: "the case is closed"
        case .older: "something newer is known"
        case .nothingDue: "the case is open and already so"
        case .unknownAttempt: "no such attempt is known"
        case .backlog: "it failed so long ago that the policy opens no case for it"
        }
    }
}

extension OperatorRequest.Verb {
    /// Why an open case had nothing to change, after "nothing to do: ".
    package var nothingDueWords: String {
        switch self {
        case .pause: "the case is paused already"
        case .resume: "the case is neither paused nor snoozed"
        case .unfreeze: "the case is not frozen, or another open case has its invoice"
        case .confirmCharged, .confirmNotCharged: "no attempt of the case is in doubt"
        case .attemptNow: "the case is frozen"
        case .cancel, .writeOff, .snooze, .promise, .migrate, .erase:
            CommandAnswer.IgnoredReason.nothingDue.words
        }
    }
}
