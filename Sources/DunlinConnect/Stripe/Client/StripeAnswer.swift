import DunlinCore

/// A whole answer from Stripe.
struct StripeAnswer: Sendable {
    var status: Int
    /// `null` when the body was no JSON.
    var body: StripeJSON
    /// Stripe's clock, in seconds since 1970; `nil` when the answer did not say.
    var serverSeconds: Int64?
    /// The answer was given before, to the same idempotency key.
    var isReplayed: Bool

    var isSuccess: Bool { (200..<300).contains(self.status) }
    var error: StripeJSON { self.body["error"] ?? .null }
    /// `error.code`; empty when there is none.
    var errorCode: String { self.error["code"]?.text ?? "" }
    var errorType: String { self.error["type"]?.text ?? "" }
    /// For comparing with known phrases only; it may hold ids and is never logged.
    var errorMessage: String { (self.error["message"]?.text ?? "").lowercased() }

    /// Reads RFC 9110's date: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func seconds(httpDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
            let month = Self.months.firstIndex(of: String(parts[2])), let year = Int64(parts[3])
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else {
            return nil
        }
        let civil = CivilTime(
            year: year, month: Int64(month) + 1, day: day, hour: clock[0], minute: clock[1],
            second: clock[2])
        return civil.utc.ms / Milliseconds.second
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// Why a call brought no whole answer.
enum StripeCallError: Error, Sendable, Equatable {
    /// The other side surely did not act on it.
    case notSent
    /// It may have acted on it.
    case lost
}
