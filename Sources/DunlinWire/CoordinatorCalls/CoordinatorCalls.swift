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

    package static let all = [
        Self.register, Self.heartbeat, Self.changeInSync, Self.handOver, Self.map, Self.operate,
        Self.status,
    ]

    // Limits of the messages; coordinator.proto names them field by field.
    package static let nodesMax = 1024
    package static let membersMax = 16
    package static let ratesMax = 1000
    package static let addressBytesMax = 255
    static let shardsMax = Int(ShardMap.shardsMax)
}
