import DunlinCore
import DunlinPorts
import DunlinStore
import DunlinTesting
import Foundation
import GRDB
import Testing

/// Lists and totals against the states that replaying the same journal gives.
@Suite struct ViewTests {
    let folder: TemporaryFolder
    let journal = MemoryJournal()

    init() throws {
        self.folder = try TemporaryFolder()
    }

    func openViews(
        committedOps: (@Sendable () -> [UInt32: UInt64])? = nil, generation: UInt64 = 1
    ) throws -> SQLiteViews {
        try SQLiteViews(
            path: self.folder.path, origin: ClusterOrigin(cluster: 5, generation: generation),
            journal: self.journal, committedOps: committedOps)
    }

    /// Appends `steps` drawn events in batches of some tens.
    func write(
        _ history: inout CaseHistory, _ script: inout JournalScript, _ ledger: inout Ledger,
        steps: Int
    ) async {
        for step in 1...steps {
            let (key, recorded) = history.next(script.states)
            let before = script.states[key] ?? AccountState()
            script.append(recorded, of: key)
            ledger.note(recorded.event, of: key, before, script.states[key] ?? before)
            guard step % 37 == 0 || step == steps else { continue }
            for batch in script.seal() {
                #expect(await self.journal.append(batch).code == nil)
            }
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `lists and totals are what the replay says, however often they are read`(
        seed: UInt64
    ) async throws {
        var ledger = Ledger()
        var script = JournalScript(shards: 5, hash: noHash)
        var history = CaseHistory(seed: seed, accounts: 40)
        var views = try self.openViews()
        for round in 0..<4 {
            await self.write(&history, &script, &ledger, steps: 500)
            if round % 2 == 1 {
                try await views.close()
                views = try self.openViews()
            }
            let expected = Expected(script.states, ledger)
            #expect(try await views.report(since: Timestamp(ms: 0), tenant: nil) == expected.report)
            #expect(try await self.allCases(views) == expected.rows)
            #expect(try await views.catchUp() == 0)
        }

        let expected = Expected(script.states, ledger)
        let middle = expected.rows[expected.rows.count / 2].openedAt
        #expect(
            try await views.report(since: middle, tenant: "acme")
                == Expected(script.states, ledger) { $0.tenant == "acme" && $1.openedAt >= middle }
                .report)

        try await views.close()
        try FileManager.default.removeItem(atPath: self.folder.path + "/views.db")
        let rebuilt = try self.openViews()
        #expect(try await rebuilt.report(since: Timestamp(ms: 0), tenant: nil) == expected.report)
        #expect(try await self.allCases(rebuilt) == expected.rows)
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `reports, books of the events and replayed states say the same of money`(
        seed: UInt64
    ) async throws {
        var ledger = Ledger()
        var script = JournalScript(shards: 5, hash: noHash)
        var history = CaseHistory(seed: seed, accounts: 50)
        await self.write(&history, &script, &ledger, steps: 3000)
        let views = try self.openViews()
        var booked: [String: BookTotals] = [:]
        for (key, book) in ledger.books {
            let state = try #require(script.states[key])
            #expect(book.imbalances(with: state) == [])
            for (currency, totals) in book.totals {
                booked["\(key.tenant) \(currency.code)", default: BookTotals()].add(totals)
            }
        }
        #expect(booked.values.contains { $0.byUsMinor > 0 && $0.costMilli > 0 })
        for dimension in ReportDimension.allCases {
            var told: [String: BookTotals] = [:]
            for row in try await views.report(ReportQuery(by: dimension)) {
                var totals = BookTotals()
                totals.cases = row.opened
                totals.dueMinor = row.openedMinor
                totals.byUsMinor = row.recoveredByUsMinor
                totals.elsewhereMinor = row.recoveredElsewhereMinor
                totals.backMinor = row.backMinor
                totals.attempts = row.attempts
                totals.messages = row.messages
                totals.costMilli = row.costMilli
                told["\(row.tenant) \(row.currency.code)", default: BookTotals()].add(totals)
                if dimension != .class { #expect(!row.group.isEmpty) }
            }
            #expect(told == booked, "by \(dimension)")
        }
        let renewals = try await views.renewals(ReportQuery())
        #expect(renewals == ledger.renewals)
        #expect(renewals.contains { $0.failed > 0 } && renewals.contains { $0.paid > 0 })
        let day = renewals[renewals.count / 2].day
        let since = Timestamp(ms: day * Milliseconds.day + 5000)
        #expect(
            try await views.renewals(ReportQuery(since: since, tenant: "acme"))
                == ledger.renewals.filter { $0.day >= day && $0.tenant == "acme" })
    }

    @Test func `a query's filters and pages hold`() async throws {
        var ledger = Ledger()
        var script = JournalScript(shards: 3, hash: noHash)
        var history = CaseHistory(seed: 77, accounts: 60)
        await self.write(&history, &script, &ledger, steps: 3000)
        let views = try self.openViews()
        let all = Expected(script.states, ledger).rows

        let open = try await views.cases(
            CaseQuery(phases: [.retrying, .waitingCustomer], limit: 1000))
        #expect(open == all.filter { $0.phase == .retrying || $0.phase == .waitingCustomer })
        #expect(!open.isEmpty)
        let flagged = try await views.cases(
            CaseQuery(tenant: "acme", flags: [.foreignRetries], limit: 1000))
        #expect(
            flagged
                == all.filter { $0.key.tenant == "acme" && $0.flags.contains(.foreignRetries) })
        #expect(!flagged.isEmpty)
        #expect(try await views.cases(CaseQuery(limit: 3)) == Array(all[..<3]))
    }

    @Test func `batches beyond the commit mark do not show`() async throws {
        var ledger = Ledger()
        var script = JournalScript(shards: 1, hash: noHash)
        var history = CaseHistory(seed: 1, accounts: 5)
        await self.write(&history, &script, &ledger, steps: 37)
        let committed = Expected(script.states, ledger)
        await self.write(&history, &script, &ledger, steps: 37)

        let views = try self.openViews(committedOps: { [0: 1] })
        #expect(try await views.report(since: Timestamp(ms: 0), tenant: nil) == committed.report)
        #expect(try await views.catchUp() == 0)
    }

    @Test func `views that are damaged, foreign or ahead are made anew`() async throws {
        var ledger = Ledger()
        var script = JournalScript(shards: 2, hash: noHash)
        var history = CaseHistory(seed: 9, accounts: 10)
        await self.write(&history, &script, &ledger, steps: 300)
        let expected = Expected(script.states, ledger).report
        func check(_ views: SQLiteViews) async throws {
            #expect(try await views.report(since: Timestamp(ms: 0), tenant: nil) == expected)
            try await views.close()
        }
        try await check(try self.openViews())
        try await check(try self.openViews(generation: 2))

        let path = self.folder.path + "/views.db"
        try Data(repeating: 3, count: 9000).write(to: URL(filePath: path))
        try await check(try self.openViews())

        let database = try DatabaseQueue(path: path)
        try await database.write { db in
            try db.execute(sql: "UPDATE position SET op = op + 1; DELETE FROM cases")
        }
        try database.close()
        try await check(try self.openViews())
    }

    private func allCases(_ views: SQLiteViews) async throws -> [CaseRow] {
        var rows: [CaseRow] = []
        while true {
            let after = rows.last.map {
                CaseQuery.Cursor(openedAt: $0.openedAt, key: $0.key, caseNumber: $0.caseNumber)
            }
            let page = try await views.cases(CaseQuery(after: after, limit: 17))
            rows += page
            if page.count < 17 { return rows }
        }
    }
}

/// Views do not look at hashes.
func noHash(
    _ previous: [UInt8], _ shard: UInt32, _ op: UInt64, _ epoch: UInt64, _ records: [UInt8]
) -> [UInt8] {
    [UInt8](repeating: 1, count: 32)
}

/// What account states do not remember of a case.
struct Ledger {
    struct Line {
        var opening: DeclineClass
        var byUsMinor: Int64 = 0
        var elsewhereMinor: Int64 = 0
        var costMilli: Int64 = 0
    }

    private(set) var lines: [String: Line] = [:]
    /// What the events alone add up to.
    private(set) var books: [EntityKey: AccountBook] = [:]
    private var told: [String: RenewalRow] = [:]

    var renewals: [RenewalRow] {
        self.told.values.sorted { ($0.tenant, $0.day) < ($1.tenant, $1.day) }
    }

    func line(_ key: EntityKey, _ number: UInt32) -> Line? { self.lines["\(key) \(number)"] }

    private mutating func count(_ event: AccountEvent, of key: EntityKey, at instant: Timestamp) {
        var row = RenewalRow(tenant: key.tenant, day: instant.ms / Milliseconds.day)
        if case .caseOpened(let opened) = event, !opened.isReturn { row.failed = 1 }
        if case .attemptReported(let reported) = event, reported.update != nil,
            reported.mark.flags.contains(.original)
        {
            row.failed = 1
        }
        if case .paymentRecorded(let payment) = event, payment.update == nil { row.paid = 1 }
        guard row.charged > 0 else { return }
        let none = RenewalRow(tenant: row.tenant, day: row.day)
        self.told["\(row.tenant) \(row.day)", default: none].add(row)
    }

    /// What an event collected is what the account's state says that it changed.
    mutating func note(
        _ event: AccountEvent, of key: EntityKey, _ before: AccountState, _ after: AccountState
    ) {
        self.count(event, of: key, at: after.lastAt)
        self.books[key, default: AccountBook()].take(event)
        if case .caseOpened(let opened) = event {
            self.lines["\(key) \(opened.update.caseNumber)"] = Line(
                opening: opened.decline.declineClass)
        }
        switch event {
        case .messageSettled(let settled):
            self.lines["\(key) \(settled.update.caseNumber)"]?.costMilli += settled.costMilli
        case .attemptSettled(let settled):
            // An answer to an attempt that is over costs nothing again.
            let asked = before.cases.first { $0.number == settled.update.caseNumber }
            guard asked?.inFlight?.number == settled.attempt else { break }
            self.lines["\(key) \(settled.update.caseNumber)"]?.costMilli += settled.costMilli
        default: break
        }
        for (old, new) in zip(before.cases, after.cases) {
            let minor = new.obligation.collectedMinor - old.obligation.collectedMinor
            let name = "\(key) \(new.number)"
            if case .attemptSettled = event {
                self.lines[name]?.byUsMinor += minor
            } else {
                self.lines[name]?.elsewhereMinor += minor
            }
        }
    }
}

/// What lists and totals must be, reckoned from account states and so by another way.
private struct Expected {
    /// In the order of lists.
    var rows: [CaseRow] = []
    var report: [ReportRow] = []

    init(
        _ states: [EntityKey: AccountState], _ ledger: Ledger,
        where isWanted: (EntityKey, DunningCase) -> Bool = { _, _ in true }
    ) {
        var sums: [String: ReportRow] = [:]
        var seen: Set<String> = []
        for (key, state) in states {
            for dunningCase in state.cases where isWanted(key, dunningCase) {
                self.rows.append(Self.row(key, dunningCase))
                guard let line = ledger.line(key, dunningCase.number) else { continue }
                Self.add(dunningCase, line, of: key, to: &sums, &seen)
            }
        }
        self.rows.sort {
            ($0.openedAt, $0.key, $0.caseNumber) < ($1.openedAt, $1.key, $1.caseNumber)
        }
        self.report = sums.values.sorted {
            ($0.tenant, $0.currency, $0.declineClass.rawValue)
                < ($1.tenant, $1.currency, $1.declineClass.rawValue)
        }
    }

    private static func add(
        _ dunningCase: DunningCase, _ line: Ledger.Line, of key: EntityKey,
        to sums: inout [String: ReportRow], _ seen: inout Set<String>
    ) {
        let currency = dunningCase.obligation.currency
        let name = "\(key.tenant) \(currency.code) \(line.opening)"
        var row =
            sums[name]
            ?? ReportRow(tenant: key.tenant, currency: currency, declineClass: line.opening)
        row.opened += 1
        row.openedMinor += dunningCase.obligation.amountMinor
        row.recoveredByUsMinor += line.byUsMinor
        row.recoveredElsewhereMinor += line.elsewhereMinor
        row.attempts += Int64(dunningCase.attempts)
        row.messages += Int64(dunningCase.touches)
        row.costMilli += line.costMilli
        if seen.insert("\(name) \(key.key)").inserted { row.accounts += 1 }
        row.mrrMinor += dunningCase.obligation.amountMinor
        if dunningCase.isOpen { row.atRiskMinor += dunningCase.obligation.openMinor }
        if dunningCase.phase == .recovered {
            row.mrrSavedMinor += dunningCase.obligation.amountMinor
            row.recoveryMs += dunningCase.closedAt.ms - dunningCase.openedAt.ms
        }
        switch dunningCase.phase {
        case .recovered where dunningCase.flags.contains(.recoveredByUs): row.recoveredByUs += 1
        case .recovered: row.recoveredElsewhere += 1
        case .exhausted: row.exhausted += 1
        case .partiallyRecovered, .cancelled, .writtenOff, .frozen: row.closedOtherwise += 1
        case .retrying, .waitingCustomer, .waitingNetwork: break
        }
        sums[name] = row
    }

    private static func row(_ key: EntityKey, _ dunningCase: DunningCase) -> CaseRow {
        CaseRow(
            key: key, caseNumber: dunningCase.number, phase: dunningCase.phase,
            obligation: dunningCase.obligation.id,
            amount: Money(
                minor: dunningCase.obligation.amountMinor,
                currency: dunningCase.obligation.currency),
            declineClass: dunningCase.decline.declineClass, openedAt: dunningCase.openedAt,
            closedAt: dunningCase.closedAt, nextAttemptAt: dunningCase.plan.attemptAt,
            attempts: dunningCase.attempts, flags: dunningCase.flags)
    }
}
