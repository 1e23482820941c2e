/// The first 64 bytes of a frame, little-endian. `proto/PROTOCOL.md` §2 has the layout.
package struct FrameHeader: Equatable, Sendable {
    /// What a frame is for. Raw values are on the wire.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case hello = 1
        case helloAck = 2
        case request = 3
        case response = 4
        case item = 5
        case end = 6
        case cancel = 7
        case credit = 8
        case ping = 9
        case pong = 10
        case goaway = 11

        /// Counts against the receiver's byte window.
        package var isCallFrame: Bool {
            switch self {
            case .request, .response, .item, .end: true
            case .hello, .helloAck, .cancel, .credit, .ping, .pong, .goaway: false
            }
        }
    }

    package struct Flags: OptionSet, Sendable, Equatable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// REQUEST: no answer is wanted, and none is given.
        package static let oneWay = Flags(rawValue: 1)
        /// REQUEST: it may have been sent before.
        package static let again = Flags(rawValue: 2)
        package static let known: Flags = [.oneWay, .again]
    }

    package static let magic: UInt32 = 0x314E_5544

    package var kind: Kind
    package var flags: Flags = []
    /// 0 where no API is meant.
    package var api: UInt16 = 0
    package var version: UInt16 = 0
    /// ``Status/rawValue``; 0 where none is meant.
    package var status: UInt16 = 0
    /// Odd for calls of the connection's opener, even for the acceptor's; 0 for the connection.
    package var stream: UInt64 = 0
    /// Which shard is meant; 0 where none is.
    package var shard: UInt32 = 0
    /// The sender's version of the shard map; 0 when it has none.
    package var mapVersion: UInt32 = 0
    /// The shard's epoch as the sender knows it; 0 when it knows none.
    package var epoch: UInt64 = 0
    /// What is left of the call's deadline, in milliseconds; 0 for none.
    package var timeoutMs: UInt32 = 0
    /// 0 when the sender does not know it.
    package var cluster: UInt64 = 0

    package init(_ kind: Kind) {
        self.kind = kind
    }
}
