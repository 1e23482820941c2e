import DunlinCore
import DunlinPorts
import GRDB
import GRDBSQLite

/// The tables of `views.db`, a row at a time.
enum ViewTables {
    private static let columns = """
        tenant, account, number, phase, flags, obligation, currency, amount, byUs, elsewhere,
        openingClass, latestClass, opened, closed, nextAttempt, attempts, inFlight, messages,
        arms, code, segment, channel, cost, back, mrr, network, bin
        """

    static func position(ofShard shard: UInt32, _ db: Database) throws -> UInt64 {
        let statement = try db.cachedStatement(sql: "SELECT op FROM position WHERE shard = ?")
        defer { statement.reset() }
        statement.bind(Int64(shard), at: 1)
        guard try statement.next("read a view's position") else { return 0 }
        return UInt64(bitPattern: statement.integer(0))
    }

    static func setPosition(ofShard shard: UInt32, to op: UInt64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO position(shard, op) VALUES (?, ?)")
        statement.bind(Int64(shard), at: 1)
        statement.bind(Int64(bitPattern: op), at: 2)
        try statement.run("set a view's position")
    }

    static func load(_ id: ViewCase.ID, _ db: Database) throws -> ViewCase? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(Self.columns) FROM cases
                WHERE tenant = ? AND account = ? AND number = ?
                """)
        defer { statement.reset() }
        var tenant = id.tenant
        var account = id.account
        return try tenant.withUTF8 { tenant in
            try account.withUTF8 { account in
                statement.bind(text: tenant, at: 1)
                statement.bind(text: account, at: 2)
                statement.bind(Int64(id.number), at: 3)
                return try statement.next("read a case") ? try Self.viewCase(statement) : nil
            }
        }
    }

    static func store(_ row: ViewCase, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO cases(\(Self.columns))
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                    ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        statement.bind(Int64(row.id.number), at: 3)
        statement.bind(Int64(row.phase.rawValue), at: 4)
        statement.bind(Int64(row.flags.rawValue), at: 5)
        statement.bind(Int64(row.currency.packed), at: 7)
        statement.bind(row.amountMinor, at: 8)
        statement.bind(row.collectedByUsMinor, at: 9)
        statement.bind(row.collectedElsewhereMinor, at: 10)
        statement.bind(Int64(row.openingClass.rawValue), at: 11)
        statement.bind(Int64(row.latestClass.rawValue), at: 12)
        statement.bind(row.openedAt.ms, at: 13)
        statement.bind(row.closedAt.ms, at: 14)
        statement.bind(row.nextAttemptAt.ms, at: 15)
        statement.bind(Int64(row.attempts), at: 16)
        statement.bind(Int64(row.inFlight), at: 17)
        statement.bind(Int64(row.messages), at: 18)
        statement.bind(Int64(row.channel), at: 22)
        statement.bind(row.costMilli, at: 23)
        statement.bind(row.backMinor, at: 24)
        statement.bind(row.mrrMinor, at: 25)
        statement.bind(Int64(row.network.rawValue), at: 26)
        statement.bind(Int64(row.bin), at: 27)
        var tenant = row.id.tenant
        var account = row.id.account
        var obligation = row.obligation
        var arms = row.arms
        var code = row.code
        var segment = row.segment
        try tenant.withUTF8 { tenant in
            try account.withUTF8 { account in
                try obligation.withUTF8 { obligation in
                    statement.bind(text: tenant, at: 1)
                    statement.bind(text: account, at: 2)
                    statement.bind(text: obligation, at: 6)
                    try arms.withUTF8 { arms in
                        statement.bind(text: arms, at: 19)
                        try code.withUTF8 { code in
                            try segment.withUTF8 { segment in
                                statement.bind(text: code, at: 20)
                                statement.bind(text: segment, at: 21)
                                try statement.run("store a case")
                            }
                        }
                    }
                }
            }
        }
    }

    /// Cases in the order of (opened, tenant, account, number).
    static func cases(
        _ query: CaseQuery, mine: String, _ db: Database
    ) throws -> [CaseRow] {
        var conditions = mine.isEmpty ? [] : [mine]
        var arguments: [any DatabaseValueConvertible] = []
        if let tenant = query.tenant {
            conditions.append("tenant = ?")
            arguments.append(tenant)
        }
        if !query.phases.isEmpty {
            let mask = query.phases.reduce(Int64(0)) { $0 | 1 << Int64($1.rawValue) }
            conditions.append("(1 << phase) & ? != 0")
            arguments.append(mask)
            // Lets SQLite take the small index of open cases.
            if query.phases.allSatisfy(\.isOpen) { conditions.append("closed = 0") }
        }
        if !query.flags.isEmpty {
            conditions.append("flags & ? = ?")
            arguments += [Int64(query.flags.rawValue), Int64(query.flags.rawValue)]
        }
        if let after = query.after {
            conditions.append("(opened, tenant, account, number) > (?, ?, ?, ?)")
            arguments += [
                after.openedAt.ms, after.key.tenant, after.key.key, Int64(after.caseNumber),
            ]
        }
        arguments.append(Int64(max(0, query.limit)))
        let sql = """
            SELECT \(Self.columns) FROM cases
            \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY opened, tenant, account, number LIMIT ?
            """
        return try Self.rows(sql, StatementArguments(arguments), db)
    }

    private static func rows(
        _ sql: String, _ arguments: StatementArguments, _ db: Database
    ) throws -> [CaseRow] {
        let statement = try db.makeStatement(sql: sql)
        try statement.setArguments(arguments)
        defer { statement.reset() }
        var rows: [CaseRow] = []
        while try statement.next("list cases") {
            rows.append(CaseRow(try Self.viewCase(statement)))
        }
        return rows
    }

    private static func viewCase(_ statement: Statement) throws(StoreError) -> ViewCase {
        func byte(_ column: Int32) -> UInt8 { UInt8(truncatingIfNeeded: statement.integer(column)) }
        guard let phase = CasePhase(rawValue: byte(3)),
            let currency = Currency(packed: UInt32(truncatingIfNeeded: statement.integer(6))),
            let opening = DeclineClass(rawValue: byte(10)),
            let latest = DeclineClass(rawValue: byte(11))
        else { throw StoreError(.corrupt, operation: "read a case") }
        return ViewCase(
            id: ViewCase.ID(
                tenant: statement.text(0), account: statement.text(1),
                number: UInt32(truncatingIfNeeded: statement.integer(2))),
            phase: phase, flags: DunningCase.Flags(rawValue: byte(4)),
            obligation: statement.text(5), currency: currency, amountMinor: statement.integer(7),
            collectedByUsMinor: statement.integer(8),
            collectedElsewhereMinor: statement.integer(9), openingClass: opening,
            latestClass: latest, openedAt: Timestamp(ms: statement.integer(12)),
            closedAt: Timestamp(ms: statement.integer(13)),
            nextAttemptAt: Timestamp(ms: statement.integer(14)),
            attempts: UInt32(truncatingIfNeeded: statement.integer(15)),
            inFlight: UInt32(truncatingIfNeeded: statement.integer(16)),
            messages: UInt32(truncatingIfNeeded: statement.integer(17)),
            arms: statement.text(18), code: statement.text(19), segment: statement.text(20),
            channel: byte(21), costMilli: statement.integer(22), backMinor: statement.integer(23),
            mrrMinor: statement.integer(24),
            network: PaymentNetwork(rawValue: byte(25)) ?? .unknown,
            bin: UInt32(truncatingIfNeeded: statement.integer(26)))
    }
}

extension CaseRow {
    init(_ row: ViewCase) {
        self.init(
            key: EntityKey(tenant: row.id.tenant, kind: .account, key: row.id.account),
            caseNumber: row.id.number, phase: row.phase, obligation: row.obligation,
            amount: Money(minor: row.amountMinor, currency: row.currency),
            declineClass: row.latestClass, openedAt: row.openedAt, closedAt: row.closedAt,
            nextAttemptAt: row.nextAttemptAt, attempts: row.attempts, flags: row.flags)
        self.assignments = row.assignments
    }
}
