import CDunlinProto
import CProtobufC

/// A message in the hands of libprotobuf-c, walked by its descriptor.
///
/// Owns the message until ``free()``.
struct CMessage {
    private let message: UnsafeMutablePointer<ProtobufCMessage>

    /// Answers `nil` when libprotobuf-c refuses the bytes.
    init?(_ bytes: [UInt8], as descriptor: UnsafePointer<ProtobufCMessageDescriptor>) {
        guard let read = protobuf_c_message_unpack(descriptor, nil, bytes.count, bytes) else {
            return nil
        }
        self.message = read
    }

    func free() {
        protobuf_c_message_free_unpacked(self.message, nil)
    }

    /// What libprotobuf-c writes for it.
    var packed: [UInt8] {
        let size = protobuf_c_message_get_packed_size(self.message)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = protobuf_c_message_pack(self.message, start)
        }
    }

    /// Fields that the schema does not know, here and in every message within.
    var unknownFields: Int {
        var count = 0
        Self.walk(self.message) { count += Int($0.pointee.n_unknown_fields) }
        return count
    }

    /// Field names and values in protobuf's text form, a field a line.
    var text: String { Self.lines(of: self.message).joined(separator: "\n") }

    private static func walk(
        _ message: UnsafeMutablePointer<ProtobufCMessage>,
        _ visit: (UnsafeMutablePointer<ProtobufCMessage>) -> Void
    ) {
        visit(message)
        for field in Self.fields(of: message) where field.type == PROTOBUF_C_TYPE_MESSAGE {
            for value in Self.values(of: field, in: message) {
                let within = value.load(as: UnsafeMutablePointer<ProtobufCMessage>?.self)
                if let within { Self.walk(within, visit) }
            }
        }
    }

    private static func lines(of message: UnsafeMutablePointer<ProtobufCMessage>) -> [String] {
        var lines: [String] = []
        for field in Self.fields(of: message) {
            for value in Self.values(of: field, in: message) {
                let name = String(cString: field.name)
                if field.type == PROTOBUF_C_TYPE_MESSAGE {
                    let within = value.load(as: UnsafeMutablePointer<ProtobufCMessage>.self)
                    lines.append("\(name) {")
                    lines += Self.lines(of: within).map { "  \($0)" }
                    lines.append("}")
                } else {
                    lines.append("\(name): \(Self.scalar(value, field))")
                }
            }
        }
        return lines
    }

    private static func fields(
        of message: UnsafeMutablePointer<ProtobufCMessage>
    ) -> [ProtobufCFieldDescriptor] {
        let descriptor = message.pointee.descriptor.pointee
        return Array(
            UnsafeBufferPointer(start: descriptor.fields, count: Int(descriptor.n_fields)))
    }

    /// Where the field's values lie: none when unset, several when repeated.
    private static func values(
        of field: ProtobufCFieldDescriptor, in message: UnsafeMutablePointer<ProtobufCMessage>
    ) -> [UnsafeRawPointer] {
        let base = UnsafeRawPointer(message)
        let place = base + Int(field.offset)
        let quantifier = base + Int(field.quantifier_offset)
        if field.label == PROTOBUF_C_LABEL_REPEATED {
            let count = quantifier.load(as: Int.self)
            guard let first = place.load(as: UnsafeRawPointer?.self) else { return [] }
            return (0..<count).map { first + $0 * Self.stride(of: field.type) }
        }
        let isPointer =
            field.type == PROTOBUF_C_TYPE_MESSAGE || field.type == PROTOBUF_C_TYPE_STRING
        let isSet =
            isPointer
            ? place.load(as: UnsafeRawPointer?.self) != nil
            : quantifier.load(as: protobuf_c_boolean.self) != 0
        return isSet ? [place] : []
    }

    private static func stride(of type: ProtobufCType) -> Int {
        switch type {
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_BOOL: 4
        case PROTOBUF_C_TYPE_BYTES: 16
        default: 8
        }
    }

    private static func scalar(
        _ value: UnsafeRawPointer, _ field: ProtobufCFieldDescriptor
    ) -> String {
        switch field.type {
        case PROTOBUF_C_TYPE_UINT32: return "\(value.load(as: UInt32.self))"
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
            return "\(value.load(as: UInt64.self))"
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64: return "\(value.load(as: Int64.self))"
        case PROTOBUF_C_TYPE_BOOL:
            return value.load(as: protobuf_c_boolean.self) != 0 ? "true" : "false"
        case PROTOBUF_C_TYPE_STRING:
            return "\"\(String(cString: value.load(as: UnsafePointer<CChar>.self)))\""
        case PROTOBUF_C_TYPE_BYTES:
            let binary = value.load(as: ProtobufCBinaryData.self)
            return "\(Array(UnsafeBufferPointer(start: binary.data, count: binary.len)))"
        case PROTOBUF_C_TYPE_ENUM:
            let descriptor = field.descriptor.assumingMemoryBound(
                to: ProtobufCEnumDescriptor.self)
            return Self.enumName(value.load(as: Int32.self), in: descriptor) ?? "?"
        default: return "?"
        }
    }

    /// The name that the schema gives a number of an enumeration.
    static func enumName(
        _ number: Int32, in descriptor: UnsafePointer<ProtobufCEnumDescriptor>
    ) -> String? {
        protobuf_c_enum_descriptor_get_value(descriptor, number).map {
            String(cString: $0.pointee.name)
        }
    }
}
