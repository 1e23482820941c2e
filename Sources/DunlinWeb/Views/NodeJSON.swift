package import DunlinCore

extension Report {
    package var json: JSONValue {
        [
            "since": .instant(self.since), "rows": .array(self.rows.map(\.json)),
            "renewals": .array(self.renewals.map(\.json)),
            "missing_shards": .array(self.missingShards.map { .integer($0) }),
        ]
    }
}

extension RenewalRow {
    package var json: JSONValue {
        [
            "tenant": .string(self.tenant),
            "day": .string(String("\(Timestamp(ms: self.day &* Milliseconds.day))".prefix(10))),
            "failed": .integer(self.failed), "paid": .integer(self.paid),
        ]
    }
}

extension ReportRow {
    package var json: JSONValue {
        [
            "tenant": .string(self.tenant), "currency": .string(self.currency.code),
            "decline_class": .string(self.declineClass.name), "opened": .integer(self.opened),
            "opened_minor": .integer(self.openedMinor),
            "recovered_by_us": .integer(self.recoveredByUs),
            "recovered_by_us_minor": .integer(self.recoveredByUsMinor),
            "recovered_elsewhere": .integer(self.recoveredElsewhere),
            "recovered_elsewhere_minor": .integer(self.recoveredElsewhereMinor),
            "exhausted": .integer(self.exhausted),
            "closed_otherwise": .integer(self.closedOtherwise),
            "still_open": .integer(self.stillOpen), "attempts": .integer(self.attempts),
            "messages": .integer(self.messages), "group": .string(self.group),
            "accounts": .integer(self.accounts), "recovery_ms": .integer(self.recoveryMs),
            "cost_milli": .integer(self.costMilli), "back_minor": .integer(self.backMinor),
            "net_minor": .integer(self.netMinor), "at_risk_minor": .integer(self.atRiskMinor),
            "mrr_minor": .integer(self.mrrMinor),
            "mrr_saved_minor": .integer(self.mrrSavedMinor),
        ]
    }
}

extension ShardView {
    package var json: JSONValue {
        [
            "shard": .integer(self.shard), "epoch": .integer(self.epoch),
            "state": .string(self.state), "committed_op": .integer(self.committedOp),
            "folded_op": .integer(self.foldedOp), "tail_records": .integer(self.tailRecords),
            "resident_accounts": .integer(self.residentAccounts),
            "pending_effects": .integer(self.pendingEffects),
            "next_due_at": .instant(self.nextDueAt),
        ]
    }
}

extension TimersView {
    package var json: JSONValue {
        [
            "count": .integer(self.count), "overdue": .integer(self.overdue),
            "next_due_at": .instant(self.nextDueAt),
            "slices": .array(
                self.slices.map {
                    [
                        "from": .string($0.from.description),
                        "until": .string($0.until.description), "count": .integer($0.count),
                    ]
                }),
        ]
    }
}

extension NodeView {
    package var json: JSONValue {
        [
            "version": .string(self.version), "state": .string(self.state),
            "cluster_id": .string(hexadecimal(self.clusterID)),
            "restore_generation": .integer(self.restoreGeneration),
            "level": .integer(self.level), "shard_count": .integer(self.shardCount),
            "started_at": .instant(self.startedAt), "now": .string(self.now.description),
            "clock": .string(self.clockKind),
            "resident_accounts": .integer(self.residentAccounts),
            "transitions": .integer(self.transitions), "commits": .integer(self.commits),
            "tenants": .array(self.tenants.map(\.json)),
            "warnings": .array(self.warnings.map { .string($0) }),
        ]
    }
}

extension TenantView {
    package var json: JSONValue {
        [
            "tenant": .string(self.name), "mode": .string("\(self.mode)"),
            "charges_paused": .bool(self.chargesPaused),
            "messages_paused": .bool(self.messagesPaused), "gateway": .string(self.gateway),
            "policy": .string(self.policy),
        ]
    }
}

extension ClockView {
    package var json: JSONValue {
        ["now": .string(self.now.description), "clock": .string(self.kind)]
    }
}

extension PolicyApplied {
    package var json: JSONValue {
        [
            "bundle": .string(self.bundle.description),
            "policies": .array(self.policies.map { .string($0) }),
            "warnings": .array(self.warnings.map { .string($0) }),
        ]
    }
}

extension CommandAnswer {
    package var json: JSONValue {
        switch self {
        case .accepted: ["answer": "accepted"]
        case .repeated: ["answer": "repeated"]
        case .ignored(let reason): ["answer": "ignored", "reason": .string(reason.name)]
        case .refused(let reason): ["answer": "refused", "reason": .string(reason.name)]
        }
    }
}
