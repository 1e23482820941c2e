/// A way to a peer that answers calls: a connection, whatever carries it.
///
/// Cancelling the task that awaits a call cancels the call at the peer.
package protocol CallChannel: Sendable {
    /// One request, one reply.
    ///
    /// Answers The reply's packed message.
    func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8]

    /// A request without an answer. Returns when it is on its way; whether it arrives is not known.
    func notify(_ api: Api, _ body: [UInt8], _ options: CallOptions) async throws(CallError)

    /// One request, many items; `each` is called for one item after the other, and the peer is held
    /// back until it returns. An error of `each` cancels the stream and is passed on.
    func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError)
}

/// What goes along with a request.
package struct CallOptions: Sendable, Equatable {
    /// How long the answer may take, in milliseconds; 0 for no limit. At most
    /// ``WireLimits/timeoutMsMax``.
    package var timeoutMs: Int64
    package var metadata: CallMetadata
    package var shard: UInt32
    package var mapVersion: UInt32
    package var epoch: UInt64
    /// Items that a stream may send ahead. 1…``WireLimits/itemCreditMax``.
    package var itemCredit: Int
    /// The request may have been sent before.
    package var isAgain: Bool

    package static let timeoutMsDefault: Int64 = 30_000

    package init(
        timeoutMs: Int64 = CallOptions.timeoutMsDefault, metadata: CallMetadata = CallMetadata(),
        shard: UInt32 = 0, mapVersion: UInt32 = 0, epoch: UInt64 = 0,
        itemCredit: Int = WireLimits.itemCreditDefault, isAgain: Bool = false
    ) {
        self.timeoutMs = timeoutMs
        self.metadata = metadata
        self.shard = shard
        self.mapVersion = mapVersion
        self.epoch = epoch
        self.itemCredit = itemCredit
        self.isAgain = isAgain
    }
}
