import Crypto
import DunlinConnect
import DunlinCore
import Foundation
import Testing

@Suite("Webhooks of Stripe")
struct StripeWebhookTests {
    static let now: Int64 = 1_795_341_600

    static func signature(
        _ body: String, at seconds: Int64 = now, secret: String = "whsec_secret"
    )
        -> String
    {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(seconds).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Stripe's side is scripted by `objects`: path to body.
    static func receive(
        _ body: String, signature: String?, objects: [String: String] = [:],
        change: (inout StripeSettings) -> Void = { _ in }
    ) async throws -> StripeIntake {
        try await StripeFixture.run(change: change) { request in
            objects[request.path].map { .json(200, $0) } ?? .json(404, "{}")
        } _: { client, _ in
            let webhook = StripeWebhook(client: client, realSeconds: { Self.now })
            return try await webhook.receive(body: Array(body.utf8), signature: signature)
        }
    }

    static func receive(
        _ type: String, _ object: String, previous: String = "{}", objects: [String: String] = [:]
    ) async throws -> StripeIntake {
        let body = event(type, object, previous: previous)
        return try await receive(
            body, signature: "t=\(now),v1=\(signature(body))", objects: objects)
    }

    static func event(_ type: String, _ object: String, previous: String = "{}") -> String {
        """
        {"id":"evt_1","object":"event","api_version":"2024-06-20","created":1795341595,
        "livemode":false,"pending_webhooks":1,"request":{"id":null},"type":"\(type)",
        "data":{"object":\(object),"previous_attributes":\(previous)}}
        """
    }

    // MARK: Signatures

    struct SignatureRow: Sendable, CustomTestStringConvertible {
        var name: String
        var header: @Sendable (String) -> String?
        var code: StripeWebhookError.Code?
        var secrets = ["whsec_secret"]
        var testDescription: String { self.name }
    }

    @Test("are taken only when genuine and fresh", arguments: signatures)
    func genuine(_ row: SignatureRow) async throws {
        let body = Self.event("ping", "{}")
        let secrets = row.secrets
        do {
            let intake = try await Self.receive(body, signature: row.header(body)) {
                $0.webhookSecrets = secrets.map { StripeSecret($0) }
            }
            #expect(row.code == nil)
            #expect(intake.ignoredType == "ping")
        } catch let error as StripeWebhookError {
            #expect(error.code == row.code)
            #expect(!error.description.contains("whsec"))
        }
    }

    static let signatures: [SignatureRow] = [
        SignatureRow(name: "good") { "t=\(now),v1=\(signature($0))" },
        SignatureRow(name: "good among others") {
            "t=\(now),v0=\(signature($0)),v1=\(String(repeating: "0", count: 64)),v1=\(signature($0))"
        },
        SignatureRow(name: "spaces after commas") { "t=\(now), v1=\(signature($0))" },
        SignatureRow(
            name: "under the second secret",
            header: { "t=\(now),v1=\(signature($0, secret: "whsec_new"))" },
            secrets: ["whsec_secret", "whsec_new"]),
        SignatureRow(name: "300 s old") { "t=\(now - 300),v1=\(signature($0, at: now - 300))" },
        SignatureRow(name: "300 s ahead") { "t=\(now + 300),v1=\(signature($0, at: now + 300))" },
        SignatureRow(
            name: "301 s old", header: { "t=\(now - 301),v1=\(signature($0, at: now - 301))" },
            code: .tooOld),
        SignatureRow(
            name: "301 s ahead", header: { "t=\(now + 301),v1=\(signature($0, at: now + 301))" },
            code: .fromTheFuture),
        SignatureRow(name: "missing", header: { _ in nil }, code: .signatureMissing),
        SignatureRow(name: "empty", header: { _ in "" }, code: .signatureMalformed),
        SignatureRow(
            name: "no time", header: { "v1=\(signature($0))" }, code: .signatureMalformed),
        SignatureRow(
            name: "no v1", header: { "t=\(now),v0=\(signature($0))" }, code: .signatureMalformed),
        SignatureRow(
            name: "not hex", header: { _ in "t=\(now),v1=\(String(repeating: "g", count: 64))" },
            code: .signatureMalformed),
        SignatureRow(
            name: "short", header: { "t=\(now),v1=\(signature($0).dropLast())" },
            code: .signatureMalformed),
        SignatureRow(
            name: "a time beyond all numbers",
            header: { "t=99999999999999999999,v1=\(signature($0))" }, code: .signatureMalformed),
        SignatureRow(
            name: "of another body", header: { "t=\(now),v1=\(signature($0 + " "))" },
            code: .signatureMismatch),
        SignatureRow(
            name: "of another time", header: { "t=\(now),v1=\(signature($0, at: now - 1))" },
            code: .signatureMismatch),
        SignatureRow(
            name: "under another secret",
            header: { "t=\(now),v1=\(signature($0, secret: "whsec_other"))" },
            code: .signatureMismatch),
        SignatureRow(
            name: "no secret configured", header: { "t=\(now),v1=\(signature($0))" },
            code: .noSecret, secrets: []),
        SignatureRow(
            name: "an empty secret is none", header: { "t=\(now),v1=\(signature($0, secret: ""))" },
            code: .signatureMismatch, secrets: ["", "whsec_secret"]),
    ]

    struct BodyRow: Sendable, CustomTestStringConvertible {
        var body: String
        var place: String
        var testDescription: String { self.body }
    }

    @Test(
        "are refused with the place that is wrong",
        arguments: [
            BodyRow(body: "[]", place: "the top"),
            BodyRow(body: "{}", place: "`type`"),
            BodyRow(body: #"{"type":"x"}"#, place: "`data.object`"),
            BodyRow(body: #"{"type":"x","data":{"object":"in_1"}}"#, place: "`data.object`"),
            BodyRow(body: #"{"type":"x","data":{"object":{}}}"#, place: "`created`"),
        ])
    func malformed(_ row: BodyRow) async throws {
        let header = "t=\(Self.now),v1=\(Self.signature(row.body))"
        let error = await #expect(throws: StripeWebhookError.self) {
            _ = try await Self.receive(row.body, signature: header)
        }
        #expect(error?.code == .malformed)
        #expect(error?.place == row.place)
    }

    @Test("that are no JSON, too deep or too large are refused")
    func hostile() async throws {
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        for body in ["", "{", "\u{0}", "{\"a\":}", deep] {
            let header = "t=\(Self.now),v1=\(Self.signature(body))"
            let error = await #expect(throws: StripeWebhookError.self) {
                _ = try await Self.receive(body, signature: header)
            }
            #expect(error?.code == .malformed)
        }
        let large = String(repeating: " ", count: StripeSettings.eventBytesMax + 1)
        let error = await #expect(throws: StripeWebhookError.self) {
            _ = try await Self.receive(large, signature: "t=1,v1=x")
        }
        #expect(error?.code == .tooLarge)
    }
}
