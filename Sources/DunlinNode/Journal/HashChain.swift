import Crypto

/// The chain that ties each batch of a shard to all before it: 32 bytes of SHA-256.
///
/// A flipped bit, a lost, a foreign or a reordered batch breaks it. It proves that nothing changed
/// since it was written; it is not keyed, so it is no proof against somebody who rewrites it all.
package enum HashChain {
    /// What the first batch of a shard (op 1) follows.
    package static let start = [UInt8](repeating: 0, count: HashChain.bytes)

    package static let bytes = 32

    /// The hash of a batch: SHA-256 over (previous ‖ shard ‖ op ‖ epoch ‖ records), integers
    /// little-endian, 4, 8 and 8 bytes wide.
    package static func next(
        previous: [UInt8], shard: UInt32, op: UInt64, epoch: UInt64, records: [UInt8]
    ) -> [UInt8] {
        precondition(previous.count == Self.bytes, "a chain hash has 32 bytes")
        var hash = SHA256()
        previous.withUnsafeBytes { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: shard.littleEndian) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: op.littleEndian) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: epoch.littleEndian) { hash.update(bufferPointer: $0) }
        records.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().withUnsafeBytes { [UInt8]($0) }
    }
}
