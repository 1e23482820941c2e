import CDunlinProto

/// A message as protoc-c generates it.
protocol ProtoMessage {
    /// The generated `…__init`.
    static func initialize(_ message: UnsafeMutablePointer<Self>)
}

extension ProtoMessage {
    static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        withUnsafeTemporaryAllocation(of: Self.self, capacity: 1) { storage in
            // The buffer has room for one, so it has a base.
            guard let message = storage.baseAddress else { preconditionFailure("no memory") }
            Self.initialize(message)
            // Every generated message starts with its base.
            let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
            guard let descriptor = base.pointee.descriptor else {
                preconditionFailure("a message without a descriptor")
            }
            return descriptor
        }
    }
}

/// Bytes ↔ generated messages, by libprotobuf-c, behind the scan and the arena.
enum ProtoCodec {
    /// Checks and unpacks `bytes`, and hands the message to `body`, which copies what it wants.
    static func unpack<Message: ProtoMessage, Value>(
        _ type: Message.Type, _ bytes: [UInt8],
        _ body: (UnsafePointer<Message>) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        let descriptor = Message.descriptor
        let outcome: Result<Value, WireError> = bytes.withUnsafeBytes { raw in
            do throws(WireError) {
                try MessageScan.check(raw, as: descriptor)
                let arena = MessageArena(
                    bytesMax: MessageArena.cap(
                        forFrameBytes: raw.count + WireLimits.headerBytes))
                guard
                    let message = protobuf_c_message_unpack(
                        descriptor, arena.allocator, raw.count,
                        raw.baseAddress?.assumingMemoryBound(to: UInt8.self))
                else {
                    throw WireError(
                        .messageTooLarge, "it cannot be unpacked within \(arena.bytesMax) bytes")
                }
                let value = try withExtendedLifetime(arena) { () throws(WireError) in
                    try body(
                        UnsafeRawPointer(message).assumingMemoryBound(to: Message.self))
                }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Packs the message that `body` fills in.
    static func pack<Message: ProtoMessage>(
        _ type: Message.Type,
        _ body: (Packing, UnsafeMutablePointer<Message>) throws(WireError) -> Void
    ) throws(WireError) -> [UInt8] {
        let packing = Packing()
        let message = packing.make(type)
        try body(packing, message)
        let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(base)
        let packed = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = protobuf_c_message_pack(base, start)
        }
        withExtendedLifetime(packing) {}
        return packed
    }
}

/// Memory and conversions for a message on its way out.
final class Packing {
    /// Our own values fill it, whose sizes their owners bound: no cap.
    private let arena = MessageArena(bytesMax: .max)

    func make<Message: ProtoMessage>(_ type: Message.Type) -> UnsafeMutablePointer<Message> {
        let message = self.memory(
            MemoryLayout<Message>.size
        ).assumingMemoryBound(to: Message.self)
        Message.initialize(message)
        return message
    }

    /// Text as C has it. Refused when it holds a NUL, which C would take for its end.
    func text(_ text: String) throws(WireError) -> UnsafeMutablePointer<CChar> {
        var text = text
        let copied: UnsafeMutableRawPointer? = text.withUTF8 { bytes in
            guard !bytes.contains(0) else { return nil }
            let copy = self.memory(bytes.count + 1)
            if let start = bytes.baseAddress {
                copy.copyMemory(from: start, byteCount: bytes.count)
            }
            return copy
        }
        guard let copied else { throw WireError(.badText, "text that holds a NUL") }
        return copied.assumingMemoryBound(to: CChar.self)
    }

    /// `nil` for empty text: unset and empty mean the same where this is used.
    func textOrNil(_ text: String) throws(WireError) -> UnsafeMutablePointer<CChar>? {
        text.isEmpty ? nil : try self.text(text)
    }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let copy = self.memory(bytes.count)
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                copy.copyMemory(from: start, byteCount: bytes.count)
            }
        }
        return ProtobufCBinaryData(
            len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self))
    }

    /// A repeated sub-message, filled one by one.
    func messages<Message: ProtoMessage, Value>(
        _ type: Message.Type, _ values: [Value],
        _ fill: (UnsafeMutablePointer<Message>, Value) throws(WireError) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?>? {
        guard !values.isEmpty else { return nil }
        let array = self.memory(
            values.count * MemoryLayout<UnsafeMutablePointer<Message>?>.stride
        ).assumingMemoryBound(to: UnsafeMutablePointer<Message>?.self)
        for (index, value) in values.enumerated() {
            let message = self.make(type)
            try fill(message, value)
            array[index] = message
        }
        return array
    }

    func texts(
        _ values: [String]
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard !values.isEmpty else { return nil }
        let array = self.memory(
            values.count * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        ).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
        for (index, value) in values.enumerated() { array[index] = try self.text(value) }
        return array
    }

    func numbers<Number: FixedWidthInteger>(_ values: [Number]) -> UnsafeMutablePointer<Number>? {
        guard !values.isEmpty else { return nil }
        let array = self.memory(
            values.count * MemoryLayout<Number>.stride
        ).assumingMemoryBound(to: Number.self)
        for (index, value) in values.enumerated() { array[index] = value }
        return array
    }

    private func memory(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = self.arena.take(size) else { preconditionFailure("out of memory") }
        return memory
    }
}

/// Reads fields of an unpacked message, each against its limit.
enum Unpacking {
    /// Unset reads as empty.
    static func text(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString, bytesMax: Int
    ) throws(WireError) -> String {
        try Self.textOrNil(pointer, field, bytesMax: bytesMax) ?? ""
    }

    static func textOrNil(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString, bytesMax: Int
    ) throws(WireError) -> String? {
        guard let pointer else { return nil }
        guard let text = String(validatingCString: pointer) else {
            throw WireError(.badText, "\(field) is not UTF-8")
        }
        guard text.utf8.count <= bytesMax else {
            throw WireError(.badValue, "\(field) is over \(bytesMax) bytes")
        }
        return text
    }

    /// As ``text(_:_:bytesMax:)``, and at least one byte.
    static func name(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString, bytesMax: Int
    ) throws(WireError) -> String {
        let text = try Self.text(pointer, field, bytesMax: bytesMax)
        guard !text.isEmpty else { throw WireError(.missingValue, "\(field) is empty") }
        return text
    }

    static func bytes(
        _ content: ProtobufCBinaryData, _ field: StaticString, bytesMax: Int
    ) throws(WireError) -> [UInt8] {
        guard content.len <= bytesMax else {
            throw WireError(.badValue, "\(field) is over \(bytesMax) bytes")
        }
        guard content.len > 0, let start = content.data else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: content.len))
    }

    static func texts(
        _ count: Int, _ array: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
        _ field: StaticString, countMax: Int, bytesMax: Int
    ) throws(WireError) -> [String] {
        try Self.checkCount(count, field, countMax)
        guard let array else { return [] }
        var texts: [String] = []
        texts.reserveCapacity(count)
        for index in 0..<count {
            texts.append(try Self.text(array[index], field, bytesMax: bytesMax))
        }
        return texts
    }

    static func messages<Message: ProtoMessage, Value>(
        _ count: Int, _ array: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?,
        _ field: StaticString, countMax: Int,
        _ read: (UnsafePointer<Message>) throws(WireError) -> Value
    ) throws(WireError) -> [Value] {
        try Self.checkCount(count, field, countMax)
        guard let array else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            guard let message = array[index] else {
                throw WireError(.malformedMessage, "\(field) has a hole")
            }
            values.append(try read(UnsafePointer(message)))
        }
        return values
    }

    static func numbers<Number>(
        _ count: Int, _ array: UnsafeMutablePointer<Number>?, _ field: StaticString, countMax: Int
    ) throws(WireError) -> [Number] {
        try Self.checkCount(count, field, countMax)
        guard count > 0, let array else { return [] }
        return Array(UnsafeBufferPointer(start: array, count: count))
    }

    static func required<Message>(
        _ pointer: UnsafeMutablePointer<Message>?, _ field: StaticString
    ) throws(WireError) -> UnsafePointer<Message> {
        guard let pointer else { throw WireError(.missingValue, "\(field) is not set") }
        return UnsafePointer(pointer)
    }

    /// An enumeration's number, refused by name when it is newer than this program.
    static func kind<Value: RawRepresentable, Number: BinaryInteger>(
        _ number: Number, _ field: StaticString, _ type: Value.Type
    ) throws(WireError) -> Value where Value.RawValue: FixedWidthInteger {
        guard let raw = Value.RawValue(exactly: number), let value = Value(rawValue: raw) else {
            throw WireError(.badValue, "\(field) has no such number")
        }
        return value
    }

    private static func checkCount(
        _ count: Int, _ field: StaticString, _ countMax: Int
    ) throws(WireError) {
        guard count <= countMax else {
            throw WireError(.badValue, "\(field) has over \(countMax) values")
        }
    }
}
