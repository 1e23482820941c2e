import DunlinPorts
package import Hummingbird

/// An answer that is no success, as RFC 9457 problem details.
package struct Problem: HTTPResponseError {
    package var status: HTTPResponse.Status
    /// The last part of `type`: `urn:dunlin:problem:` and this. Never changes its meaning.
    package var name: String
    package var title: String
    /// What was wrong here, and what to do.
    package var detail: String
    /// Members beside the standard ones: `errors`, `results`, ….
    package var members: [JSONValue.Member] = []
    /// Seconds after which another try is of use; `nil` when none is.
    package var retryAfter: Int?
    /// What a wrong method could have been, for the header `Allow`; empty otherwise.
    package var allowed: [HTTPRequest.Method] = []

    package init(
        _ status: HTTPResponse.Status, _ name: String, title: String, detail: String,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// This problem with one more member; one that is `nil` is left out.
    package func with(_ name: String, _ value: JSONValue?) -> Problem {
        guard let value else { return self }
        var problem = self
        problem.members.append(JSONValue.Member(name: name, value: value))
        return problem
    }

    package var json: JSONValue {
        let standard: [JSONValue.Member] = [
            .init(name: "type", value: .string("urn:dunlin:problem:\(self.name)")),
            .init(name: "title", value: .string(self.title)),
            .init(name: "status", value: .integer(self.status.code)),
            .init(name: "detail", value: .string(self.detail)),
        ]
        return .object(standard + self.members)
    }

    package var response: Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        if let retryAfter = self.retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        if !self.allowed.isEmpty {
            headers[.allow] = self.allowed.map(\.rawValue).joined(separator: ", ")
        }
        if self.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: self.status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.json.compactBytes)))
    }

    package func response(
        from request: Request, context: some RequestContext
    ) throws -> Response {
        self.response
    }
}

extension Problem {
    static let notFound = Problem(
        .notFound, "not-found", title: "Not found",
        detail: "There is nothing at this address; check the path.")

    static func methodNotAllowed(_ methods: [HTTPRequest.Method]) -> Problem {
        let names = methods.map(\.rawValue).joined(separator: " or ")
        var problem = Problem(
            .methodNotAllowed, "method-not-allowed", title: "Method not allowed",
            detail: "This address takes \(names) only.")
        problem.allowed = methods
        return problem
    }

    static let accountNotFound = Problem(
        .notFound, "account-not-found", title: "No such account",
        detail: "This tenant has no account of that id that was ever heard of. Check the id and "
            + "the API key's tenant.")

    static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, "bad-request", title: "Bad request", detail: detail)
    }

    static func tooLarge(bytesMax: Int) -> Problem {
        Problem(
            .contentTooLarge, "body-too-large", title: "Body too large",
            detail: "The body is larger than \(bytesMax) bytes; send it in smaller parts.")
    }

    /// What a node's refusal means in HTTP.
    init(_ error: NodeError) {
        let detail = error.message
        switch error.code {
        case .invalid:
            self.init(.badRequest, "invalid", title: "Invalid request", detail: detail)
        case .notFound:
            self.init(.notFound, "not-found", title: "Not found", detail: detail)
        case .denied:
            self.init(.forbidden, "denied", title: "Not allowed", detail: detail)
        case .overloaded:
            self.init(
                .tooManyRequests, "overloaded", title: "Too much at once", detail: detail,
                retryAfter: 1)
        case .storage:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "storage",
                title: "The node cannot write", detail: detail, retryAfter: 30)
        case .unknownOutcome:
            self.init(
                .gatewayTimeout, "unknown-outcome", title: "Outcome unknown", detail: detail,
                retryAfter: 1)
        case .unavailable, .notPrimary:
            self.init(
                .serviceUnavailable, "unavailable", title: "Not available now", detail: detail,
                retryAfter: 2)
        case .failedPrecondition:
            self.init(
                .conflict, "failed-precondition", title: "Not possible in this state",
                detail: detail)
        case .deadlineExceeded:
            self.init(
                .gatewayTimeout, "deadline-exceeded", title: "Took too long", detail: detail,
                retryAfter: 1)
        case .internalError:
            self.init(
                .internalServerError, "internal", title: "A fault of ours", detail: detail)
        }
    }
}
