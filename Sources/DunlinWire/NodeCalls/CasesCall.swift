import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/cases``.
package enum CasesCall {
    /// A row's worst size: four ids, eight arms and its numbers.
    private static let rowBytesMax = 2560

    package static func request(_ query: CaseQuery) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__CasesRequest.self) { pack, request throws(WireError) in
            if let tenant = query.tenant { request.pointee.tenant = try pack.text(tenant) }
            request.pointee.n_phases = query.phases.count
            request.pointee.phases = pack.numbers(query.phases.map { UInt32($0.rawValue) })
            request.pointee.has_flags = 1
            request.pointee.flags = UInt32(query.flags.rawValue)
            if let after = query.after {
                let cursor = pack.make(Dunlin__V1__CaseCursor.self)
                cursor.pointee.has_opened_at_ms = 1
                cursor.pointee.opened_at_ms = after.openedAt.ms
                cursor.pointee.entity = try pack.entity(after.key)
                cursor.pointee.has_case_number = 1
                cursor.pointee.case_number = after.caseNumber
                request.pointee.after = cursor
            }
            request.pointee.has_limit = 1
            request.pointee.limit = UInt32(clamping: query.limit)
        }
    }

    package static func query(packed bytes: [UInt8]) throws(WireError) -> CaseQuery {
        try ProtoCodec.unpack(Dunlin__V1__CasesRequest.self, bytes) { request throws(WireError) in
            let phases: [UInt32] = try Unpacking.numbers(
                request.pointee.n_phases, request.pointee.phases, "phases", countMax: 64)
            var query = CaseQuery(
                tenant: try Unpacking.textOrNil(
                    request.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax),
                flags: try Unpacking.flags(request.pointee.flags))
            for phase in phases {
                query.phases.append(try Unpacking.kind(phase, "phases", CasePhase.self))
            }
            if let after = request.pointee.after {
                query.after = CaseQuery.Cursor(
                    openedAt: Timestamp(ms: after.pointee.opened_at_ms),
                    key: try Unpacking.entity(after.pointee.entity),
                    caseNumber: after.pointee.case_number)
            }
            guard (1...UInt32(NodeCalls.caseRowsMax)).contains(request.pointee.limit) else {
                throw WireError(.badValue, "limit is not within 1 to \(NodeCalls.caseRowsMax)")
            }
            query.limit = Int(request.pointee.limit)
            return query
        }
    }

    /// At least one item; the shards that did not answer are in the last.
    package static func items(_ page: CasePage) throws(WireError) -> [[UInt8]] {
        let parts = runs(page.rows, rowBytesMax: Self.rowBytesMax)
        var items: [[UInt8]] = []
        for (index, rows) in parts.enumerated() {
            let missing = index == parts.count - 1 ? page.missingShards : []
            items.append(try Self.item(rows, missing))
        }
        return items
    }

    /// Adds what an item holds to a page.
    package static func add(
        item bytes: [UInt8], to page: inout CasePage
    ) throws(WireError) {
        let (rows, missing) = try ProtoCodec.unpack(
            Dunlin__V1__CasesItem.self, bytes
        ) { item throws(WireError) -> ([CaseRow], [UInt32]) in
            (
                try Unpacking.messages(
                    item.pointee.n_rows, item.pointee.rows, "rows",
                    countMax: NodeCalls.caseRowsMax, Self.row),
                try Unpacking.numbers(
                    item.pointee.n_missing_shards, item.pointee.missing_shards, "missing_shards",
                    countMax: NodeCalls.shardsMax)
            )
        }
        page.rows += rows
        page.missingShards += missing
        guard page.rows.count <= NodeCalls.caseRowsMax else {
            throw WireError(.badValue, "over \(NodeCalls.caseRowsMax) rows in a page")
        }
    }

    private static func item(
        _ rows: [CaseRow], _ missing: [UInt32]
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__CasesItem.self) { pack, item throws(WireError) in
            item.pointee.n_rows = rows.count
            item.pointee.rows = try pack.messages(
                Dunlin__V1__CaseListing.self, rows
            ) { listing, row throws(WireError) in
                listing.pointee.entity = try pack.entity(row.key)
                listing.pointee.has_case_number = 1
                listing.pointee.case_number = row.caseNumber
                listing.pointee.has_phase = 1
                listing.pointee.phase = UInt32(row.phase.rawValue)
                listing.pointee.obligation = try pack.text(row.obligation)
                listing.pointee.has_amount_minor = 1
                listing.pointee.amount_minor = row.amount.minor
                listing.pointee.currency = try pack.text(row.amount.currency.code)
                listing.pointee.has_decline_class = 1
                listing.pointee.decline_class = UInt32(row.declineClass.rawValue)
                listing.pointee.has_opened_at_ms = 1
                listing.pointee.opened_at_ms = row.openedAt.ms
                listing.pointee.has_closed_at_ms = 1
                listing.pointee.closed_at_ms = row.closedAt.ms
                listing.pointee.has_next_attempt_at_ms = 1
                listing.pointee.next_attempt_at_ms = row.nextAttemptAt.ms
                listing.pointee.has_attempts = 1
                listing.pointee.attempts = row.attempts
                listing.pointee.has_flags = 1
                listing.pointee.flags = UInt32(row.flags.rawValue)
                listing.pointee.n_arms = row.assignments.count
                listing.pointee.arms = try pack.messages(
                    Dunlin__V1__CaseArm.self, row.assignments
                ) { arm, assignment throws(WireError) in
                    arm.pointee.experiment = try pack.text(assignment.experiment)
                    arm.pointee.arm = try pack.text(assignment.arm)
                    arm.pointee.has_propensity_ppm = 1
                    arm.pointee.propensity_ppm = assignment.propensityPpm
                }
            }
            item.pointee.n_missing_shards = missing.count
            item.pointee.missing_shards = pack.numbers(missing)
        }
    }

    private static func row(
        _ listing: UnsafePointer<Dunlin__V1__CaseListing>
    ) throws(WireError) -> CaseRow {
        var row = CaseRow(
            key: try Unpacking.entity(listing.pointee.entity),
            caseNumber: listing.pointee.case_number,
            phase: try Unpacking.kind(listing.pointee.phase, "phase", CasePhase.self),
            obligation: try Unpacking.id(listing.pointee.obligation, "obligation"),
            amount: Money(
                minor: listing.pointee.amount_minor,
                currency: try Unpacking.currency(listing.pointee.currency)),
            declineClass: try Unpacking.kind(
                listing.pointee.decline_class, "decline_class", DeclineClass.self),
            openedAt: Timestamp(ms: listing.pointee.opened_at_ms),
            closedAt: Timestamp(ms: listing.pointee.closed_at_ms),
            nextAttemptAt: Timestamp(ms: listing.pointee.next_attempt_at_ms),
            attempts: listing.pointee.attempts,
            flags: try Unpacking.flags(listing.pointee.flags))
        row.assignments = try Unpacking.messages(
            listing.pointee.n_arms, listing.pointee.arms, "arms",
            countMax: CaseParticulars.assignmentsMax
        ) { arm throws(WireError) in
            Assignment(
                experiment: try Unpacking.id(arm.pointee.experiment, "experiment"),
                arm: try Unpacking.id(arm.pointee.arm, "arm"),
                propensityPpm: arm.pointee.propensity_ppm)
        }
        return row
    }
}

extension Unpacking {
    fileprivate static func flags(_ number: UInt32) throws(WireError) -> DunningCase.Flags {
        guard let raw = DunningCase.Flags.RawValue(exactly: number) else {
            throw WireError(.badValue, "flags out of range")
        }
        return DunningCase.Flags(rawValue: raw)
    }
}
