import CDunlinProto

// The generated messages that this target packs and unpacks, with their generated initializers.

// MARK: frame.proto

extension Dunlin__V1__Hello: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__hello__init(message)
    }
}

extension Dunlin__V1__ApiRange: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__api_range__init(message)
    }
}

extension Dunlin__V1__Credit: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__credit__init(message)
    }
}

extension Dunlin__V1__Goaway: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__goaway__init(message)
    }
}

extension Dunlin__V1__CallMeta: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__call_meta__init(message)
    }
}

extension Dunlin__V1__MetaEntry: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__meta_entry__init(message)
    }
}

extension Dunlin__V1__Failure: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__failure__init(message)
    }
}

// MARK: call.proto

extension Dunlin__V1__HealthRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__health_request__init(message)
    }
}

extension Dunlin__V1__HealthReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__health_reply__init(message)
    }
}

extension Dunlin__V1__ApisRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__apis_request__init(message)
    }
}

extension Dunlin__V1__ApisReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__apis_reply__init(message)
    }
}

extension Dunlin__V1__ApiDescription: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__api_description__init(message)
    }
}

extension Dunlin__V1__Echo: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__echo__init(message)
    }
}

// MARK: node.proto

extension Dunlin__V1__EntityName: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__entity_name__init(message)
    }
}

extension Dunlin__V1__JournalPosition: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__journal_position__init(message)
    }
}

extension Dunlin__V1__IntakeRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__intake_request__init(message)
    }
}

extension Dunlin__V1__IntakeReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__intake_reply__init(message)
    }
}

extension Dunlin__V1__IntakeEvent: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__intake_event__init(message)
    }
}

extension Dunlin__V1__PeopleFact: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__people_fact__init(message)
    }
}

extension Dunlin__V1__FailedPayment: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__failed_payment__init(message)
    }
}

extension Dunlin__V1__PendingPayment: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__pending_payment__init(message)
    }
}

extension Dunlin__V1__SucceededPayment: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__succeeded_payment__init(message)
    }
}

extension Dunlin__V1__CustomerChange: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__customer_change__init(message)
    }
}

extension Dunlin__V1__NamedValue: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__named_value__init(message)
    }
}

extension Dunlin__V1__SealedAddress: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__sealed_address__init(message)
    }
}

extension Dunlin__V1__ClearContact: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__clear_contact__init(message)
    }
}

extension Dunlin__V1__CaseNotice: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__case_notice__init(message)
    }
}

extension Dunlin__V1__PromisedPart: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__promised_part__init(message)
    }
}

extension Dunlin__V1__CaseArm: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__case_arm__init(message)
    }
}

extension Dunlin__V1__CardChange: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__card_change__init(message)
    }
}

extension Dunlin__V1__IntakeResult: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__intake_result__init(message)
    }
}

extension Dunlin__V1__AccountsRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__accounts_request__init(message)
    }
}

extension Dunlin__V1__AccountsItem: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__accounts_item__init(message)
    }
}

extension Dunlin__V1__AccountAnswer: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__account_answer__init(message)
    }
}

extension Dunlin__V1__AccountStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__account_standing__init(message)
    }
}

extension Dunlin__V1__TimelineRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__timeline_request__init(message)
    }
}

extension Dunlin__V1__TimelineItem: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__timeline_item__init(message)
    }
}

extension Dunlin__V1__OperateRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__operate_request__init(message)
    }
}

extension Dunlin__V1__OperateReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__operate_reply__init(message)
    }
}

extension Dunlin__V1__CasesRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cases_request__init(message)
    }
}

extension Dunlin__V1__CaseCursor: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__case_cursor__init(message)
    }
}

extension Dunlin__V1__CasesItem: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cases_item__init(message)
    }
}

extension Dunlin__V1__CaseListing: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__case_listing__init(message)
    }
}

extension Dunlin__V1__ReportRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__report_request__init(message)
    }
}

extension Dunlin__V1__ReportItem: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__report_item__init(message)
    }
}

extension Dunlin__V1__RenewalLine: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__renewal_line__init(message)
    }
}

extension Dunlin__V1__ReportLine: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__report_line__init(message)
    }
}

extension Dunlin__V1__ShardsRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__shards_request__init(message)
    }
}

extension Dunlin__V1__ShardsReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__shards_reply__init(message)
    }
}

extension Dunlin__V1__ShardStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__shard_standing__init(message)
    }
}

extension Dunlin__V1__TimersRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__timers_request__init(message)
    }
}

extension Dunlin__V1__TimersReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__timers_reply__init(message)
    }
}

extension Dunlin__V1__TimerSlice: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__timer_slice__init(message)
    }
}

extension Dunlin__V1__StatusRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__status_request__init(message)
    }
}

extension Dunlin__V1__StatusReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__status_reply__init(message)
    }
}

extension Dunlin__V1__TenantStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__tenant_standing__init(message)
    }
}

extension Dunlin__V1__ClockRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__clock_request__init(message)
    }
}

extension Dunlin__V1__AdvanceClockRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__advance_clock_request__init(message)
    }
}

extension Dunlin__V1__ClockReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__clock_reply__init(message)
    }
}

extension Dunlin__V1__ApplyPolicyRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__apply_policy_request__init(message)
    }
}

extension Dunlin__V1__ApplyPolicyReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__apply_policy_reply__init(message)
    }
}

extension Dunlin__V1__SwitchTenantRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__switch_tenant_request__init(message)
    }
}

extension Dunlin__V1__ContactsRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__contacts_request__init(message)
    }
}

extension Dunlin__V1__ContactsReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__contacts_reply__init(message)
    }
}

extension Dunlin__V1__ForecastReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__forecast_reply__init(message)
    }
}

extension Dunlin__V1__IntakeForecast: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__intake_forecast__init(message)
    }
}

extension Dunlin__V1__ExplainRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__explain_request__init(message)
    }
}

extension Dunlin__V1__ExplainItem: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__explain_item__init(message)
    }
}

extension Dunlin__V1__ExplainedSlot: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__explained_slot__init(message)
    }
}

extension Dunlin__V1__ExplainedReason: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__explained_reason__init(message)
    }
}

// MARK: replica.proto

extension Dunlin__V1__PrepareRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__prepare_request__init(message)
    }
}

extension Dunlin__V1__PrepareReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__prepare_reply__init(message)
    }
}

extension Dunlin__V1__PrepareEntry: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__prepare_entry__init(message)
    }
}

extension Dunlin__V1__ChainPlace: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__chain_place__init(message)
    }
}

extension Dunlin__V1__ReplicaBatch: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__replica_batch__init(message)
    }
}

extension Dunlin__V1__SealedKey: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__sealed_key__init(message)
    }
}

extension Dunlin__V1__PrepareResult: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__prepare_result__init(message)
    }
}

extension Dunlin__V1__MemberRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__member_request__init(message)
    }
}

extension Dunlin__V1__MemberReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__member_reply__init(message)
    }
}

extension Dunlin__V1__CopyStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__copy_standing__init(message)
    }
}

extension Dunlin__V1__PeerStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__peer_standing__init(message)
    }
}

extension Dunlin__V1__BackupRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__backup_request__init(message)
    }
}

extension Dunlin__V1__ReconcileRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__reconcile_request__init(message)
    }
}

extension Dunlin__V1__ReconcileReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__reconcile_reply__init(message)
    }
}
