import DunlinCluster

/// The calls of a coordinator, by their keys. `proto/dunlin/v1/coordinator.proto` has their messages.
package enum CoordinatorCalls {
    package static let register = Api(
        key: 96, name: "register", request: "RegisterRequest", reply: "RegisterReply")
    package static let heartbeat = Api(
        key: 97, name: "heartbeat", request: "HeartbeatRequest", reply: "HeartbeatReply")
    package static let changeInSync = Api(
        key: 98, name: "change_in_sync", request: "InSyncChangeRequest", reply: "ShardHolding")
    package static let handOver = Api(
        key: 99, name: "hand_over", request: "HandOverRequest", reply: "ShardHolding")
    package static let map = Api(
        key: 100, name: "cluster_map", request: "ClusterMapRequest", reply: "ClusterMapReply")
    package static let operate = Api(
        key: 101, name: "cluster_operate", request: "ClusterOperateRequest",
        reply: "ClusterOperateReply")
    package static let status = Api(
        key: 102, name: "cluster_status", request: "ClusterStatusRequest",
        reply: "ClusterStatusReply")
    package static let keepBundle = Api(
        key: 103, name: "keep_bundle", request: "KeepBundleRequest", reply: "KeepBundleReply")
    package static let bundle = Api(
        key: 104, name: "bundle", request: "BundleRequest", reply: "BundleReply")
    package static let bundles = Api(
        key: 105, name: "bundles", request: "BundlesRequest", reply: "BundlesReply")

    package static let all = [
        Self.register, Self.heartbeat, Self.changeInSync, Self.handOver, Self.map, Self.operate,
        Self.status, Self.keepBundle, Self.bundle, Self.bundles,
    ]

    // Limits of the messages; coordinator.proto names them field by field.
    package static let nodesMax = 1024
    package static let membersMax = 16
    package static let ratesMax = 1000
    package static let addressBytesMax = 255
    package static let bundleBytesMax = 800_000
    package static let bundlesMax = 10_000
    static let shardsMax = Int(ShardMap.shardsMax)
}
