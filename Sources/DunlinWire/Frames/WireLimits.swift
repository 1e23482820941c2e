/// The protocol's limits. `proto/PROTOCOL.md` lists them; a test compares the two.
package enum WireLimits {
    /// Bytes of a frame's header.
    package static let headerBytes = 64
    /// Longest frame that can ever be agreed on, in bytes, header included.
    package static let frameBytesMax = 4_194_304
    /// Longest frame when a peer names no other, in bytes.
    package static let frameBytesDefault = 1_048_576
    /// Longest frame until the handshake is done, in bytes; also the least that can be agreed on.
    package static let frameBytesBeforeHello = 4096
    /// Longest meta section, in bytes.
    package static let metaBytesMax = 8192
    /// Longest item of a server stream, in bytes of body.
    package static let itemBytesMax = 262_144
    /// Longest body of CREDIT, CANCEL, PING, PONG and GOAWAY, in bytes.
    package static let controlBytesMax = 2048

    /// Bytes of call frames that may be on their way without credit, unless agreed otherwise.
    package static let windowBytesDefault = 1_048_576
    package static let windowBytesMin = 65_536
    package static let windowBytesMax = 67_108_864
    /// Calls that are served at once on a connection, unless agreed otherwise.
    package static let callsDefault = 1024
    package static let callsMax = 65_536
    /// Items that may be sent on a stream before the first credit.
    package static let itemCreditDefault = 8
    package static let itemCreditMax = 4096
    /// Bytes of replies that wait for a peer that does not read, before it is cut off.
    package static let backlogBytesMax = 16_777_216

    /// Time for the handshake, in milliseconds.
    package static let handshakeMs: Int64 = 10_000
    /// Silence after which an opener with open calls, or any acceptor, sends a PING.
    package static let keepAliveMs: Int64 = 30_000
    /// Silence after a PING after which the connection is given up, in milliseconds.
    package static let keepAliveTimeoutMs: Int64 = 10_000
    /// Shortest time between two PINGs that is put up with, in milliseconds.
    package static let pingIntervalMinMs: Int64 = 5_000
    /// PINGs that may come too early on one connection.
    package static let pingStrikesMax = 3
    /// Longest deadline that a call may ask for, in milliseconds: one day.
    package static let timeoutMsMax: Int64 = 86_400_000

    /// Messages within messages.
    package static let messageDepthMax = 8
    /// Fields of one body in all.
    package static let messageFieldsMax = 262_144
    /// Values of one repeated field.
    package static let repeatedMax = 16_384
    /// Fields of one body that the schema does not know.
    package static let unknownFieldsMax = 64
    /// Memory for one unpacked message, in bytes: 16 times the frame within these bounds.
    package static let arenaBytesMin = 262_144
    package static let arenaBytesMax = 8_388_608

    /// APIs in a HELLO.
    package static let apisMax = 256
    /// Entries of a call's metadata.
    package static let metaEntriesMax = 32
    package static let metaNameBytesMax = 64
    package static let metaValueBytesMax = 1024
    /// Longest sentence for people, in bytes.
    package static let messageBytesMax = 1024
}
