import CDunlinProto
import CProtobufC
package import DunlinCore

/// The messages of ``NodeCalls/deliver``.
package enum DeliverCall {
    package static func request(_ letter: EntityLetter) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__DeliverRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.from = try pack.entity(letter.from)
            request.pointee.to = try pack.entity(letter.to)
            request.pointee.id = pack.position(letter.id)
            request.pointee.has_at_ms = 1
            request.pointee.at_ms = letter.at.ms
            switch letter.content {
            case .report(let report):
                request.pointee.has_report = 1
                request.pointee.report = pack.bytes(try Self.fitting(report.packed()))
            case .word(let word):
                request.pointee.has_word = 1
                request.pointee.word = pack.bytes(try Self.fitting(word.packed()))
            }
        }
    }

    package static func letter(packed bytes: [UInt8]) throws(WireError) -> EntityLetter {
        try ProtoCodec.unpack(
            Dunlin__V1__DeliverRequest.self, bytes
        ) { request throws(WireError) in
            let content: EntityLetter.Content
            if request.pointee.has_report != 0 {
                content = .report(try Self.report(request.pointee.report))
            } else if request.pointee.has_word != 0 {
                content = .word(try Self.word(request.pointee.word))
            } else {
                throw WireError(.badValue, "the letter says nothing")
            }
            return EntityLetter(
                from: try Unpacking.entity(request.pointee.from),
                to: try Unpacking.entity(request.pointee.to),
                id: Unpacking.position(request.pointee.id),
                at: Timestamp(ms: request.pointee.at_ms), content: content)
        }
    }

    package static func reply(_ reply: EntityReply) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__DeliverReply.self) { pack, message throws(WireError) in
            guard case .word(let word) = reply else { return }
            message.pointee.has_word = 1
            message.pointee.word = pack.bytes(try Self.fitting(word.packed()))
        }
    }

    package static func reply(packed bytes: [UInt8]) throws(WireError) -> EntityReply {
        try ProtoCodec.unpack(Dunlin__V1__DeliverReply.self, bytes) { reply throws(WireError) in
            guard reply.pointee.has_word != 0 else { return .taken }
            return .word(try Self.word(reply.pointee.word))
        }
    }

    private static func fitting(_ bytes: [UInt8]) throws(WireError) -> [UInt8] {
        guard bytes.count <= NodeCalls.letterBytesMax else {
            throw WireError(.badValue, "the letter is too long")
        }
        return bytes
    }

    private static func report(
        _ content: ProtobufCBinaryData
    ) throws(WireError) -> BudgetReport {
        let bytes = try Unpacking.bytes(content, "report", bytesMax: NodeCalls.letterBytesMax)
        do {
            return try BudgetReport(packed: bytes)
        } catch {
            throw WireError(.badValue, "report cannot be read")
        }
    }

    private static func word(_ content: ProtobufCBinaryData) throws(WireError) -> BudgetWord {
        let bytes = try Unpacking.bytes(content, "word", bytesMax: NodeCalls.letterBytesMax)
        do {
            return try BudgetWord(packed: bytes)
        } catch {
            throw WireError(.badValue, "word cannot be read")
        }
    }
}
