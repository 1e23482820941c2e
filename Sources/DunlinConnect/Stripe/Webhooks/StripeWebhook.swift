package import DunlinCore
import Logging

/// What one webhook came to.
package struct StripeIntake: Sendable {
    /// Facts for the accounts that they are about; empty for most types of events.
    package var events: [IntakeEvent]
    /// Stripe's name of the event: lower case letters, digits, dots and underscores, at most 64.
    package var type: String
    /// The event is of a type that means nothing to us. It is answered as taken: Stripe disables
    /// endpoints that refuse.
    package var ignoredType: String?
    /// What was strange about an event that was otherwise taken, one sentence each, without ids.
    package var problems: [String]

    package init(
        events: [IntakeEvent], type: String, ignoredType: String? = nil, problems: [String] = []
    ) {
        self.events = events
        self.type = type
        self.ignoredType = ignoredType
        self.problems = problems
    }
}

/// Takes Stripe's webhooks: checks that they are genuine and fresh, and says what they mean.
///
/// A repeat needs no memory here: what it says is recognised by the account (same charge, same
/// invoice). Stripe names only the charge of a failed invoice, so its codes are fetched.
package struct StripeWebhook: Sendable {
    private let client: StripeClient
    private let realSeconds: @Sendable () -> Int64

    package init(client: StripeClient) {
        self.init(client: client, realSeconds: { StripeClient.realSeconds() })
    }

    /// `realSeconds`: Real time, seconds since 1970, for the age of signatures.
    package init(client: StripeClient, realSeconds: @escaping @Sendable () -> Int64) {
        self.client = client
        self.realSeconds = realSeconds
    }

    /// `signature`: The `Stripe-Signature` header; `nil` when there was none.
    ///
    /// Throws ``StripeWebhookError`` for anything that is not a genuine, fresh, readable event.
    package func receive(
        body: [UInt8], signature: String?
    ) async throws(StripeWebhookError) -> StripeIntake {
        guard body.count <= StripeSettings.eventBytesMax else {
            throw StripeWebhookError(.tooLarge)
        }
        guard let signature else { throw StripeWebhookError(.signatureMissing) }
        try StripeSignature.verify(
            header: signature, body: body, secrets: self.client.settings.webhookSecrets,
            nowSeconds: self.realSeconds())
        let event = try Self.event(body)
        let intake = await StripeEventMapper(client: self.client).map(event)
        for problem in intake.problems {
            self.client.logger.warning(
                "a Stripe event was taken only in part",
                metadata: ["type": "\(intake.type)", "problem": "\(problem)"])
        }
        return intake
    }

    private static func event(_ body: [UInt8]) throws(StripeWebhookError) -> StripeEvent {
        let json: StripeJSON
        do {
            json = try StripeJSON(parsing: body)
        } catch {
            let place = error.offset.map { "byte \($0)" } ?? ""
            throw StripeWebhookError(.malformed, place: place)
        }
        guard json.members != nil else { throw StripeWebhookError(.malformed, place: "the top") }
        guard let type = json["type"]?.text else {
            throw StripeWebhookError(.malformed, place: "`type`")
        }
        guard let object = json["data", "object"], object.members != nil else {
            throw StripeWebhookError(.malformed, place: "`data.object`")
        }
        guard let created = json["created"]?.integer, created > 0 else {
            throw StripeWebhookError(.malformed, place: "`created`")
        }
        return StripeEvent(
            id: json["id"]?.text ?? "", type: type, createdSeconds: created, object: object,
            previous: json["data", "previous_attributes"])
    }
}

/// A genuine event, as far as it is read.
struct StripeEvent: Sendable {
    /// `evt_…`; may be empty.
    var id: String
    var type: String
    /// Seconds since 1970.
    var createdSeconds: Int64
    var object: StripeJSON
    /// What changed, with its old values; `nil` when Stripe did not say.
    var previous: StripeJSON?

    /// The type as a metric label may bear it.
    var label: String {
        let isPlain = self.type.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E
                || byte == 0x5F
        }
        return isPlain && self.type.utf8.count <= 64 ? self.type : "other"
    }

    /// Whether `name` changed: true also when Stripe does not say what did.
    func mayHaveChanged(_ name: String) -> Bool {
        guard let previous = self.previous, previous.members != nil else { return true }
        return previous[name] != nil
    }
}

extension Timestamp {
    /// From Stripe's whole seconds; saturates.
    init(seconds: Int64) {
        let (ms, overflow) = seconds.multipliedReportingOverflow(by: Milliseconds.second)
        self.init(ms: overflow ? .max : ms)
    }
}
