package import AsyncHTTPClient
import DunlinCore
import Foundation
package import Logging
import NIOCore
import NIOHTTP1

/// Speaks HTTP with Stripe: one call, one whole answer or one honest error, within one deadline.
///
/// The HTTP client is shared and given from outside, made with ``httpConfiguration``.
package struct StripeClient: Sendable {
    package let settings: StripeSettings
    private let http: HTTPClient
    let logger: Logger

    /// What the shared HTTP client should be made with: no redirects, which would send a payment
    /// elsewhere, and no second try to connect, since our own caller decides about that.
    package static var httpConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    package init(settings: StripeSettings, http: HTTPClient, logger: Logger) {
        self.settings = settings
        self.http = http
        self.logger = logger
    }

    /// A GET is repeated once when the connection broke: pooled connections are closed by the
    /// other side at any time. Nothing else is ever repeated here.
    func call(_ request: StripeRequest) async throws(StripeCallError) -> StripeAnswer {
        do {
            return try await self.callOnce(request)
        } catch {
            guard request.method == .get, !Task.isCancelled else { throw error }
            return try await self.callOnce(request)
        }
    }

    func get(
        _ purpose: String, _ path: [String], _ fields: [(name: String, value: String)] = []
    ) async throws(StripeCallError) -> StripeAnswer {
        try await self.call(
            StripeRequest(purpose: purpose, method: .get, path: path, fields: fields))
    }

    private func callOnce(_ request: StripeRequest) async throws(StripeCallError) -> StripeAnswer {
        let body = StripeWatchedBody(request.form)
        let allowed = TimeAmount.milliseconds(self.settings.timeoutMs)
        let outcome: Result<StripeAnswer, any Error>? = await withTaskGroup { group in
            // The client's own deadline ends with the head; this one also ends a stuck body.
            let alarm = self.http.eventLoopGroup.any().scheduleTask(in: allowed) {}
            group.addTask { () -> Result<StripeAnswer, any Error>? in
                try? await alarm.futureResult.get()
                return nil
            }
            group.addTask { () -> Result<StripeAnswer, any Error>? in
                do {
                    return .success(try await self.exchange(request, body, .now() + allowed))
                } catch {
                    return .failure(error)
                }
            }
            let first = await group.next() ?? nil
            alarm.cancel()
            group.cancelAll()
            return first
        }
        if case .success(let answer)? = outcome { return answer }
        let isUnsent = request.method == .post && !body.watch.wasAsked
        self.logger.notice(
            "Stripe did not answer",
            metadata: [
                "call": "\(request.purpose)", "sent": "\(!isUnsent)",
                "reason": "\(Self.reason(outcome))",
            ])
        throw isUnsent ? .notSent : .lost
    }

    private func exchange(
        _ request: StripeRequest, _ body: StripeWatchedBody, _ deadline: NIODeadline
    ) async throws -> StripeAnswer {
        var outgoing = HTTPClientRequest(url: self.settings.apiBase + request.target)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        outgoing.headers.add(
            name: "Authorization", value: "Bearer \(self.settings.apiKey.text)")
        outgoing.headers.add(name: "User-Agent", value: "dunlin")
        if !self.settings.apiVersion.isEmpty {
            outgoing.headers.add(name: "Stripe-Version", value: self.settings.apiVersion)
        }
        if let key = request.idempotencyKey {
            outgoing.headers.add(name: "Idempotency-Key", value: key)
        }
        if request.method == .post {
            outgoing.headers.add(
                name: "Content-Type", value: "application/x-www-form-urlencoded")
            outgoing.body = .stream(body, length: .known(Int64(body.bytes.readableBytes)))
        }
        let response = try await self.http.execute(outgoing, deadline: deadline)
        let bytes = try await response.body.collect(upTo: StripeSettings.answerBytesMax)
        let parsed = try? StripeJSON(parsing: Array(bytes.readableBytesView))
        let date = response.headers.first(name: "date")
        return StripeAnswer(
            status: Int(response.status.code), body: parsed ?? .null,
            serverSeconds: date.flatMap { StripeAnswer.seconds(httpDate: $0) },
            isReplayed: response.headers.first(name: "idempotent-replayed") == "true")
    }

    /// A short word for logs, without addresses.
    private static func reason(_ outcome: Result<StripeAnswer, any Error>?) -> String {
        switch outcome {
        case nil: "deadline"
        case .failure(let error as HTTPClientError): error.shortDescription
        case .failure(let error): String(describing: type(of: error))
        case .success: "none"
        }
    }

    /// Real time, in seconds since 1970: for signatures and for the age of keys at the other side.
    static func realSeconds() -> Int64 { Int64(Date().timeIntervalSince1970) }
}
