import CDunlinProto

/// Walks over packed bytes before libprotobuf-c sees them, and refuses what that library does not
/// survive or what would cost more memory than its bytes are worth.
///
/// What it lets through has no groups, no field number 0, no length that leaves its message, no
/// depth over 8, no singular field twice, no value of another wire type than its field's, no NUL in
/// text, and bounded counts (``WireLimits``).
struct MessageScan {
    private var fields = 0
    private var unknownFields = 0

    typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>

    static func check(
        _ bytes: UnsafeRawBufferPointer, as descriptor: Descriptor
    ) throws(WireError) {
        var scan = MessageScan()
        try scan.message(bytes, descriptor, depth: 1)
    }

    private mutating func message(
        _ bytes: UnsafeRawBufferPointer, _ descriptor: Descriptor, depth: Int
    ) throws(WireError) {
        guard depth <= WireLimits.messageDepthMax else {
            throw WireError(.messageTooDeep, "over \(WireLimits.messageDepthMax) levels")
        }
        var cursor = ScanCursor(bytes)
        // The tidy test keeps schemas within 64 fields a message.
        var seen: UInt64 = 0
        var repeats = [Int](repeating: 0, count: 0)
        while !cursor.isAtEnd {
            let (number, wireType) = try cursor.tag()
            self.fields += 1
            guard self.fields <= WireLimits.messageFieldsMax else {
                throw WireError(.tooManyFields, "over \(WireLimits.messageFieldsMax) in one body")
            }
            guard let index = Self.index(of: number, in: descriptor) else {
                self.unknownFields += 1
                guard self.unknownFields <= WireLimits.unknownFieldsMax else {
                    throw WireError(
                        .tooManyFields, "over \(WireLimits.unknownFieldsMax) unknown ones")
                }
                try cursor.skip(wireType)
                continue
            }
            let field = descriptor.pointee.fields[index]
            if field.label == PROTOBUF_C_LABEL_REPEATED {
                if repeats.isEmpty {
                    repeats = [Int](repeating: 0, count: Int(descriptor.pointee.n_fields))
                }
                repeats[index] += try self.values(&cursor, wireType, field, depth: depth)
                guard repeats[index] <= WireLimits.repeatedMax else {
                    throw WireError(
                        .tooManyFields, "over \(WireLimits.repeatedMax) in \(Self.name(field))")
                }
            } else {
                let bit: UInt64 = 1 << UInt64(index & 63)
                guard seen & bit == 0 else {
                    throw WireError(.malformedMessage, "\(Self.name(field)) twice")
                }
                seen |= bit
                try self.value(&cursor, wireType, field, depth: depth)
            }
        }
    }

    /// One occurrence of a repeated field. Answers how many values it holds: packed ones hold many.
    private mutating func values(
        _ cursor: inout ScanCursor, _ wireType: UInt8, _ field: ProtobufCFieldDescriptor, depth: Int
    ) throws(WireError) -> Int {
        guard wireType == 2, let single = Self.scalarWireType(field.type) else {
            try self.value(&cursor, wireType, field, depth: depth)
            return 1
        }
        var packed = ScanCursor(try cursor.lengthDelimited())
        var count = 0
        while !packed.isAtEnd {
            try packed.skip(single)
            count += 1
        }
        return count
    }

    private mutating func value(
        _ cursor: inout ScanCursor, _ wireType: UInt8, _ field: ProtobufCFieldDescriptor, depth: Int
    ) throws(WireError) {
        if let expected = Self.scalarWireType(field.type) {
            guard wireType == expected else { throw Self.wrongType(field) }
            try cursor.skip(wireType)
            return
        }
        guard wireType == 2 else { throw Self.wrongType(field) }
        let content = try cursor.lengthDelimited()
        if field.type == PROTOBUF_C_TYPE_STRING {
            guard !content.contains(0) else {
                throw WireError(.badText, "NUL in \(Self.name(field))")
            }
        } else if field.type == PROTOBUF_C_TYPE_MESSAGE, let below = field.descriptor {
            let descriptor = below.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            try self.message(content, descriptor, depth: depth + 1)
        }
    }

    /// `nil` for text, bytes and messages, which are length-delimited.
    private static func scalarWireType(_ type: ProtobufCType) -> UInt8? {
        switch type {
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: nil
        case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: 1
        case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: 5
        default: 0
        }
    }

    /// Fields are sorted by number.
    private static func index(of number: UInt32, in descriptor: Descriptor) -> Int? {
        var low = 0
        var high = Int(descriptor.pointee.n_fields)
        while low < high {
            let middle = (low + high) / 2
            let found = descriptor.pointee.fields[middle].id
            if found == number { return middle }
            if found < number { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private static func wrongType(_ field: ProtobufCFieldDescriptor) -> WireError {
        WireError(.malformedMessage, "\(Self.name(field)) has another type")
    }

    /// The field's name in the schema, which is ours to show.
    private static func name(_ field: ProtobufCFieldDescriptor) -> String {
        field.name.map { String(cString: $0) } ?? "a field"
    }
}

/// Reads the wire format's pieces, never beyond its end.
private struct ScanCursor {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.offset == self.bytes.count }

    mutating func tag() throws(WireError) -> (number: UInt32, wireType: UInt8) {
        let tag = try self.varint(bytesMax: 5)
        let number = tag >> 3
        // 2^29 - 1 is the highest number that the wire format has.
        guard (1...536_870_911).contains(number) else {
            throw WireError(.malformedMessage, "a field number out of range")
        }
        return (UInt32(number), UInt8(tag & 7))
    }

    mutating func skip(_ wireType: UInt8) throws(WireError) {
        switch wireType {
        case 0: _ = try self.varint(bytesMax: 10)
        case 1: try self.advance(8)
        case 2: _ = try self.lengthDelimited()
        case 5: try self.advance(4)
        default: throw WireError(.malformedMessage, "a group or an unknown wire type")
        }
    }

    mutating func lengthDelimited() throws(WireError) -> UnsafeRawBufferPointer {
        // Five bytes: the library keeps 32 bits of a length.
        let length = try self.varint(bytesMax: 5)
        let start = self.offset
        guard length <= UInt64(self.bytes.count - start) else {
            throw WireError(.malformedMessage, "a length that leaves its message")
        }
        self.offset += Int(length)
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.offset])
    }

    private mutating func advance(_ count: Int) throws(WireError) {
        guard count <= self.bytes.count - self.offset else {
            throw WireError(.malformedMessage, "it ends within a field")
        }
        self.offset += count
    }

    private mutating func varint(bytesMax: Int) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for _ in 0..<bytesMax {
            guard self.offset < self.bytes.count else {
                throw WireError(.malformedMessage, "it ends within a number")
            }
            let byte = self.bytes[self.offset]
            self.offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw WireError(.malformedMessage, "a number over \(bytesMax) bytes")
    }
}
