package import DunlinPorts
package import Hummingbird

/// All addresses that the listener answers, over one node.
package struct WebRouter: Sendable {
    let node: any NodeService
    let settings: WebSettings
    let health: @Sendable () async -> Health
    /// By the path's word: `stripe`.
    let webhooks: [String: any WebhookIntake]
    let metrics: PrometheusRegistry

    package init(
        node: any NodeService, settings: WebSettings,
        health: @escaping @Sendable () async -> Health,
        webhooks: [String: any WebhookIntake] = [:], metrics: PrometheusRegistry
    ) {
        self.node = node
        self.settings = settings
        self.health = health
        self.webhooks = webhooks
        self.metrics = metrics
    }

    typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    package func buildRouter() -> Router<WebContext> {
        let limits = self.settings.limits
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: AnswerMiddleware())
        router.add(middleware: LimitsMiddleware(limits: limits, inFlight: RequestsInFlight()))
        router.add(middleware: BrowserMiddleware())
        let answer = self.healthAnswer
        router.get("/healthz") { _, _ in await answer() }
        let webhook = self.timed(self.webhookAnswer)
        router.post("/webhooks/{source}", use: webhook)
        router.post("/webhooks/{source}/{tenant}", use: webhook)

        let known = router.group("").add(middleware: CallerMiddleware(keys: self.settings.keys))
        known.get("/metrics", use: self.timed(self.metricsAnswer))
        known.post("/v1/events", use: self.timed(self.eventsAnswer))
        known.get("/v1/accounts/{account}", use: self.timed(self.accountAnswer))
        known.get("/v1/accounts/{account}/timeline", use: self.timed(self.timelineAnswer))
        known.get("/v1/accounts/{account}/access", use: self.timed(self.accessAnswer))
        known.post(
            "/v1/accounts/{account}/cases/{case}/{verb}", use: self.timed(self.operateAnswer))
        known.get("/v1/cases", use: self.timed(self.casesAnswer))
        known.get("/v1/report", use: self.timed(self.reportAnswer))
        return router
    }

    private func timed(_ handler: @escaping Handler) -> Handler {
        let timeout = self.settings.limits.requestTimeout
        return { request, context in
            try await withDeadline(timeout) { try await handler(request, context) }
        }
    }

    // MARK: Open to everybody

    private func healthAnswer() async -> Response {
        let health = await self.health()
        guard health != .ready else { return Self.json(.ok, health.json) }
        var response = Self.json(.serviceUnavailable, health.json)
        response.headers[.retryAfter] = "1"
        return response
    }

    static func json(_ status: HTTPResponse.Status, _ value: JSONValue) -> Response {
        Self.answer(status, type: "application/json", bytes: value.compactBytes)
    }

    static func answer(
        _ status: HTTPResponse.Status, type: String, bytes: [UInt8]
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The whole body, or the problem that it is too large.
    static func body(of request: Request, bytesMax: Int) async throws -> [UInt8] {
        if let declared = request.headers[.contentLength].flatMap(Int.init), declared > bytesMax {
            throw Problem.tooLarge(bytesMax: bytesMax)
        }
        do {
            let buffer = try await request.body.collect(upTo: bytesMax)
            return Array(buffer.readableBytesView)
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
            throw Problem.tooLarge(bytesMax: bytesMax)
        }
    }
}
