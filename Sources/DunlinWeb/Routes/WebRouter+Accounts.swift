import DunlinCore
import DunlinPorts
import Hummingbird

extension WebRouter {
    /// The account that the path names, within the caller's own tenant: an id of another tenant is
    /// not found.
    func key(
        _ context: WebContext, holding role: APIKeys.Roles
    ) throws(Problem) -> EntityKey {
        EntityKey(
            tenant: try context.tenant(holding: role), kind: .account,
            key: try context.id("account"))
    }

    private func view(_ key: EntityKey) async throws -> AccountView? {
        let views = try await self.node.accounts([key])
        return views.first ?? nil
    }

    /// `GET /v1/accounts/{account}`.
    func accountAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .read)
        guard let view = try await self.view(key) else { throw Problem.accountNotFound }
        return Self.json(.ok, view.json)
    }

    /// `GET /v1/accounts/{account}/timeline?limit=N`, the newest N records, oldest first.
    func timelineAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .read)
        let limit = try request.limit(
            default: 1_000, max: self.settings.limits.timelineRecordsMax)
        guard let timeline = try await self.node.timeline(key, limit: limit) else {
            throw Problem.accountNotFound
        }
        return Self.json(.ok, timeline.json)
    }

    /// `GET /v1/accounts/{account}/access[?subscription=ID]`.
    ///
    /// Whoever was never heard of has full access: the 404 says so in its member `access`.
    func accessAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .read)
        guard let view = try await self.view(key) else {
            throw Problem.accountNotFound.with("access", .string(AccessState.full.name))
        }
        let subscription = request.uri.queryParameters.get("subscription")
        return Self.json(.ok, view.accessJSON(subscription: subscription))
    }

    /// `POST /v1/accounts/{account}/cases/{case}/{verb}`; the case `all` means every open one.
    func operateAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .operate)
        guard let word = context.parameters.get("verb"),
            let verb = OperatorRequest.Verb(name: word), verb != .erase
        else {
            let names = OperatorRequest.Verb.ofCases.map(\.name).joined(separator: ", ")
            throw Problem(
                .notFound, "unknown-verb", title: "No such verb",
                detail: "The last part of the path is one of \(names).")
        }
        let number = context.parameters.get("case") ?? ""
        guard let caseNumber = number == "all" ? 0 : UInt32(number) else {
            throw Problem.badRequest("A case is named by its number, or all.")
        }
        let asked = OperatorRequest(verb: verb, caseNumber: caseNumber)
        guard let answer = try await self.node.operate(key, asked) else {
            throw Problem.accountNotFound
        }
        guard case .refused(let reason) = answer else { return Self.json(.ok, answer.json) }
        if reason == .noSuchCase {
            throw Problem(
                .notFound, "case-not-found", title: "No such case",
                detail: "The account has no case of that number.")
        }
        throw Problem(
            .conflict, "refused", title: "Refused",
            detail: "The case cannot do this in its present state."
        )
        .with("reason", .string(reason.name))
    }
}

extension OperatorRequest.Verb {
    /// As paths and commands spell it: `attempt-now`.
    package var name: String {
        switch self {
        case .pause: "pause"
        case .resume: "resume"
        case .attemptNow: "attempt-now"
        case .cancel: "cancel"
        case .writeOff: "write-off"
        case .confirmCharged: "confirm-charged"
        case .confirmNotCharged: "confirm-not-charged"
        case .erase: "erase"
        }
    }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

extension Request {
    /// The query's `limit`, 1 to `max`.
    func limit(default standard: Int, max: Int) throws(Problem) -> Int {
        guard let text = self.uri.queryParameters.get("limit") else { return standard }
        guard let limit = Int(text), (1...max).contains(limit) else {
            throw .badRequest("limit is a whole number from 1 to \(max).")
        }
        return limit
    }
}
