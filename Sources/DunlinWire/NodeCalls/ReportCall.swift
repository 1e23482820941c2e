import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/report``.
package enum ReportCall {
    /// A line's worst size: a tenant and its numbers.
    private static let lineBytesMax = 1024
    /// Longest name of a row's group, in bytes.
    private static let groupBytesMax = 512

    package static func request(_ query: ReportQuery) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ReportRequest.self) { pack, request throws(WireError) in
            request.pointee.has_since_ms = 1
            request.pointee.since_ms = query.since.ms
            if let tenant = query.tenant { request.pointee.tenant = try pack.text(tenant) }
            request.pointee.has_dimension = 1
            request.pointee.dimension = UInt32(query.dimension.rawValue)
        }
    }

    package static func request(packed bytes: [UInt8]) throws(WireError) -> ReportQuery {
        try ProtoCodec.unpack(Dunlin__V1__ReportRequest.self, bytes) { request throws(WireError) in
            ReportQuery(
                since: Timestamp(ms: request.pointee.since_ms),
                tenant: try Unpacking.textOrNil(
                    request.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax),
                by: try Unpacking.kind(
                    request.pointee.dimension, "dimension", ReportDimension.self))
        }
    }

    /// At least one item; the shards that did not answer are in the last.
    package static func items(_ report: Report) throws(WireError) -> [[UInt8]] {
        let parts = runs(report.rows, rowBytesMax: Self.lineBytesMax)
        var items: [[UInt8]] = []
        for (index, rows) in parts.enumerated() {
            let missing = index == parts.count - 1 ? report.missingShards : []
            items.append(
                try Self.item(rows, [], since: index == 0 ? report.since : nil, missing))
        }
        if !report.renewals.isEmpty {
            for rows in runs(report.renewals, rowBytesMax: Self.lineBytesMax) {
                items.append(try Self.item([], rows, since: nil, []))
            }
        }
        return items
    }

    /// Adds what an item holds to a report.
    package static func add(item bytes: [UInt8], to report: inout Report) throws(WireError) {
        report = try ProtoCodec.unpack(
            Dunlin__V1__ReportItem.self, bytes
        ) { item throws(WireError) -> Report in
            var sum = report
            sum.rows += try Unpacking.messages(
                item.pointee.n_lines, item.pointee.lines, "lines",
                countMax: WireLimits.repeatedMax, Self.row)
            sum.renewals += try Unpacking.messages(
                item.pointee.n_renewals, item.pointee.renewals, "renewals",
                countMax: WireLimits.repeatedMax, Self.renewal)
            sum.missingShards += try Unpacking.numbers(
                item.pointee.n_missing_shards, item.pointee.missing_shards, "missing_shards",
                countMax: NodeCalls.shardsMax)
            if item.pointee.has_since_ms != 0 {
                sum.since = Timestamp(ms: item.pointee.since_ms)
            }
            return sum
        }
    }

    private static func item(
        _ rows: [ReportRow], _ renewals: [RenewalRow], since: Timestamp?, _ missing: [UInt32]
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ReportItem.self) { pack, item throws(WireError) in
            if let since {
                item.pointee.has_since_ms = 1
                item.pointee.since_ms = since.ms
            }
            item.pointee.n_lines = rows.count
            item.pointee.lines = try pack.messages(
                Dunlin__V1__ReportLine.self, rows
            ) { line, row throws(WireError) in
                line.pointee.tenant = try pack.text(row.tenant)
                line.pointee.currency = try pack.text(row.currency.code)
                line.pointee.has_decline_class = 1
                line.pointee.decline_class = UInt32(row.declineClass.rawValue)
                line.pointee.has_opened = 1
                line.pointee.opened = row.opened
                line.pointee.has_opened_minor = 1
                line.pointee.opened_minor = row.openedMinor
                line.pointee.has_recovered_by_us = 1
                line.pointee.recovered_by_us = row.recoveredByUs
                line.pointee.has_recovered_by_us_minor = 1
                line.pointee.recovered_by_us_minor = row.recoveredByUsMinor
                line.pointee.has_recovered_elsewhere = 1
                line.pointee.recovered_elsewhere = row.recoveredElsewhere
                line.pointee.has_recovered_elsewhere_minor = 1
                line.pointee.recovered_elsewhere_minor = row.recoveredElsewhereMinor
                line.pointee.has_exhausted = 1
                line.pointee.exhausted = row.exhausted
                line.pointee.has_closed_otherwise = 1
                line.pointee.closed_otherwise = row.closedOtherwise
                line.pointee.has_attempts = 1
                line.pointee.attempts = row.attempts
                line.pointee.has_messages = 1
                line.pointee.messages = row.messages
                if !row.group.isEmpty { line.pointee.about = try pack.text(row.group) }
                line.pointee.has_accounts = 1
                line.pointee.accounts = row.accounts
                line.pointee.has_recovery_ms = 1
                line.pointee.recovery_ms = row.recoveryMs
                line.pointee.has_cost_milli = 1
                line.pointee.cost_milli = row.costMilli
                line.pointee.has_back_minor = 1
                line.pointee.back_minor = row.backMinor
                line.pointee.has_at_risk_minor = 1
                line.pointee.at_risk_minor = row.atRiskMinor
                line.pointee.has_mrr_minor = 1
                line.pointee.mrr_minor = row.mrrMinor
                line.pointee.has_mrr_saved_minor = 1
                line.pointee.mrr_saved_minor = row.mrrSavedMinor
            }
            item.pointee.n_renewals = renewals.count
            item.pointee.renewals = try pack.messages(
                Dunlin__V1__RenewalLine.self, renewals
            ) { line, row throws(WireError) in
                line.pointee.tenant = try pack.text(row.tenant)
                line.pointee.has_day = 1
                line.pointee.day = row.day
                line.pointee.has_failed = 1
                line.pointee.failed = row.failed
                line.pointee.has_paid = 1
                line.pointee.paid = row.paid
            }
            item.pointee.n_missing_shards = missing.count
            item.pointee.missing_shards = pack.numbers(missing)
        }
    }

    private static func renewal(
        _ line: UnsafePointer<Dunlin__V1__RenewalLine>
    ) throws(WireError) -> RenewalRow {
        RenewalRow(
            tenant: try Unpacking.name(
                line.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax),
            day: line.pointee.day, failed: line.pointee.failed, paid: line.pointee.paid)
    }

    private static func row(
        _ line: UnsafePointer<Dunlin__V1__ReportLine>
    ) throws(WireError) -> ReportRow {
        var row = ReportRow(
            tenant: try Unpacking.name(
                line.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax),
            currency: try Unpacking.currency(line.pointee.currency),
            declineClass: try Unpacking.kind(
                line.pointee.decline_class, "decline_class", DeclineClass.self))
        row.opened = line.pointee.opened
        row.openedMinor = line.pointee.opened_minor
        row.recoveredByUs = line.pointee.recovered_by_us
        row.recoveredByUsMinor = line.pointee.recovered_by_us_minor
        row.recoveredElsewhere = line.pointee.recovered_elsewhere
        row.recoveredElsewhereMinor = line.pointee.recovered_elsewhere_minor
        row.exhausted = line.pointee.exhausted
        row.closedOtherwise = line.pointee.closed_otherwise
        row.attempts = line.pointee.attempts
        row.messages = line.pointee.messages
        row.group =
            try Unpacking.textOrNil(
                line.pointee.about, "about", bytesMax: Self.groupBytesMax) ?? ""
        row.accounts = line.pointee.accounts
        row.recoveryMs = line.pointee.recovery_ms
        row.costMilli = line.pointee.cost_milli
        row.backMinor = line.pointee.back_minor
        row.atRiskMinor = line.pointee.at_risk_minor
        row.mrrMinor = line.pointee.mrr_minor
        row.mrrSavedMinor = line.pointee.mrr_saved_minor
        return row
    }
}
