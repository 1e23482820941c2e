/// A comparison of policies on units that a hash assigns.
///
/// Whether a unit takes part and which arm it gets are two independent hashes, so raising the
/// ramp lets further units in and moves none that is in. An arm is written into the case when it
/// opens and never changes (I12). Changing names, weights or the unit is a new experiment and
/// needs a new name.
package struct Experiment: Sendable, Equatable {
    /// What the arms replace.
    package enum Subject: UInt8, Sendable, CaseIterable {
        /// ``DunningPolicy/retries`` of the arm's policy; a unit is a case.
        case retries = 1
        /// ``DunningPolicy/messages`` of the arm's policy; a unit is an account.
        case messages = 2

        package var name: String { "\(self)" }
    }

    package struct Arm: Sendable, Equatable {
        package var name: String
        /// Whose retries or messages are used; empty for those of the case's own policy.
        package var policy: String
        /// Relative to the other arms; greater than 0.
        package var weight: UInt32

        package init(name: String, policy: String, weight: UInt32 = 1) {
            self.name = name
            self.policy = policy
            self.weight = weight
        }
    }

    package var name: String
    package var subject: Subject
    /// In the order of the file; at least two.
    package var arms: [Arm]
    /// Share of the units that take part, in thousandths.
    package var rampPermille: UInt32

    package static let armsMax = 8

    package init(name: String, subject: Subject, arms: [Arm], rampPermille: UInt32 = 1000) {
        self.name = name
        self.subject = subject
        self.arms = arms
        self.rampPermille = rampPermille
    }

    /// The arm of a unit, with its probability; `nil` for a unit that does not take part.
    ///
    /// `unit`: A hash of the account or of the case, evenly spread.
    package func arm(ofUnit unit: UInt64) -> (arm: Arm, propensityPpm: UInt32)? {
        let total = self.arms.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
        guard total > 0 else { return nil }
        let seed = FNV1a64.hash(self.name) ^ unit
        guard splitmix64(seed) % 1000 < UInt64(self.rampPermille) else { return nil }
        var drawn = splitmix64(splitmix64(seed) ^ Self.armSalt) % total
        for arm in self.arms {
            if drawn < UInt64(arm.weight) {
                let share = UInt64(self.rampPermille) * 1000 * UInt64(arm.weight) / total
                return (arm, UInt32(truncatingIfNeeded: share))
            }
            drawn -= UInt64(arm.weight)
        }
        return nil
    }

    private static let armSalt: UInt64 = 0x61_72_6D_73
}

/// Accounts that are kept out of everything but one plain policy, to prove what the rest brings.
package struct Holdout: Sendable, Equatable {
    /// Share of the accounts, in thousandths; 0 switches it off.
    package var permille: UInt32
    /// Under which their cases are opened.
    package var policy: String

    package static let standardPermille: UInt32 = 30
    package static let heldArm = "held"
    package static let treatedArm = "treated"

    package init(permille: UInt32, policy: String) {
        self.permille = permille
        self.policy = policy
    }

    /// `unit`: A hash of the account.
    package func assignment(ofUnit unit: UInt64) -> Assignment {
        let seed = FNV1a64.hash(Assignment.holdoutName) ^ unit
        let isHeld = splitmix64(seed) % 1000 < UInt64(self.permille)
        let share = min(self.permille, 1000)
        return Assignment(
            experiment: Assignment.holdoutName, arm: isHeld ? Self.heldArm : Self.treatedArm,
            propensityPpm: (isHeld ? share : 1000 - share) * 1000)
    }
}
