import AsyncHTTPClient
package import DunlinCore
package import DunlinPorts
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Tells merchants' apps what happened, by signed webhooks as the Standard Webhooks specification
/// says (<https://www.standardwebhooks.com>).
///
/// Outcomes: `done` for any 2xx; `refused(http-410)` when the endpoint says that it is gone;
/// `failed(…)` after the tries, or at once while the endpoint is parked. A redirect is not
/// followed. The id is the same in every try, so the app can drop repeats.
package final class WebhookAnnouncer: Announcer {
    /// Most bytes of an answer that are read, to keep the connection; the rest is not awaited.
    static let answerBytesMax = 64 * 1024

    private let settings: WebhookSettings
    private let secrets: [String: [WebhookSecret]]
    private let client: HTTPClient
    private let backoff: Backoff
    private let clocks: Clocks
    private let circuits: Mutex<[String: EndpointCircuit]>

    /// Real time, in two forms.
    struct Clocks: Sendable {
        /// Seconds since 1970, for the signature's age.
        var unixSeconds: @Sendable () -> Int64
        /// Counts on, for parking.
        var monotonicMs: @Sendable () -> Int64

        static let real = Clocks(
            unixSeconds: { Int64(Date().timeIntervalSince1970) },
            monotonicMs: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) })
    }

    /// What an operator sees of one endpoint.
    package struct EndpointState: Sendable, Equatable {
        package var tenant: String
        /// Announcements given up since the last that was delivered.
        package var failures: Int
        package var isParked: Bool
    }

    /// Throws ``WebhookSettingsError`` with everything that is wrong.
    package convenience init(settings: WebhookSettings) throws(WebhookSettingsError) {
        try self.init(settings: settings, backoff: Backoff(firstMs: 500, longestMs: 10_000))
    }

    init(
        settings: WebhookSettings, backoff: Backoff, clocks: Clocks = .real
    ) throws(WebhookSettingsError) {
        let problems = settings.problems()
        guard problems.isEmpty else { throw WebhookSettingsError(problems: problems) }
        self.settings = settings
        self.secrets = settings.endpoints.mapValues { $0.secrets.compactMap(WebhookSecret.init) }
        self.backoff = backoff
        self.clocks = clocks
        self.circuits = Mutex([:])
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .milliseconds(min(settings.timeoutMs, 5000))
        configuration.timeout.read = .milliseconds(settings.timeoutMs)
        self.client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends the connections. Announcements that are under way fail.
    package func shutdown() async {
        try? await self.client.shutdown()
    }

    /// By tenant, in their order; endpoints that were never used are left out.
    package func states() -> [EndpointState] {
        let now = self.clocks.monotonicMs()
        return self.circuits.withLock { circuits in
            circuits.keys.sorted().map { tenant in
                EndpointState(
                    tenant: tenant, failures: circuits[tenant]?.failures ?? 0,
                    isParked: (circuits[tenant]?.parkedUntilMs ?? .min) > now)
            }
        }
    }

    package func announce(_ announcement: Announcement) async -> EffectOutcome {
        guard let payload = try? WebhookPayload(announcement).bytes() else {
            return .failed(reason: "not-encodable")
        }
        return await self.deliver(
            payload, id: WebhookPayload.id(announcement), of: announcement.account,
            announcement.position)
    }

    /// Posts a payload about an account to its tenant's endpoint, until it was taken or given up.
    func deliver(
        _ payload: [UInt8], id: String, of account: EntityKey, _ position: RecordPosition
    ) async -> EffectOutcome {
        let tenant = account.tenant
        guard let endpoint = self.settings.endpoints[tenant] else {
            return .refused(reason: "no-endpoint")
        }
        let admission = self.circuit(of: tenant) { [clocks] in
            $0.admit(nowMs: clocks.monotonicMs())
        }
        let triesMax: Int
        switch admission {
        case .parked: return .failed(reason: "endpoint-parked")
        case .probe: triesMax = 1
        case .send: triesMax = self.settings.triesMax
        }
        let seed = Backoff.seed(account: account, effect: position)
        var tries = 0
        while true {
            let answer = await self.post(payload, id: id, to: endpoint.url, tenant: tenant)
            tries += 1
            if case .status(let status, _) = answer, (200...299).contains(status) {
                self.circuit(of: tenant) { $0.answered() }
                return .done(reference: id)
            }
            if answer.isGone {
                self.circuit(of: tenant) { $0.answered() }
                return .refused(reason: answer.reason)
            }
            let wait = max(self.backoff.delayMs(afterTries: tries, seed: seed), answer.retryAfterMs)
            guard tries < triesMax, await self.pause(min(wait, self.backoff.longestMs)) else {
                self.circuit(of: tenant) { [clocks] in $0.gaveUp(nowMs: clocks.monotonicMs()) }
                return .failed(reason: answer.reason)
            }
        }
    }

    private func pause(_ ms: Int64) async -> Bool {
        do {
            try await self.backoff.pause(ms)
            return true
        } catch {
            return false
        }
    }

    @discardableResult
    private func circuit<Answer: Sendable>(
        of tenant: String, _ body: (inout EndpointCircuit) -> Answer
    ) -> Answer {
        self.circuits.withLock { circuits in
            body(
                &circuits[
                    tenant,
                    default: EndpointCircuit(
                        failuresBeforeParking: self.settings.failuresBeforeParking,
                        parkedMs: self.settings.parkedMs, parkedMsMax: self.settings.parkedMsMax)])
        }
    }

    private func post(
        _ payload: [UInt8], id: String, to url: String, tenant: String
    ) async -> WebhookAnswer {
        let seconds = self.clocks.unixSeconds()
        let signatures = self.secrets[tenant, default: []].map {
            $0.signature(id: id, timestampSeconds: seconds, payload: payload)
        }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json", "user-agent": "Dunlin",
            "webhook-id": id, "webhook-timestamp": "\(seconds)",
            "webhook-signature": signatures.joined(separator: " "),
        ]
        request.body = .bytes(ByteBuffer(bytes: payload))
        let deadline = NIODeadline.now() + .milliseconds(self.settings.timeoutMs)
        do {
            let response = try await self.client.execute(request, deadline: deadline)
            await self.discard(response.body, until: deadline)
            return .status(
                Int(response.status.code),
                retryAfterMs: WebhookAnswer.retryAfterMs(response.headers))
        } catch let error as HTTPClientError
            where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout
        {
            return .nothing(reason: "timeout")
        } catch {
            return .nothing(reason: "unreachable")
        }
    }

    /// Reads a short answer to its end, so that the connection can be used again.
    private func discard(_ body: HTTPClientResponse.Body, until deadline: NIODeadline) async {
        var length = 0
        do {
            for try await part in body {
                length += part.readableBytes
                if length > Self.answerBytesMax || NIODeadline.now() >= deadline { return }
            }
        } catch {
            // The status was read, and nothing else of the answer matters.
        }
    }
}

/// What came back from one try.
private enum WebhookAnswer {
    case status(Int, retryAfterMs: Int64)
    case nothing(reason: String)

    var isGone: Bool {
        if case .status(410, _) = self { return true }
        return false
    }

    var reason: String {
        switch self {
        case .status(let status, _): "http-\(status)"
        case .nothing(let reason): reason
        }
    }

    var retryAfterMs: Int64 {
        if case .status(_, let retryAfterMs) = self { return retryAfterMs }
        return 0
    }

    /// `Retry-After` in seconds, at most an hour; its form with a date is not looked at.
    static func retryAfterMs(_ headers: HTTPHeaders) -> Int64 {
        guard let text = headers.first(name: "retry-after"), let seconds = UInt16(text) else {
            return 0
        }
        return Int64(min(seconds, 3600)) * 1000
    }
}
