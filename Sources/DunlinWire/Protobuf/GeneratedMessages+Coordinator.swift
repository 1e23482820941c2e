import CDunlinProto

// MARK: coordinator.proto

extension Dunlin__V1__ClusterMember: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_member__init(message)
    }
}

extension Dunlin__V1__LeaseTiming: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__lease_timing__init(message)
    }
}

extension Dunlin__V1__NodeListing: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__node_listing__init(message)
    }
}

extension Dunlin__V1__ShardHolding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__shard_holding__init(message)
    }
}

extension Dunlin__V1__ClusterMapping: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_mapping__init(message)
    }
}

extension Dunlin__V1__RegisterRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__register_request__init(message)
    }
}

extension Dunlin__V1__RegisterReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__register_reply__init(message)
    }
}

extension Dunlin__V1__ShardForecast: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__shard_forecast__init(message)
    }
}

extension Dunlin__V1__RateWish: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__rate_wish__init(message)
    }
}

extension Dunlin__V1__HeartbeatRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__heartbeat_request__init(message)
    }
}

extension Dunlin__V1__RatePart: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__rate_part__init(message)
    }
}

extension Dunlin__V1__HeartbeatReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__heartbeat_reply__init(message)
    }
}

extension Dunlin__V1__InSyncChangeRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__in_sync_change_request__init(message)
    }
}

extension Dunlin__V1__HandOverRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__hand_over_request__init(message)
    }
}

extension Dunlin__V1__ClusterMapRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_map_request__init(message)
    }
}

extension Dunlin__V1__ClusterMapReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_map_reply__init(message)
    }
}

extension Dunlin__V1__ClusterOperateRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_operate_request__init(message)
    }
}

extension Dunlin__V1__ClusterOperateReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_operate_reply__init(message)
    }
}

extension Dunlin__V1__ClusterStatusRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_status_request__init(message)
    }
}

extension Dunlin__V1__NodeStanding: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__node_standing__init(message)
    }
}

extension Dunlin__V1__ClusterStatusReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__cluster_status_reply__init(message)
    }
}

extension Dunlin__V1__KeepBundleRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__keep_bundle_request__init(message)
    }
}

extension Dunlin__V1__KeepBundleReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__keep_bundle_reply__init(message)
    }
}

extension Dunlin__V1__BundleRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__bundle_request__init(message)
    }
}

extension Dunlin__V1__BundleReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__bundle_reply__init(message)
    }
}

extension Dunlin__V1__BundlesRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__bundles_request__init(message)
    }
}

extension Dunlin__V1__BundlesReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__bundles_reply__init(message)
    }
}

extension Dunlin__V1__CrashedTakeUp: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__crashed_take_up__init(message)
    }
}
