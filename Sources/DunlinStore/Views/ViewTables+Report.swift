import DunlinCore
import DunlinPorts
import GRDB
import GRDBSQLite

// Reports are sums over `cases`: what they say of money is what the events of those cases say.

extension ViewTables {
    /// Sums over the cases that a query asks for, by tenant, currency and what it asks for.
    static func report(
        _ query: ReportQuery, mine: String, _ db: Database
    ) throws -> [ReportRow] {
        let recovered = "phase = \(CasePhase.recovered.rawValue)"
        let byUs = "flags & \(DunningCase.Flags.recoveredByUs.rawValue) != 0"
        let exhausted = "phase = \(CasePhase.exhausted.rawValue)"
        let group = Self.group(query.dimension, recovered: recovered, byUs: byUs)
        let statement = try db.makeStatement(
            sql: """
                SELECT tenant, currency, \(group) AS ours, count(*), sum(amount),
                    sum(\(recovered) AND \(byUs)), sum(byUs),
                    sum(\(recovered) AND NOT \(byUs)), sum(elsewhere),
                    sum(\(exhausted)), sum(closed != 0 AND NOT \(recovered) AND NOT \(exhausted)),
                    sum(attempts), sum(messages),
                    count(DISTINCT account),
                    sum(CASE WHEN \(recovered) THEN closed - opened ELSE 0 END),
                    sum(cost), sum(back),
                    sum(CASE WHEN closed = 0 THEN max(0, amount - byUs - elsewhere + back)
                        ELSE 0 END),
                    sum(mrr), sum(CASE WHEN \(recovered) THEN mrr ELSE 0 END)
                FROM cases WHERE opened >= ? AND (?2 IS NULL OR tenant = ?2)
                    \(mine.isEmpty ? "" : "AND " + mine)
                GROUP BY tenant, currency, ours
                ORDER BY tenant, currency, ours
                """)
        try statement.setArguments([query.since.ms, query.tenant])
        defer { statement.reset() }
        var rows: [ReportRow] = []
        while try statement.next("sum up cases") {
            guard let currency = Currency(packed: UInt32(truncatingIfNeeded: statement.integer(1)))
            else { throw StoreError(.corrupt, operation: "sum up cases") }
            var row = ReportRow(
                tenant: statement.text(0), currency: currency, declineClass: .unmapped)
            try Self.name(&row, query.dimension, statement)
            row.opened = statement.integer(3)
            row.openedMinor = statement.integer(4)
            row.recoveredByUs = statement.integer(5)
            row.recoveredByUsMinor = statement.integer(6)
            row.recoveredElsewhere = statement.integer(7)
            row.recoveredElsewhereMinor = statement.integer(8)
            row.exhausted = statement.integer(9)
            row.closedOtherwise = statement.integer(10)
            row.attempts = statement.integer(11)
            row.messages = statement.integer(12)
            row.accounts = statement.integer(13)
            row.recoveryMs = statement.integer(14)
            row.costMilli = statement.integer(15)
            row.backMinor = statement.integer(16)
            row.atRiskMinor = statement.integer(17)
            row.mrrMinor = statement.integer(18)
            row.mrrSavedMinor = statement.integer(19)
            rows.append(row)
        }
        return rows
    }

    /// Adds what a shard told of renewals; any account of the shard says whose they are.
    static func add(
        _ row: RenewalRow, ofShard shard: UInt32, account: String, _ db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO renewals(tenant, day, shard, account, failed, paid)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    failed = failed + excluded.failed, paid = paid + excluded.paid
                """)
        try statement.setArguments([
            row.tenant, row.day, Int64(shard), account, row.failed, row.paid,
        ])
        try statement.run("add up renewals")
    }

    static func renewals(
        _ query: ReportQuery, mine: String, _ db: Database
    ) throws -> [RenewalRow] {
        let statement = try db.makeStatement(
            sql: """
                SELECT tenant, day, sum(failed), sum(paid)
                FROM renewals WHERE day >= ?1 AND (?2 IS NULL OR tenant = ?2)
                    \(mine.isEmpty ? "" : "AND " + mine)
                GROUP BY tenant, day ORDER BY tenant, day
                """)
        try statement.setArguments([query.since.ms / Milliseconds.day, query.tenant])
        defer { statement.reset() }
        var rows: [RenewalRow] = []
        while try statement.next("sum up renewals") {
            rows.append(
                RenewalRow(
                    tenant: statement.text(0), day: statement.integer(1),
                    failed: statement.integer(2), paid: statement.integer(3)))
        }
        return rows
    }

    private static func group(
        _ dimension: ReportDimension, recovered: String, byUs: String
    ) -> String {
        switch dimension {
        case .class: "openingClass"
        case .code: "code"
        case .segment: "segment"
        case .step: "CASE WHEN \(recovered) AND \(byUs) THEN attempts ELSE 0 END"
        case .channel: "channel"
        case .arm: "arms"
        case .day: "opened / \(Milliseconds.day)"
        case .network: "network"
        case .bin: "bin"
        }
    }

    private static func name(
        _ row: inout ReportRow, _ dimension: ReportDimension, _ statement: Statement
    ) throws {
        switch dimension {
        case .class:
            guard
                let opening = DeclineClass(
                    rawValue: UInt8(truncatingIfNeeded: statement.integer(2)))
            else { throw StoreError(.corrupt, operation: "sum up cases") }
            row.declineClass = opening
        case .code: row.group = Self.orNone(statement.text(2))
        case .segment: row.group = Self.orNone(statement.text(2))
        case .step:
            let step = statement.integer(2)
            row.group = step == 0 ? "not by an attempt" : "attempt \(step)"
        case .channel:
            row.group =
                Channel(rawValue: UInt8(truncatingIfNeeded: statement.integer(2)))?.name
                ?? "no message"
        case .arm:
            let arms = statement.text(2).split(separator: "\n").compactMap { line -> String? in
                let parts = line.split(separator: "\t")
                return parts.count >= 2 ? "\(parts[0])/\(parts[1])" : nil
            }
            row.group = Self.orNone(arms.joined(separator: " "))
        case .day:
            let day = Timestamp(ms: statement.integer(2) &* Milliseconds.day)
            row.group = String("\(day)".prefix(10))
        case .network:
            let network = PaymentNetwork(rawValue: UInt8(truncatingIfNeeded: statement.integer(2)))
            row.group = network?.name ?? PaymentNetwork.unknown.name
        case .bin:
            let bin = statement.integer(2)
            row.group = bin == 0 ? "not told" : "\(bin)"
        }
    }

    private static func orNone(_ name: String) -> String { name.isEmpty ? "none" : name }
}
