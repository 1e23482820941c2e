import CDunlinProto
import DunlinCore

// A notice about a case, and what customers agree to, both ways.

extension Packing {
    func notice(
        _ notice: CaseNotice
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__CaseNotice> {
        let message = self.make(Dunlin__V1__CaseNotice.self)
        message.pointee.has_kind = 1
        message.pointee.kind = UInt32(notice.kind.rawValue)
        message.pointee.obligation = try self.textOrNil(notice.obligation)
        if let amountMinor = notice.amountMinor {
            message.pointee.has_amount_minor = 1
            message.pointee.amount_minor = amountMinor
        }
        message.pointee.code = try self.textOrNil(notice.codes.code)
        message.pointee.network_code = try self.textOrNil(notice.codes.networkCode)
        message.pointee.has_until_ms = 1
        message.pointee.until_ms = notice.until.ms
        message.pointee.n_parts = notice.parts.count
        message.pointee.parts = try self.parts(notice.parts)
        return message
    }

    func parts(
        _ parts: [AgreedPart]
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__PromisedPart>?>? {
        try self.messages(Dunlin__V1__PromisedPart.self, parts) { message, part in
            message.pointee.has_at_ms = 1
            message.pointee.at_ms = part.at.ms
            message.pointee.has_amount_minor = 1
            message.pointee.amount_minor = part.amountMinor
        }
    }
}

extension Unpacking {
    static func notice(
        _ notice: UnsafePointer<Dunlin__V1__CaseNotice>
    ) throws(WireError) -> CaseNotice {
        CaseNotice(
            kind: try Self.kind(notice.pointee.kind, "kind", CaseNotice.Kind.self),
            obligation: try Self.id(notice.pointee.obligation, "obligation"),
            amountMinor: notice.pointee.has_amount_minor == 0
                ? nil : try Self.count(notice.pointee.amount_minor, "amount_minor"),
            codes: DeclineCodes(
                code: try Self.text(
                    notice.pointee.code, "code", bytesMax: DeclineCodes.codeBytesMax),
                networkCode: try Self.text(
                    notice.pointee.network_code, "network_code",
                    bytesMax: DeclineCodes.codeBytesMax)),
            until: Timestamp(ms: notice.pointee.until_ms),
            parts: try Self.parts(notice.pointee.n_parts, notice.pointee.parts))
    }

    static func parts(
        _ count: Int,
        _ parts: UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__PromisedPart>?>?
    ) throws(WireError) -> [AgreedPart] {
        try Self.messages(
            count, parts, "parts", countMax: CaseParticulars.partsMax
        ) { part throws(WireError) in
            AgreedPart(
                at: Timestamp(ms: part.pointee.at_ms),
                amountMinor: try Self.count(part.pointee.amount_minor, "amount_minor"))
        }
    }
}
