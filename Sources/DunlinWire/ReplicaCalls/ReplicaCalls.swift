/// The calls between the copies of a shard. `proto/dunlin/v1/replica.proto` has their messages.
package enum ReplicaCalls {
    package static let prepare = Api(
        key: 64, name: "prepare", request: "PrepareRequest", reply: "PrepareReply")

    package static let member = Api(
        key: 65, name: "member", request: "MemberRequest", reply: "MemberReply")

    package static let all = [Self.prepare, Self.member]

    package static let entriesMax = 4096
    package static let batchesMax = 64
    /// A batch holds 256 KiB, or a single larger record.
    package static let recordsBytesMax = 1_000_000
    package static let keysMax = 2000
    package static let wrappedBytesMax = 256
    package static let recentMax = 64
    /// A request is closed when its batches reach this many bytes.
    package static let requestBytesAim = 700_000
}
