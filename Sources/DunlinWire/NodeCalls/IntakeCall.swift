import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/intake``.
package enum IntakeCall {
    /// At most ``NodeCalls/eventsMax`` events.
    package static func request(_ events: [IntakeEvent]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__IntakeRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.n_events = events.count
            request.pointee.events = try pack.messages(
                Dunlin__V1__IntakeEvent.self, events
            ) { message, event throws(WireError) in
                try pack.fill(message, event)
            }
        }
    }

    package static func events(packed bytes: [UInt8]) throws(WireError) -> [IntakeEvent] {
        try ProtoCodec.unpack(
            Dunlin__V1__IntakeRequest.self, bytes
        ) { request throws(WireError) in
            let events = try Unpacking.messages(
                request.pointee.n_events, request.pointee.events, "events",
                countMax: NodeCalls.eventsMax, Unpacking.intakeEvent)
            guard !events.isEmpty else { throw WireError(.missingValue, "events is empty") }
            return events
        }
    }

    package static func reply(_ results: [IntakeResult]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__IntakeReply.self) { pack, reply throws(WireError) in
            reply.pointee.n_results = results.count
            reply.pointee.results = try pack.messages(
                Dunlin__V1__IntakeResult.self, results
            ) { message, result throws(WireError) in
                try pack.fill(message, result)
            }
        }
    }

    package static func results(packed bytes: [UInt8]) throws(WireError) -> [IntakeResult] {
        try ProtoCodec.unpack(Dunlin__V1__IntakeReply.self, bytes) { reply throws(WireError) in
            try Unpacking.messages(
                reply.pointee.n_results, reply.pointee.results, "results",
                countMax: NodeCalls.eventsMax, Unpacking.intakeResult)
        }
    }
}

/// ``IntakeResult``'s kinds on the wire.
private enum ResultKind: UInt32 {
    case accepted = 1
    case repeated = 2
    case ignored = 3
    case refused = 4
    case retry = 5
}

extension Packing {
    fileprivate func fill(
        _ message: UnsafeMutablePointer<Dunlin__V1__IntakeResult>, _ result: IntakeResult
    ) throws(WireError) {
        func set(_ kind: ResultKind) {
            message.pointee.has_kind = 1
            message.pointee.kind = kind.rawValue
        }
        func say(_ code: String, _ text: String) throws(WireError) {
            message.pointee.code = try self.text(code)
            message.pointee.message = try self.text(
                truncated(text, bytesMax: WireLimits.messageBytesMax))
        }
        switch result {
        case .accepted: set(.accepted)
        case .repeated: set(.repeated)
        case .ignored(let reason):
            set(.ignored)
            message.pointee.has_ignored_reason = 1
            message.pointee.ignored_reason = UInt32(reason.rawValue)
        case .refused(let code, let text):
            set(.refused)
            try say(code, text)
        case .retry(let code, let text):
            set(.retry)
            try say(code, text)
        }
    }
}

extension Unpacking {
    fileprivate static func intakeResult(
        _ result: UnsafePointer<Dunlin__V1__IntakeResult>
    ) throws(WireError) -> IntakeResult {
        func code() throws(WireError) -> String {
            try Self.text(result.pointee.code, "code", bytesMax: 64)
        }
        func message() throws(WireError) -> String {
            try Self.text(
                result.pointee.message, "message", bytesMax: WireLimits.messageBytesMax)
        }
        switch try Self.kind(result.pointee.kind, "kind", ResultKind.self) {
        case .accepted: return .accepted
        case .repeated: return .repeated
        case .ignored:
            return .ignored(
                try Self.kind(
                    result.pointee.ignored_reason, "ignored_reason",
                    CommandAnswer.IgnoredReason.self))
        case .refused: return .refused(code: try code(), message: try message())
        case .retry: return .retry(code: try code(), message: try message())
        }
    }
}
