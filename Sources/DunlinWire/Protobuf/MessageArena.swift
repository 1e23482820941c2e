import CDunlinProto

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Memory for one message: zeroed, capped, given back all at once.
///
/// libprotobuf-c 1.4 reads memory that it did not write in a few places and multiplies small input
/// into large structures; zeroed memory makes the first harmless, the cap bounds the second. Over
/// the cap an allocation answers NULL, which the library takes as the end of the unpacking.
/// Nothing that lies in an arena may be kept past ``reset(bytesMax:)``: values are copied out.
///
/// One arena serves one thread at a time.
final class MessageArena {
    /// Bytes that may be handed out until the next reset.
    private(set) var bytesMax: Int
    private(set) var usedBytes = 0
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var chunkUsed = 0
    private let allocatorStorage: UnsafeMutablePointer<ProtobufCAllocator>

    private static let chunkBytes = 8192
    private static let alignment = 16

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        self.allocatorStorage = .allocate(capacity: 1)
        self.allocatorStorage.initialize(to: ProtobufCAllocator())
        // The allocator is only used while the arena is: the pointer back does not own it.
        self.allocatorStorage.pointee.allocator_data = Unmanaged.passUnretained(self).toOpaque()
        self.allocatorStorage.pointee.alloc = { arena, size in
            guard let arena else { return nil }
            return Unmanaged<MessageArena>.fromOpaque(arena).takeUnretainedValue().take(size)
        }
        self.allocatorStorage.pointee.free = { _, _ in }
    }

    deinit {
        for chunk in self.chunks { free(chunk.baseAddress) }
        self.allocatorStorage.deallocate()
    }

    /// What libprotobuf-c is given.
    var allocator: UnsafeMutablePointer<ProtobufCAllocator> { self.allocatorStorage }

    /// The cap for unpacking a frame of `frameBytes`.
    static func cap(forFrameBytes frameBytes: Int) -> Int {
        min(max(16 * frameBytes, WireLimits.arenaBytesMin), WireLimits.arenaBytesMax)
    }

    /// Zeroed memory, aligned to 16 bytes. Answers `nil` over the cap.
    func take(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= 0, size <= self.bytesMax - self.usedBytes else { return nil }
        let rounded = (max(size, 1) + Self.alignment - 1) & ~(Self.alignment - 1)
        if self.chunks.last.map({ $0.count - self.chunkUsed < rounded }) ?? true {
            let capacity = max(rounded, Self.chunkBytes)
            guard let fresh = calloc(1, capacity) else { return nil }
            self.chunks.append(UnsafeMutableRawBufferPointer(start: fresh, count: capacity))
            self.chunkUsed = 0
        }
        guard let base = self.chunks.last?.baseAddress else { return nil }
        let taken = base + self.chunkUsed
        self.chunkUsed += rounded
        self.usedBytes += rounded
        return taken
    }

    /// Gives everything back; the first chunk stays, zeroed as far as it was used.
    func reset(bytesMax: Int) {
        for chunk in self.chunks.dropFirst() { free(chunk.baseAddress) }
        if let first = self.chunks.first, let base = first.baseAddress {
            let dirty = self.chunks.count > 1 ? first.count : self.chunkUsed
            memset(base, 0, dirty)
            self.chunks = [first]
        }
        self.chunkUsed = 0
        self.usedBytes = 0
        self.bytesMax = bytesMax
    }
}
