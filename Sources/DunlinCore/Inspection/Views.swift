/// An account as a reader is shown it. Reflects committed events only.
package struct AccountView: Sendable, Equatable {
    package var key: EntityKey
    package var state: AccountState
    /// The node's domain time at the answer.
    package var asOf: Timestamp
    /// Answered by a copy that may be behind.
    package var isStale: Bool

    package init(key: EntityKey, state: AccountState, asOf: Timestamp, isStale: Bool = false) {
        self.key = key
        self.state = state
        self.asOf = asOf
        self.isStale = isStale
    }
}

/// One record of an account's timeline.
package struct TimelineEntry: Sendable, Equatable {
    package var position: RecordPosition
    package var record: RecordedEvent

    package init(position: RecordPosition, record: RecordedEvent) {
        self.position = position
        self.record = record
    }
}

/// An account's history, oldest first.
package struct Timeline: Sendable, Equatable {
    package var entries: [TimelineEntry]
    /// Set when the beginning was moved to an archive: the anchor where the shard's chain starts.
    package var startsAfter: RecordPosition?

    package init(entries: [TimelineEntry], startsAfter: RecordPosition? = nil) {
        self.entries = entries
        self.startsAfter = startsAfter
    }
}

/// One dunning case in a list.
package struct CaseRow: Sendable, Equatable {
    package var key: EntityKey
    package var caseNumber: UInt32
    package var phase: CasePhase
    package var obligation: String
    package var amount: Money
    package var declineClass: DeclineClass
    package var openedAt: Timestamp
    /// Zero while open.
    package var closedAt: Timestamp
    /// Zero when none is planned.
    package var nextAttemptAt: Timestamp
    package var attempts: UInt32
    package var flags: DunningCase.Flags
    /// Arms of experiments; mostly none.
    package var assignments: [Assignment] = []

    package init(
        key: EntityKey, caseNumber: UInt32, phase: CasePhase, obligation: String, amount: Money,
        declineClass: DeclineClass, openedAt: Timestamp, closedAt: Timestamp,
        nextAttemptAt: Timestamp, attempts: UInt32, flags: DunningCase.Flags
    ) {
        self.key = key
        self.caseNumber = caseNumber
        self.phase = phase
        self.obligation = obligation
        self.amount = amount
        self.declineClass = declineClass
        self.openedAt = openedAt
        self.closedAt = closedAt
        self.nextAttemptAt = nextAttemptAt
        self.attempts = attempts
        self.flags = flags
    }
}

/// Which cases a list shows. Sorted by (opened at, tenant, account, case number).
package struct CaseQuery: Sendable, Equatable {
    /// `nil` for all that the caller may see.
    package var tenant: String?
    /// Empty for all phases.
    package var phases: [CasePhase]
    /// Only cases with all of these flags.
    package var flags: DunningCase.Flags
    /// The last row of the page before; `nil` for the first page.
    package var after: Cursor?
    /// 1…1000.
    package var limit: Int

    package struct Cursor: Sendable, Equatable {
        package var openedAt: Timestamp
        package var key: EntityKey
        package var caseNumber: UInt32

        package init(openedAt: Timestamp, key: EntityKey, caseNumber: UInt32) {
            self.openedAt = openedAt
            self.key = key
            self.caseNumber = caseNumber
        }
    }

    package init(
        tenant: String? = nil, phases: [CasePhase] = [], flags: DunningCase.Flags = [],
        after: Cursor? = nil, limit: Int = 100
    ) {
        self.tenant = tenant
        self.phases = phases
        self.flags = flags
        self.after = after
        self.limit = limit
    }
}

/// One page of a list of cases.
package struct CasePage: Sendable, Equatable {
    package var rows: [CaseRow]
    /// Shards that did not answer; the page lacks their cases.
    package var missingShards: [UInt32]

    package init(rows: [CaseRow], missingShards: [UInt32] = []) {
        self.rows = rows
        self.missingShards = missingShards
    }
}

/// What was won, per tenant, currency and decline class at the opening. Reconciles to the journal.
package struct ReportRow: Sendable, Equatable {
    package var tenant: String
    package var currency: Currency
    package var declineClass: DeclineClass
    package var opened: Int64
    package var openedMinor: Int64
    package var recoveredByUs: Int64
    package var recoveredByUsMinor: Int64
    package var recoveredElsewhere: Int64
    package var recoveredElsewhereMinor: Int64
    package var exhausted: Int64
    package var closedOtherwise: Int64
    /// Attempts that reached the gateway.
    package var attempts: Int64
    /// Messages that a provider accepted.
    package var messages: Int64
    /// What the row is about, by the report's ``ReportDimension``; empty for classes, which
    /// ``declineClass`` names.
    package var group = ""
    /// Accounts that had such a case.
    package var accounts: Int64 = 0
    /// From opening to payment, summed over the recovered cases, in milliseconds.
    package var recoveryMs: Int64 = 0
    /// What attempts and messages cost by the policies' tables, in thousandths of the minor unit.
    package var costMilli: Int64 = 0
    /// Collected money that went back, in minor units.
    package var backMinor: Int64 = 0
    /// What is still open in open cases, in minor units.
    package var atRiskMinor: Int64 = 0
    /// What the invoices come to in a month, by their billing intervals, in minor units.
    package var mrrMinor: Int64 = 0
    /// … of the recovered cases.
    package var mrrSavedMinor: Int64 = 0

    package init(tenant: String, currency: Currency, declineClass: DeclineClass) {
        self.tenant = tenant
        self.currency = currency
        self.declineClass = declineClass
        self.opened = 0
        self.openedMinor = 0
        self.recoveredByUs = 0
        self.recoveredByUsMinor = 0
        self.recoveredElsewhere = 0
        self.recoveredElsewhereMinor = 0
        self.exhausted = 0
        self.closedOtherwise = 0
        self.attempts = 0
        self.messages = 0
    }

    /// Cases that are still open.
    package var stillOpen: Int64 {
        self.opened - self.recoveredByUs - self.recoveredElsewhere - self.exhausted
            - self.closedOtherwise
    }

    /// Cases that were paid.
    package var recovered: Int64 { self.recoveredByUs.increased(by: self.recoveredElsewhere) }

    /// Money that came and stayed, less what it cost, in minor units, rounded down.
    package var netMinor: Int64 {
        let came = self.recoveredByUsMinor.increased(by: self.recoveredElsewhereMinor)
        let (cents, rest) = self.costMilli.quotientAndRemainder(dividingBy: 1000)
        return came.decreased(by: self.backMinor).decreased(by: cents).decreased(
            by: rest > 0 ? 1 : 0)
    }

    /// Adds another row of the same tenant and currency.
    package mutating func add(_ other: ReportRow) {
        self.opened.increase(by: other.opened)
        self.openedMinor.increase(by: other.openedMinor)
        self.recoveredByUs.increase(by: other.recoveredByUs)
        self.recoveredByUsMinor.increase(by: other.recoveredByUsMinor)
        self.recoveredElsewhere.increase(by: other.recoveredElsewhere)
        self.recoveredElsewhereMinor.increase(by: other.recoveredElsewhereMinor)
        self.exhausted.increase(by: other.exhausted)
        self.closedOtherwise.increase(by: other.closedOtherwise)
        self.attempts.increase(by: other.attempts)
        self.messages.increase(by: other.messages)
        self.accounts.increase(by: other.accounts)
        self.recoveryMs.increase(by: other.recoveryMs)
        self.costMilli.increase(by: other.costMilli)
        self.backMinor.increase(by: other.backMinor)
        self.atRiskMinor.increase(by: other.atRiskMinor)
        self.mrrMinor.increase(by: other.mrrMinor)
        self.mrrSavedMinor.increase(by: other.mrrSavedMinor)
    }
}

/// What a report's rows are about. Raw values are on the wire.
package enum ReportDimension: UInt8, Sendable, CaseIterable {
    /// The class of the failure that opened the case.
    case `class` = 0
    /// Its code, as the gateway gave it.
    case code = 1
    case segment = 2
    /// The number of our attempt that brought the money; cases that none did are apart.
    case step = 3
    /// The channel of the last message that a provider took.
    case channel = 4
    /// The arms of experiments, all of a case together.
    case arm = 5
    /// The day of the opening, by UTC: cohorts.
    case day = 6
    /// The network or scheme of the method that failed.
    case network = 7
    /// The first digits of the card that failed, as far as they were told.
    case bin = 8

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// Which cases a report sums up, and by what.
package struct ReportQuery: Sendable, Equatable {
    /// Cases that were opened at or after it.
    package var since: Timestamp
    /// `nil` for all that the caller may see.
    package var tenant: String?
    package var dimension: ReportDimension

    package init(
        since: Timestamp = Timestamp(ms: 0), tenant: String? = nil,
        by dimension: ReportDimension = .class
    ) {
        self.since = since
        self.tenant = tenant
        self.dimension = dimension
    }
}

/// How many renewals of a tenant failed, and how many were paid at once, as they were told.
package struct RenewalRow: Sendable, Equatable {
    package var tenant: String
    /// The day on which it was told, by UTC, counted from 1970-01-01.
    package var day: Int64
    /// Failures that opened a case or brought another invoice into one. Money that the bank took
    /// back is none: its renewal had been paid.
    package var failed: Int64
    /// Invoices that were told to be paid without any case.
    package var paid: Int64

    package init(tenant: String, day: Int64, failed: Int64 = 0, paid: Int64 = 0) {
        self.tenant = tenant
        self.day = day
        self.failed = failed
        self.paid = paid
    }

    package var charged: Int64 { self.failed.increased(by: self.paid) }

    /// Of a thousand charged renewals so many failed; `nil` where none was told to be paid, since
    /// then nobody knows.
    package var failedPermille: Int64? {
        guard self.paid > 0, self.failed >= 0 else { return nil }
        return self.charged.dividingFullWidth(self.failed.multipliedFullWidth(by: 1000)).quotient
    }

    package mutating func add(_ other: RenewalRow) {
        self.failed.increase(by: other.failed)
        self.paid.increase(by: other.paid)
    }
}

/// Totals over the cases that were opened at or after `since`.
package struct Report: Sendable, Equatable {
    package var since: Timestamp
    /// Sorted by tenant, currency, class.
    package var rows: [ReportRow]
    /// Of whole days from the one of ``since`` on; sorted by tenant and day.
    package var renewals: [RenewalRow]
    package var missingShards: [UInt32]

    package init(
        since: Timestamp, rows: [ReportRow], renewals: [RenewalRow] = [],
        missingShards: [UInt32] = []
    ) {
        self.since = since
        self.rows = rows
        self.renewals = renewals
        self.missingShards = missingShards
    }
}

/// One shard as an operator sees it.
package struct ShardView: Sendable, Equatable {
    package var shard: UInt32
    package var epoch: UInt64
    /// `active`, `loading`, `lost`.
    package var state: String
    /// Last committed batch.
    package var committedOp: UInt64
    /// Batch up to which rows are folded; the tail is what lies between.
    package var foldedOp: UInt64
    package var tailRecords: UInt64
    package var residentAccounts: UInt64
    package var pendingEffects: UInt64
    /// Zero when no resident account has one.
    package var nextDueAt: Timestamp

    package init(
        shard: UInt32, epoch: UInt64, state: String, committedOp: UInt64, foldedOp: UInt64,
        tailRecords: UInt64, residentAccounts: UInt64, pendingEffects: UInt64, nextDueAt: Timestamp
    ) {
        self.shard = shard
        self.epoch = epoch
        self.state = state
        self.committedOp = committedOp
        self.foldedOp = foldedOp
        self.tailRecords = tailRecords
        self.residentAccounts = residentAccounts
        self.pendingEffects = pendingEffects
        self.nextDueAt = nextDueAt
    }
}

/// How many accounts fall due within each slice of time.
package struct TimersView: Sendable, Equatable {
    package struct Slice: Sendable, Equatable {
        package var from: Timestamp
        package var until: Timestamp
        package var count: UInt64

        package init(from: Timestamp, until: Timestamp, count: UInt64) {
            self.from = from
            self.until = until
            self.count = count
        }
    }

    /// Accounts with a due instant, resident or not.
    package var count: UInt64
    /// Zero when there is none.
    package var nextDueAt: Timestamp
    /// Overdue now.
    package var overdue: UInt64
    /// In the order of time; empty slices are left out.
    package var slices: [Slice]

    package init(count: UInt64, nextDueAt: Timestamp, overdue: UInt64, slices: [Slice]) {
        self.count = count
        self.nextDueAt = nextDueAt
        self.overdue = overdue
        self.slices = slices
    }
}

/// A node as an operator sees it.
package struct NodeView: Sendable, Equatable {
    package var version: String
    package var clusterID: UInt64
    package var restoreGeneration: UInt64
    package var level: UInt32
    package var shardCount: UInt32
    package var startedAt: Timestamp
    package var now: Timestamp
    /// `wall` or `manual`.
    package var clockKind: String
    package var state: String
    package var residentAccounts: UInt64
    package var transitions: UInt64
    package var commits: UInt64
    package var tenants: [TenantView]
    /// What an operator should look at, as sentences with the remedy.
    package var warnings: [String]

    package init(
        version: String, clusterID: UInt64, restoreGeneration: UInt64, level: UInt32,
        shardCount: UInt32, startedAt: Timestamp, now: Timestamp, clockKind: String, state: String,
        residentAccounts: UInt64, transitions: UInt64, commits: UInt64, tenants: [TenantView],
        warnings: [String]
    ) {
        self.version = version
        self.clusterID = clusterID
        self.restoreGeneration = restoreGeneration
        self.level = level
        self.shardCount = shardCount
        self.startedAt = startedAt
        self.now = now
        self.clockKind = clockKind
        self.state = state
        self.residentAccounts = residentAccounts
        self.transitions = transitions
        self.commits = commits
        self.tenants = tenants
        self.warnings = warnings
    }
}

/// A tenant's switches, as they are in force.
package struct TenantView: Sendable, Equatable {
    package var name: String
    package var mode: TenantSettings.Mode
    package var chargesPaused: Bool
    package var messagesPaused: Bool
    /// `stripe`, `simulated`.
    package var gateway: String
    package var policy: String

    package init(
        name: String, mode: TenantSettings.Mode, chargesPaused: Bool, messagesPaused: Bool,
        gateway: String, policy: String
    ) {
        self.name = name
        self.mode = mode
        self.chargesPaused = chargesPaused
        self.messagesPaused = messagesPaused
        self.gateway = gateway
        self.policy = policy
    }
}
