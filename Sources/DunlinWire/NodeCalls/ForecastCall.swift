import CDunlinProto
package import DunlinCore

/// The answer of ``NodeCalls/forecast``; what is asked is as in ``IntakeCall``.
package enum ForecastCall {
    package static func reply(_ forecasts: [IntakeForecast]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ForecastReply.self) { pack, reply throws(WireError) in
            reply.pointee.n_forecasts = forecasts.count
            reply.pointee.forecasts = try pack.messages(
                Dunlin__V1__IntakeForecast.self, forecasts
            ) { message, forecast throws(WireError) in
                message.pointee.has_outcome = 1
                message.pointee.outcome = UInt32(forecast.outcome.rawValue)
                message.pointee.has_starts_at_ms = 1
                message.pointee.starts_at_ms = forecast.startsAt.ms
                message.pointee.has_attempt_at_ms = 1
                message.pointee.attempt_at_ms = forecast.attemptAt.ms
                message.pointee.has_message_at_ms = 1
                message.pointee.message_at_ms = forecast.messageAt.ms
            }
        }
    }

    package static func forecasts(packed bytes: [UInt8]) throws(WireError) -> [IntakeForecast] {
        try ProtoCodec.unpack(Dunlin__V1__ForecastReply.self, bytes) { reply throws(WireError) in
            try Unpacking.messages(
                reply.pointee.n_forecasts, reply.pointee.forecasts, "forecasts",
                countMax: NodeCalls.eventsMax
            ) { message throws(WireError) in
                IntakeForecast(
                    outcome: try Unpacking.kind(
                        message.pointee.outcome, "outcome", IntakeForecast.Outcome.self),
                    startsAt: Timestamp(ms: message.pointee.starts_at_ms),
                    attemptAt: Timestamp(ms: message.pointee.attempt_at_ms),
                    messageAt: Timestamp(ms: message.pointee.message_at_ms))
            }
        }
    }
}
