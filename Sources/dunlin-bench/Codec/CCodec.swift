import CDunlinProto
import CProtobufC

/// libprotobuf-c reading and writing one message.
struct CCodec {
    enum Message {
        case accountSnapshot
        case batch
    }

    struct Times {
        var pack: Double
        var unpack: Double
        var unpackIntoArena: Double
    }

    struct Refused: Error {}

    private let descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    private let bytes: [UInt8]

    init(_ message: Message, bytes: [UInt8]) {
        self.bytes = bytes
        switch message {
        case .accountSnapshot:
            var empty = Dunlin__V1__AccountSnapshot()
            dunlin__v1__account_snapshot__init(&empty)
            self.descriptor = empty.base.descriptor
        case .batch:
            var empty = Dunlin__V1__Batch()
            dunlin__v1__batch__init(&empty)
            self.descriptor = empty.base.descriptor
        }
    }

    func measure(_ watch: Stopwatch) throws -> Times {
        guard let message = self.unpack(nil) else { throw Refused() }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        var buffer = [UInt8](repeating: 0, count: self.bytes.count)
        let pack = watch.nanoseconds {
            consume(protobuf_c_message_pack(message, &buffer))
        }
        guard buffer == self.bytes else { throw Refused() }
        let unpack = watch.nanoseconds {
            protobuf_c_message_free_unpacked(self.unpack(nil), nil)
        }
        let arena = Arena()
        defer { arena.free() }
        var allocator = arena.allocator
        let unpackIntoArena = watch.nanoseconds {
            arena.reset()
            consume(self.unpack(&allocator))
        }
        return Times(pack: pack, unpack: unpack, unpackIntoArena: unpackIntoArena)
    }

    private func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>?
    ) -> UnsafeMutablePointer<ProtobufCMessage>? {
        protobuf_c_message_unpack(self.descriptor, allocator, self.bytes.count, self.bytes)
    }
}

/// Memory that is handed out in a row and taken back at once. Not zeroed: for known bytes only.
private struct Arena {
    private static let bytesMax = 1 << 20

    private let used: UnsafeMutablePointer<Int>
    private let start: UnsafeMutableRawPointer

    init() {
        // The counter lies before the bytes, so that one pointer leads a C callback to both.
        self.start = .allocate(byteCount: Self.bytesMax, alignment: 16)
        self.used = self.start.initializeMemory(as: Int.self, to: 16)
    }

    var allocator: ProtobufCAllocator {
        ProtobufCAllocator(
            alloc: { data, size in
                guard let data else { return nil }
                let used = data.assumingMemoryBound(to: Int.self)
                let at = used.pointee
                guard at + size <= Arena.bytesMax else { return nil }
                used.pointee = (at + size + 15) & ~15
                return data + at
            },
            free: { _, _ in },
            allocator_data: self.start)
    }

    func reset() {
        self.used.pointee = 16
    }

    func free() {
        self.start.deallocate()
    }
}
