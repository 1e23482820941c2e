/// Cuts a stream of bytes into frames. Does no I/O.
///
/// Chunks may be cut anywhere. A header is checked before any of its frame's body is waited for, so
/// a length can be trusted. After an error the decoder answers every call with that error: what
/// follows a damaged frame has no meaning.
///
/// Holds at most ``frameBytesMax`` plus one chunk.
package struct FrameDecoder: Sendable {
    /// Longest frame that is taken, in bytes; raised when the handshake is done.
    package var frameBytesMax: Int

    private var buffer: [UInt8] = []
    private var start = 0
    private var pending: Pending?
    private var failure: WireError?

    /// A checked header whose body is not complete.
    private struct Pending {
        var header: FrameHeader
        var frameBytes: Int
        var metaBytes: Int
        var checksum: UInt32
    }

    package init(frameBytesMax: Int = WireLimits.frameBytesBeforeHello) {
        self.frameBytesMax = frameBytesMax
    }

    /// Bytes that wait for the rest of their frame.
    package var bufferedBytes: Int { self.buffer.count - self.start }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard self.failure == nil else { return }
        if self.start > 0 {
            self.buffer.removeFirst(self.start)
            self.start = 0
        }
        self.buffer.append(contentsOf: bytes)
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { self.append($0) }
    }

    /// Answers `nil` when the next frame is not complete yet.
    package mutating func next() throws(WireError) -> Frame? {
        if let failure = self.failure { throw failure }
        do throws(WireError) {
            return try self.decode()
        } catch {
            self.failure = error
            self.buffer = []
            self.start = 0
            throw error
        }
    }

    private mutating func decode() throws(WireError) -> Frame? {
        let pending: Pending
        if let waiting = self.pending {
            pending = waiting
        } else {
            guard self.bufferedBytes >= WireLimits.headerBytes else {
                try self.checkBeginning()
                return nil
            }
            pending = try self.decodeHeader()
            self.pending = pending
        }
        guard self.bufferedBytes >= pending.frameBytes else { return nil }

        let metaStart = self.start + WireLimits.headerBytes
        let bodyStart = metaStart + pending.metaBytes
        let end = self.start + pending.frameBytes
        let checksum = self.buffer.withUnsafeBytes {
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[metaStart..<end]))
        }
        guard checksum == pending.checksum else {
            throw WireError(.badChecksum, "a frame's content does not match its checksum")
        }
        let frame = Frame(
            pending.header, meta: Array(self.buffer[metaStart..<bodyStart]),
            body: Array(self.buffer[bodyStart..<end]))
        self.start = end
        self.pending = nil
        return frame
    }

    /// A peer that speaks another protocol is told by its first bytes, however few.
    private func checkBeginning() throws(WireError) {
        for index in 0..<min(4, self.bufferedBytes) {
            let expected = UInt8(truncatingIfNeeded: FrameHeader.magic >> (8 * UInt32(index)))
            guard self.buffer[self.start + index] == expected else {
                throw WireError(.badMagic, "the peer does not speak this protocol")
            }
        }
    }

    private func decodeHeader() throws(WireError) -> Pending {
        try self.checkBeginning()
        let raw = self.buffer.withUnsafeBytes { RawHeader($0, at: self.start) }
        guard raw.headerChecksum == raw.expectedHeaderChecksum else {
            throw WireError(.badHeaderChecksum, "a header does not match its checksum")
        }
        guard raw.frameBytes >= WireLimits.headerBytes + raw.metaBytes else {
            throw WireError(.badLength, "a frame is shorter than its header and meta")
        }
        guard raw.metaBytes <= WireLimits.metaBytesMax else {
            throw WireError(.frameTooLong, "meta over \(WireLimits.metaBytesMax) bytes")
        }
        guard raw.frameBytes <= self.frameBytesMax else {
            throw WireError(.frameTooLong, "a frame over \(self.frameBytesMax) bytes")
        }
        guard raw.reserved == 0, raw.flags.isSubset(of: .known),
            let kind = FrameHeader.Kind(rawValue: raw.kind)
        else {
            throw WireError(.badHeader, "an unknown type or flag, or a reserved field that is set")
        }
        if !kind.isCallFrame, kind != .hello, kind != .helloAck {
            guard raw.frameBytes - WireLimits.headerBytes <= WireLimits.controlBytesMax else {
                throw WireError(
                    .frameTooLong, "a control frame over \(WireLimits.controlBytesMax) bytes")
            }
        }
        var header = FrameHeader(kind)
        header.flags = raw.flags
        header.api = raw.api
        header.version = raw.version
        header.status = raw.status
        header.stream = raw.stream
        header.shard = raw.shard
        header.mapVersion = raw.mapVersion
        header.epoch = raw.epoch
        header.timeoutMs = raw.timeoutMs
        header.cluster = raw.cluster
        return Pending(
            header: header, frameBytes: raw.frameBytes, metaBytes: raw.metaBytes,
            checksum: raw.checksum)
    }
}

/// The header's fields as they lie, before anything is believed.
private struct RawHeader {
    let frameBytes: Int
    let kind: UInt8
    let flags: FrameHeader.Flags
    let api: UInt16
    let version: UInt16
    let status: UInt16
    let stream: UInt64
    let shard: UInt32
    let mapVersion: UInt32
    let epoch: UInt64
    let timeoutMs: UInt32
    let metaBytes: Int
    let reserved: UInt16
    let cluster: UInt64
    let checksum: UInt32
    let headerChecksum: UInt32
    let expectedHeaderChecksum: UInt32

    init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        func get<Value: FixedWidthInteger>(_ offset: Int, _ type: Value.Type) -> Value {
            Value(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: Value.self))
        }
        self.frameBytes = Int(get(4, UInt32.self))
        self.kind = get(8, UInt8.self)
        self.flags = FrameHeader.Flags(rawValue: get(9, UInt8.self))
        self.api = get(10, UInt16.self)
        self.version = get(12, UInt16.self)
        self.status = get(14, UInt16.self)
        self.stream = get(16, UInt64.self)
        self.shard = get(24, UInt32.self)
        self.mapVersion = get(28, UInt32.self)
        self.epoch = get(32, UInt64.self)
        self.timeoutMs = get(40, UInt32.self)
        self.metaBytes = Int(get(44, UInt16.self))
        self.reserved = get(46, UInt16.self)
        self.cluster = get(48, UInt64.self)
        self.checksum = get(56, UInt32.self)
        self.headerChecksum = get(60, UInt32.self)
        self.expectedHeaderChecksum = CRC32C.checksum(
            UnsafeRawBufferPointer(rebasing: bytes[start..<(start + 60)]))
    }
}
