/// One frame: the unit that is sent and received whole.
package struct Frame: Equatable, Sendable {
    package var header: FrameHeader
    /// A ``CallMetadata``, packed. Empty for none.
    package var meta: [UInt8]
    /// The message, packed.
    package var body: [UInt8]

    package init(_ header: FrameHeader, meta: [UInt8] = [], body: [UInt8] = []) {
        self.header = header
        self.meta = meta
        self.body = body
    }

    /// Length on the wire, in bytes.
    package var byteCount: Int { WireLimits.headerBytes + self.meta.count + self.body.count }

    /// Appends the frame as it is on the wire.
    ///
    /// A meta section over ``WireLimits/metaBytesMax`` or a frame over
    /// ``WireLimits/frameBytesMax`` is our own bug.
    package func encode(into out: inout [UInt8]) {
        precondition(self.meta.count <= WireLimits.metaBytesMax, "meta too long")
        precondition(self.byteCount <= WireLimits.frameBytesMax, "frame too long")
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: WireLimits.headerBytes))
        out.append(contentsOf: self.meta)
        out.append(contentsOf: self.body)
        out.withUnsafeMutableBytes { all in
            let frame = UnsafeMutableRawBufferPointer(rebasing: all[start...])
            self.writeHeader(to: frame)
        }
    }

    package func encoded() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(self.byteCount)
        self.encode(into: &out)
        return out
    }

    private func writeHeader(to frame: UnsafeMutableRawBufferPointer) {
        func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
            frame.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
        }
        put(FrameHeader.magic, at: 0)
        put(UInt32(frame.count), at: 4)
        put(self.header.kind.rawValue, at: 8)
        put(self.header.flags.rawValue, at: 9)
        put(self.header.api, at: 10)
        put(self.header.version, at: 12)
        put(self.header.status, at: 14)
        put(self.header.stream, at: 16)
        put(self.header.shard, at: 24)
        put(self.header.mapVersion, at: 28)
        put(self.header.epoch, at: 32)
        put(self.header.timeoutMs, at: 40)
        put(UInt16(self.meta.count), at: 44)
        put(UInt16(0), at: 46)
        put(self.header.cluster, at: 48)
        let rest = UnsafeRawBufferPointer(rebasing: frame[WireLimits.headerBytes...])
        put(CRC32C.checksum(rest), at: 56)
        put(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[..<60])), at: 60)
    }
}
