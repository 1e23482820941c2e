import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/operate``.
package enum OperateCall {
    package static func request(
        _ key: EntityKey, _ request: OperatorRequest
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__OperateRequest.self
        ) { pack, message throws(WireError) in
            message.pointee.entity = try pack.entity(key)
            message.pointee.has_verb = 1
            message.pointee.verb = UInt32(request.verb.rawValue)
            message.pointee.has_case_number = 1
            message.pointee.case_number = request.caseNumber
            if request.until.ms != 0 {
                message.pointee.has_until_ms = 1
                message.pointee.until_ms = request.until.ms
            }
            message.pointee.n_parts = request.parts.count
            message.pointee.parts = try pack.parts(request.parts)
            message.pointee.policy = try pack.textOrNil(request.policy)
            if request.bundle.rawValue != 0 {
                message.pointee.has_bundle = 1
                message.pointee.bundle = request.bundle.rawValue
            }
        }
    }

    package static func request(
        packed bytes: [UInt8]
    ) throws(WireError) -> (key: EntityKey, request: OperatorRequest) {
        try ProtoCodec.unpack(
            Dunlin__V1__OperateRequest.self, bytes
        ) { message throws(WireError) in
            (
                try Unpacking.entity(message.pointee.entity),
                OperatorRequest(
                    verb: try Unpacking.kind(
                        message.pointee.verb, "verb", OperatorRequest.Verb.self),
                    caseNumber: message.pointee.case_number,
                    until: Timestamp(ms: message.pointee.until_ms),
                    parts: try Unpacking.parts(message.pointee.n_parts, message.pointee.parts),
                    policy: try Unpacking.text(
                        message.pointee.policy, "policy", bytesMax: DunningPolicy.nameBytesMax),
                    bundle: BundleID(message.pointee.bundle))
            )
        }
    }

    /// `answer`: `nil` for an account that was never heard of.
    package static func reply(_ answer: CommandAnswer?) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__OperateReply.self) { _, reply in
            let kind: AnswerKind
            switch answer {
            case nil: kind = .neverHeardOf
            case .accepted: kind = .accepted
            case .repeated: kind = .repeated
            case .ignored(let reason):
                kind = .ignored
                reply.pointee.has_ignored_reason = 1
                reply.pointee.ignored_reason = UInt32(reason.rawValue)
            case .refused(let reason):
                kind = .refused
                reply.pointee.has_refused_reason = 1
                reply.pointee.refused_reason = UInt32(reason.rawValue)
            }
            reply.pointee.has_kind = 1
            reply.pointee.kind = kind.rawValue
        }
    }

    package static func answer(packed bytes: [UInt8]) throws(WireError) -> CommandAnswer? {
        try ProtoCodec.unpack(Dunlin__V1__OperateReply.self, bytes) { reply throws(WireError) in
            switch try Unpacking.kind(reply.pointee.kind, "kind", AnswerKind.self) {
            case .neverHeardOf: return nil
            case .accepted: return .accepted
            case .repeated: return .repeated
            case .ignored:
                return .ignored(
                    try Unpacking.kind(
                        reply.pointee.ignored_reason, "ignored_reason",
                        CommandAnswer.IgnoredReason.self))
            case .refused:
                return .refused(
                    try Unpacking.kind(
                        reply.pointee.refused_reason, "refused_reason",
                        CommandAnswer.RefusedReason.self))
            }
        }
    }
}

/// An answer's kinds on the wire.
private enum AnswerKind: UInt32 {
    case neverHeardOf = 0
    case accepted = 1
    case repeated = 2
    case ignored = 3
    case refused = 4
}
