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

    /// What is answered where. Those of ``known`` want an API key, once there are any.
    private var open: [(HTTPRequest.Method, String, Handler)] {
        let answer = self.healthAnswer
        let webhook = self.timed(self.webhookAnswer)
        return [
            (.get, "/healthz", { _, _ in await answer() }),
            (.post, "/webhooks/{source}", webhook),
            (.post, "/webhooks/{source}/{tenant}", webhook),
        ]
    }

    private var known: [(HTTPRequest.Method, String, Handler)] {
        [
            (.get, "/metrics", self.timed(self.metricsAnswer)),
            (.post, "/v1/events", self.timed(self.eventsAnswer)),
            (.get, "/v1/accounts/{account}", self.timed(self.accountAnswer)),
            (.get, "/v1/accounts/{account}/timeline", self.timed(self.timelineAnswer)),
            (.get, "/v1/accounts/{account}/explain", self.timed(self.explainAnswer)),
            (.get, "/v1/accounts/{account}/access", self.timed(self.accessAnswer)),
            (.get, "/v1/accounts/{account}/export", self.timed(self.exportAnswer)),
            (.post, "/v1/accounts/{account}/erase", self.timed(self.eraseAnswer)),
            (
                .post, "/v1/accounts/{account}/cases/{case}/{verb}",
                self.timed(self.operateAnswer)
            ),
            (.get, "/v1/cases", self.timed(self.casesAnswer)),
            (.get, "/v1/report", self.timed(self.reportAnswer)),
        ]
    }

    package func buildRouter() -> Router<WebContext> {
        let limits = self.settings.limits
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        let (open, known) = (self.open, self.known)
        let methods = PathMethods((open + known).map { ($0.0, $0.1) })
        router.add(middleware: AnswerMiddleware(methods: methods))
        router.add(middleware: LimitsMiddleware(limits: limits, inFlight: RequestsInFlight()))
        router.add(middleware: BrowserMiddleware())
        for (method, path, handler) in open {
            router.on(RouterPath(path), method: method, use: handler)
        }
        let group = router.group("").add(middleware: CallerMiddleware(keys: self.settings.keys))
        for (method, path, handler) in known {
            group.on(RouterPath(path), method: method, use: handler)
        }
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
