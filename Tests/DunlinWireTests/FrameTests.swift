import DunlinWire
import Testing

@Suite("Frames")
struct FrameTests {
    /// Every header field set to something of its own.
    static let full: Frame = {
        var header = FrameHeader(.request)
        header.flags = [.again]
        header.api = 0x1001
        header.version = 0x2002
        header.status = 0x3003
        header.stream = 0x4004_0000_0000_0005
        header.shard = 0x5005_0001
        header.mapVersion = 0x6006_0002
        header.epoch = 0x7007_0000_0000_0003
        header.timeoutMs = 30_000
        header.cluster = 0x8008_0000_0000_0004
        return Frame(header, meta: [1, 2, 3], body: Array(0..<200))
    }()

    static func decode(_ bytes: [UInt8], chunk: Int, limit: Int = 1 << 20) throws -> [Frame] {
        var decoder = FrameDecoder(frameBytesMax: limit)
        var frames: [Frame] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            decoder.append(Array(bytes[start..<min(start + chunk, bytes.count)]))
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return frames
    }

    @Test("CRC-32C has the published values", arguments: checksums)
    func checksum(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        for cut in 0...bytes.count {
            let first = CRC32C.checksum(Array(bytes[..<cut]))
            #expect(CRC32C.checksum(Array(bytes[cut...]), continuing: first) == expected)
        }
    }

    @Test("a frame is the same after the way, in chunks of any size")
    func roundTrip() throws {
        let empty = Frame(FrameHeader(.ping))
        let bytes = Self.full.encoded() + empty.encoded() + Self.full.encoded()
        for chunk in [1, 2, 3, 7, 63, 64, 65, 266, 267, 268, 1000] {
            let frames = try Self.decode(bytes, chunk: chunk)
            #expect(frames == [Self.full, empty, Self.full], "chunks of \(chunk)")
        }
    }

    @Test("a header lies as it is specified")
    func layout() {
        let bytes = Self.full.encoded()
        #expect(bytes.count == 267)
        #expect(Array(bytes[0..<4]) == Array("DUN1".utf8))
        #expect(Array(bytes[4..<8]) == [0x0B, 1, 0, 0])
        #expect(Array(bytes[8..<16]) == [3, 2, 0x01, 0x10, 0x02, 0x20, 0x03, 0x30])
        #expect(Array(bytes[16..<24]) == [5, 0, 0, 0, 0, 0, 0x04, 0x40])
        #expect(Array(bytes[24..<32]) == [1, 0, 0x05, 0x50, 2, 0, 0x06, 0x60])
        #expect(Array(bytes[32..<40]) == [3, 0, 0, 0, 0, 0, 0x07, 0x70])
        #expect(Array(bytes[40..<48]) == [0x30, 0x75, 0, 0, 3, 0, 0, 0])
        #expect(Array(bytes[48..<56]) == [4, 0, 0, 0, 0, 0, 0x08, 0x80])
    }

    @Test("any changed bit of a frame is refused")
    func changedBits() {
        let bytes = Self.full.encoded()
        for place in 0..<bytes.count {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= UInt8(1 << bit)
                #expect(throws: WireError.self, "byte \(place), bit \(bit)") {
                    try Self.decode(changed, chunk: changed.count)
                }
            }
        }
    }

    @Test("a length is believed only after its header's checksum, and before its body")
    func lengths() throws {
        let long = Frame(FrameHeader(.request), body: [UInt8](repeating: 0, count: 5000))
        let header = Array(long.encoded().prefix(64))
        let error = #expect(throws: WireError.self) {
            try Self.decode(header, chunk: 64, limit: WireLimits.frameBytesBeforeHello)
        }
        #expect(error?.code == .frameTooLong)
        #expect(try Self.decode(header, chunk: 64).isEmpty)
    }

    @Test("control frames stay small")
    func controlFrames() {
        let body = [UInt8](repeating: 0, count: WireLimits.controlBytesMax + 1)
        for kind in [FrameHeader.Kind.cancel, .credit, .ping, .pong, .goaway] {
            let error = #expect(throws: WireError.self) {
                try Self.decode(Frame(FrameHeader(kind), body: body).encoded(), chunk: 4096)
            }
            #expect(error?.code == .frameTooLong)
        }
    }

    /// `bytes` with `value` at `place` and checksums that fit again.
    static func resealed(_ bytes: [UInt8], _ place: Int, _ value: UInt8) -> [UInt8] {
        var bytes = bytes
        bytes[place] = value
        let checksum = CRC32C.checksum(Array(bytes[..<60]))
        for index in 0..<4 {
            bytes[60 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        return bytes
    }

    @Test("a good checksum does not make a bad header good", arguments: badHeaders)
    func refusedHeaders(_ place: Int, _ value: UInt8, _ code: WireError.Code) {
        let frame = Frame(FrameHeader(.request), meta: [], body: Array(0..<100))
        // 164 bytes long, so byte 5 of the length is 0.
        let bytes = Self.resealed(frame.encoded(), place, value)
        let error = #expect(throws: WireError.self) { try Self.decode(bytes, chunk: 500) }
        #expect(error?.code == code)
    }

    @Test("after an error nothing is decoded any more")
    func poisoned() throws {
        var decoder = FrameDecoder()
        decoder.append(Array("GET / HTTP/1.1\r\n".utf8))
        let first = #expect(throws: WireError.self) { try decoder.next() }
        decoder.append(Frame(FrameHeader(.ping)).encoded())
        let second = #expect(throws: WireError.self) { try decoder.next() }
        #expect(first == second)
        #expect(decoder.bufferedBytes == 0)
    }

    @Test("what waits is never more than a frame and a chunk")
    func memory() throws {
        let frame = Frame(FrameHeader(.request), body: [UInt8](repeating: 1, count: 3000))
        let bytes = [[UInt8]](repeating: frame.encoded(), count: 50).flatMap { $0 }
        var decoder = FrameDecoder()
        for start in stride(from: 0, to: bytes.count, by: 500) {
            decoder.append(Array(bytes[start..<min(start + 500, bytes.count)]))
            while try decoder.next() != nil {}
            #expect(decoder.bufferedBytes <= 3064 + 500)
        }
    }
}

/// RFC 3720, appendix B.4, and the usual check value.
private let checksums: [(bytes: [UInt8], checksum: UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283),
    ([], 0),
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ([UInt8](0..<32), 0x46DD_794E),
    ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
]

/// Place, value and what it is taken for.
private let badHeaders: [(place: Int, value: UInt8, code: WireError.Code)] = [
    (8, 0, .badHeader), (8, 12, .badHeader), (9, 4, .badHeader), (46, 1, .badHeader),
    (4, 10, .badLength), (44, 255, .badLength),
]
