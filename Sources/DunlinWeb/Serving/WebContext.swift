package import Hummingbird

/// What travels with one request: who speaks, once that is known.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by ``CallerMiddleware``; `nil` on open routes.
    package var caller: Caller?

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.caller = nil
    }

    /// The path's parameter, percent-decoded.
    ///
    /// Throws when it is no valid UTF-8, is empty or is longer than an id may be.
    func id(_ name: String) throws(Problem) -> String {
        guard let raw = self.parameters.get(name), let id = percentDecoded(raw),
            (1...EventLimits.idBytesMax).contains(id.utf8.count)
        else {
            throw .badRequest(
                "An id in the path has 1 to \(EventLimits.idBytesMax) bytes of percent-encoded "
                    + "UTF-8.")
        }
        return id
    }

    /// The tenant of a caller that holds `role`.
    func tenant(holding role: APIKeys.Roles) throws(Problem) -> String {
        guard let caller = self.caller else { throw .unauthorized }
        guard caller.roles.contains(role) else {
            throw Problem(
                .forbidden, "role-missing", title: "Not allowed",
                detail: "This API key lacks the role that this address needs; use another key.")
        }
        return caller.tenant
    }
}

extension Problem {
    static let unauthorized = Problem(
        .unauthorized, "unauthorized", title: "Not authenticated",
        detail: "Send a known API key as `Authorization: Bearer KEY`.")
}

/// `%41` → `A`; `nil` when an escape is broken or the result is no UTF-8.
func percentDecoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexValue),
            let low = rest.popFirst().flatMap(hexValue)
        else { return nil }
        bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
}
