import CDunlinProto
import DunlinCore
import Testing

@testable import DunlinWire

/// Bytes that libprotobuf-c must never see.
@Suite("Scan and arena")
struct MessageScanTests {
    static func tag(_ field: UInt64, _ wireType: UInt64) -> [UInt8] {
        Self.varint(field << 3 | wireType)
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    static func delimited(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        Self.tag(field, 2) + Self.varint(UInt64(content.count)) + content
    }

    static func refusal(_ bytes: [UInt8]) -> WireError.Code? {
        do throws(WireError) {
            try ProtoCodec.unpack(Dunlin__V1__IntakeRequest.self, bytes) { _ in }
            return nil
        } catch {
            return error.code
        }
    }

    @Test("good bytes pass, with fields that are not known yet")
    func good() throws {
        #expect(Self.refusal([]) == nil)
        #expect(Self.refusal(Self.delimited(1, Self.delimited(2, Array("evt".utf8)))) == nil)
        #expect(Self.refusal(Self.tag(15, 0) + [5] + Self.delimited(1, [])) == nil)
    }

    @Test("bad bytes are refused", arguments: damaged)
    func bad(_ name: String, _ bytes: [UInt8]) {
        #expect(Self.refusal(bytes) == .malformedMessage, "\(name)")
    }

    @Test("a singular field may come once")
    func twice() {
        let once = Self.delimited(2, Array("a".utf8))
        #expect(Self.refusal(Self.delimited(1, once)) == nil)
        #expect(Self.refusal(Self.delimited(1, once + once)) == .malformedMessage)
    }

    @Test("text holds no NUL and is UTF-8")
    func text() {
        #expect(Self.refusal(Self.delimited(1, Self.delimited(2, [0x61, 0, 0x62]))) == .badText)
        let invalid = Self.delimited(
            1, Self.delimited(1, Self.delimited(3, [0xC3, 0x28])) + Self.tag(4, 0) + [8])
        let error = #expect(throws: WireError.self) { try IntakeCall.events(packed: invalid) }
        #expect(error?.code == .badText)
    }

    @Test("counts are bounded, and so is what they cost")
    func amplification() {
        let unknown = [[UInt8]](repeating: Self.tag(15, 0) + [1], count: 65).flatMap { $0 }
        #expect(Self.refusal(unknown) == .tooManyFields)
        #expect(Self.refusal(Array(unknown.dropLast(2))) == nil)
        // Two bytes each that would become structures of some 150: within the count, over memory.
        let empty = [[UInt8]](repeating: [0x0A, 0x00], count: 16_384).flatMap { $0 }
        #expect(Self.refusal(empty) == .messageTooLarge)
        #expect(Self.refusal(empty + [0x0A, 0x00]) == .tooManyFields)
    }

    @Test("packed numbers count one by one")
    func packed() {
        let many = Self.delimited(15, [UInt8](repeating: 0, count: 16_385))
        let error = Self.refusal(Self.delimited(1, Self.delimited(5, many)))
        #expect(error == .tooManyFields)
        let cut = Self.delimited(15, [0, 0, 0x80])
        #expect(Self.refusal(Self.delimited(1, Self.delimited(5, cut))) == .malformedMessage)
    }

    @Test("an arena gives zeroed, aligned memory up to its cap, also after a reset")
    func arena() throws {
        let arena = MessageArena(bytesMax: 100_000)
        for _ in 0..<3 {
            var taken = 0
            while let memory = arena.take(1000) {
                let bytes = UnsafeMutableRawBufferPointer(start: memory, count: 1000)
                #expect(bytes.allSatisfy { $0 == 0 })
                #expect(UInt(bitPattern: memory) % 16 == 0)
                bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
                taken += 1
            }
            #expect(taken == 99)
            #expect(arena.usedBytes <= 100_000)
            arena.reset(bytesMax: 100_000)
        }
        #expect(arena.take(100_001) == nil)
        #expect(arena.take(Int.max) == nil)
        #expect(arena.take(-1) == nil)
        #expect(arena.take(0) != nil)
    }

    @Test("a value over its own limit is refused by its field's name")
    func fieldLimits() throws {
        let key = String(repeating: "k", count: 256)
        let packed = try OperateCall.request(EntityKey(key: key), OperatorRequest(verb: .pause))
        let error = #expect(throws: WireError.self) { try OperateCall.request(packed: packed) }
        #expect(error == WireError(.badValue, "key is over 255 bytes"))
        let none = try OperateCall.request(EntityKey(key: ""), OperatorRequest(verb: .pause))
        #expect(throws: WireError(.missingValue, "key is empty")) {
            try OperateCall.request(packed: none)
        }
        #expect(throws: WireError(.missingValue, "entity is not set")) {
            try OperateCall.request(packed: [])
        }
    }
}

private let damaged: [(name: String, bytes: [UInt8])] = [
    ("group", [0x0B, 0x0C]),
    ("end of group", [0x0C]),
    ("wire type 6", [0x0E]),
    ("wire type 7", [0x0F]),
    ("field 0", [0x02, 0x00]),
    ("a length that leaves", [0x0A, 0x05, 0x00]),
    ("a length of 2^32", [0x0A, 0x80, 0x80, 0x80, 0x80, 0x10]),
    ("a length without end", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    ("a tag without end", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ("it ends in a tag", [0x8A]),
    ("a number for a message", [0x08, 0x01]),
    ("8 bytes that are not there", [0x79, 0, 0, 0]),
    ("4 bytes that are not there", [0x7D, 0, 0]),
]
