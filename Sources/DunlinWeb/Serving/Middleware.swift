import DunlinPorts
import Hummingbird
import Logging
import Metrics
import Synchronization

/// The rest of the way. Hummingbird calls it on the global executor.
typealias NextHandler = @concurrent (Request, WebContext) async throws -> Response

/// Turns every error into a problem, and counts and times every answer by its route.
///
/// Ids never reach a label or a log: routes are named by their patterns.
struct AnswerMiddleware: RouterMiddleware {
    let methods: PathMethods

    func handle(
        _ request: Request, context: WebContext,
        next: NextHandler
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = self.problem(for: error, request, context: context).response
        }
        let route = context.endpointPath ?? "unknown"
        let dimensions = [
            ("method", request.method.rawValue.count > 7 ? "other" : request.method.rawValue),
            ("route", route), ("status", "\(response.status.code)"),
        ]
        Counter(label: "dunlin_http_requests_total", dimensions: dimensions).increment()
        Timer(label: "dunlin_http_request_seconds", dimensions: [("route", route)])
            .record(duration: clock.now - start)
        return response
    }

    private func problem(
        for error: any Error, _ request: Request, context: WebContext
    ) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as NodeError:
            if error.code == .internalError {
                context.logger.error("a request failed", metadata: ["code": "\(error.code)"])
            }
            return Problem(error)
        case let error as HTTPError where error.status == .notFound:
            let methods = self.methods.methods(of: request.uri.path)
            return methods.isEmpty ? .notFound : .methodNotAllowed(methods)
        case let error as any HTTPResponseError:
            return Problem(
                error.status, "http", title: error.status.reasonPhrase,
                detail: "The request could not be taken; check its method, path and body.")
        case is CancellationError:
            return Problem(
                NodeError(.unavailable, "The node is stopping; send the request again."))
        default:
            context.logger.error(
                "a request failed", metadata: ["error": "\(type(of: error))"])
            return Problem(
                NodeError(.internalError, "Something unforeseen happened; see the node's log."))
        }
    }
}

/// Refuses what is past the limits before any work is done.
struct LimitsMiddleware: RouterMiddleware {
    let limits: WebLimits
    let inFlight: RequestsInFlight

    func handle(
        _ request: Request, context: WebContext,
        next: NextHandler
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= self.limits.targetBytesMax else {
            throw Problem(
                .uriTooLong, "target-too-long", title: "Address too long",
                detail: "The address is longer than \(self.limits.targetBytesMax) bytes.")
        }
        guard request.uri.path != "/healthz" else { return try await next(request, context) }
        guard self.inFlight.enter(max: self.limits.requestsInFlightMax) else {
            throw Problem(
                .serviceUnavailable, "too-many-requests", title: "Too many requests at once",
                detail: "More than \(self.limits.requestsInFlightMax) requests are at work; "
                    + "try again in a moment.", retryAfter: 1)
        }
        defer { self.inFlight.leave() }
        return try await next(request, context)
    }
}

/// How many requests are at work.
final class RequestsInFlight: Sendable {
    private let count = Atomic<Int>(0)

    func enter(max: Int) -> Bool {
        guard self.count.add(1, ordering: .relaxed).newValue <= max else {
            self.leave()
            return false
        }
        return true
    }

    func leave() {
        self.count.subtract(1, ordering: .relaxed)
    }
}

/// Refuses what a web page of somebody else makes a browser send: other people's pages may post to
/// a listener on loopback, too.
struct BrowserMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext,
        next: NextHandler
    ) async throws -> Response {
        if let origin = request.headers[.origin] {
            let host = request.head.authority ?? ""
            guard origin == "http://\(host)" || origin == "https://\(host)" else {
                throw Problem(
                    .forbidden, "foreign-origin", title: "Not allowed",
                    detail: "A page of another origin may not use this API; call it from a server."
                )
            }
        }
        return try await next(request, context)
    }
}

/// Finds out who speaks.
struct CallerMiddleware: RouterMiddleware {
    let keys: APIKeys

    func handle(
        _ request: Request, context: WebContext,
        next: NextHandler
    ) async throws -> Response {
        guard let caller = self.keys.caller(authorization: request.headers[.authorization]) else {
            throw Problem.unauthorized
        }
        var context = context
        context.caller = caller
        return try await next(request, context)
    }
}
