package import DunlinCore

/// What each arm of an experiment recovered, by intention to treat: every unit counts in the arm
/// that it was assigned to, whatever happened to it afterwards.
///
/// A unit is judged only when its window has passed, and by what happened within the window, so
/// that young cases of one arm are not compared with old ones of another.
package struct ExperimentReport: Sendable, Equatable {
    package enum Unit: String, Sendable, CaseIterable {
        /// Each case by itself: experiments on retries.
        case `case`
        /// An account by its first case in the experiment: experiments on messages, the holdout.
        case account
    }

    package struct Arm: Sendable, Equatable {
        package var experiment: String
        package var name: String
        package var assigned = 0
        /// Units whose window has passed.
        package var matured = 0
        /// Matured units that were recovered within their window.
        package var recovered = 0

        /// The share of matured units that were recovered; 0 when none is mature.
        package var rate: Double {
            self.matured == 0 ? 0 : Double(self.recovered) / Double(self.matured)
        }
    }

    /// An arm against its experiment's baseline.
    package struct Difference: Sendable, Equatable {
        package var experiment: String
        package var arm: String
        package var baseline: String
        /// Of the rates: 0.05 is five points more than the baseline.
        package var estimate: Double
        /// The bounds of the 95 % confidence interval.
        package var low: Double
        package var high: Double

        /// The interval leaves zero out.
        package var isSignificant: Bool { self.low > 0 || self.high < 0 }
    }

    /// Sorted by experiment and name.
    package private(set) var arms: [Arm] = []
    private var accounts: Set<AccountArm> = []
    private let unit: Unit
    private let windowMs: Int64
    private let now: Timestamp

    private struct AccountArm: Hashable {
        var key: EntityKey
        var experiment: String
    }

    /// `windowMs`: After the opening of a case; what is recovered later counts for no arm.
    package init(unit: Unit, windowMs: Int64, now: Timestamp) {
        self.unit = unit
        self.windowMs = windowMs
        self.now = now
    }

    /// Cases must come in the order of their opening.
    package mutating func take(_ row: CaseRow) {
        for assignment in row.assignments {
            let counts =
                self.unit == .case && assignment.experiment != Assignment.holdoutName
                || self.accounts.insert(
                    AccountArm(key: row.key, experiment: assignment.experiment)
                ).inserted
            if counts { self.count(row, assignment) }
        }
    }

    private mutating func count(_ row: CaseRow, _ assignment: Assignment) {
        let name = (assignment.experiment, assignment.arm)
        var place = self.arms.firstIndex { ($0.experiment, $0.name) >= name } ?? self.arms.count
        if place == self.arms.count || (self.arms[place].experiment, self.arms[place].name) != name
        {
            self.arms.insert(Arm(experiment: name.0, name: name.1), at: place)
        }
        place = min(place, self.arms.count - 1)
        self.arms[place].assigned += 1
        let end = row.openedAt.advanced(byMs: self.windowMs)
        guard end <= self.now else { return }
        self.arms[place].matured += 1
        if row.phase == .recovered, row.closedAt <= end { self.arms[place].recovered += 1 }
    }

    /// Every arm but the baseline against it: the holdout's `held`, else `control`, else the first.
    package var differences: [Difference] {
        var differences: [Difference] = []
        for arm in self.arms {
            let rivals = self.arms.filter { $0.experiment == arm.experiment }
            let baseline =
                rivals.first { $0.name == Holdout.heldArm } ?? rivals.first { $0.name == "control" }
                ?? rivals.first
            guard let baseline, baseline.name != arm.name, baseline.matured > 0, arm.matured > 0
            else { continue }
            differences.append(Self.difference(arm, baseline))
        }
        return differences
    }

    /// Newcombe's hybrid score interval, method 11 of his paper: right also for small shares.
    ///
    /// R. G. Newcombe, "Interval estimation for the difference between independent proportions",
    /// Statistics in Medicine 17 (1998), 873-890, <https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C873::AID-SIM779%3E3.0.CO;2-I>.
    private static func difference(_ arm: Arm, _ baseline: Arm) -> Difference {
        let (own, base) = (Self.wilson(arm), Self.wilson(baseline))
        let estimate = arm.rate - baseline.rate
        let below = Self.distance(arm.rate - own.low, base.high - baseline.rate)
        let above = Self.distance(own.high - arm.rate, baseline.rate - base.low)
        return Difference(
            experiment: arm.experiment, arm: arm.name, baseline: baseline.name, estimate: estimate,
            low: estimate - below, high: estimate + above)
    }

    private static func distance(_ a: Double, _ b: Double) -> Double {
        (a * a + b * b).squareRoot()
    }

    /// Wilson's score interval of one share at 95 %, with the correction for continuity: it errs
    /// on the side of "may be chance".
    private static func wilson(_ arm: Arm) -> (low: Double, high: Double) {
        let z = 1.959964
        let (count, share) = (Double(arm.matured), arm.rate)
        let middle = 2 * count * share + z * z
        let scale = 2 * (count + z * z)
        func spread(_ sign: Double) -> Double {
            let inner =
                z * z - 1 / count + 4 * count * share * (1 - share) + sign * (4 * share - 2)
            return z * max(0, inner).squareRoot() + 1
        }
        let low = share == 0 ? 0 : max(0, (middle - spread(1)) / scale)
        let high = share == 1 ? 1 : min(1, (middle + spread(-1)) / scale)
        return (low, high)
    }
}

extension ExperimentReport {
    package var json: JSONValue {
        [
            "unit": .string(self.unit.rawValue), "window_ms": .integer(self.windowMs),
            "arms": .array(
                self.arms.map {
                    [
                        "experiment": .string($0.experiment), "arm": .string($0.name),
                        "assigned": .integer($0.assigned), "matured": .integer($0.matured),
                        "recovered": .integer($0.recovered),
                    ]
                }),
            "differences": .array(
                self.differences.map {
                    [
                        "experiment": .string($0.experiment), "arm": .string($0.arm),
                        "baseline": .string($0.baseline),
                        "points": .string(Self.points($0.estimate)),
                        "low": .string(Self.points($0.low)), "high": .string(Self.points($0.high)),
                        "significant": .bool($0.isSignificant),
                    ]
                }),
        ]
    }

    /// A share as points of a hundred, with two places: `+5.12`.
    package static func points(_ share: Double) -> String {
        let hundredths = Int64((share * 10_000).rounded())
        let magnitude = hundredths.magnitude
        let places = magnitude % 100
        return (hundredths < 0 ? "-" : "+") + "\(magnitude / 100)."
            + (places < 10 ? "0" : "") + "\(places)"
    }
}
