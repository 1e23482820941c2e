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

    /// `GET /v1/accounts/{account}/explain`: why each thing planned comes when it comes.
    func explainAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let key = try self.key(context, holding: .read)
        guard let reasons = try await self.node.explain(key) else {
            throw Problem.accountNotFound
        }
        return Self.json(.ok, reasons.json)
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
        let asked = try Self.asked(verb, caseNumber, request)
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
            detail: "Nothing was changed: \(reason.words)."
        )
        .with("reason", .string(reason.name))
    }
}

extension WebRouter {
    /// `?until=` of a snooze, `?policy=` of a migration, `?pay_at=` and `?amount_minor=` of a
    /// promise.
    private static func asked(
        _ verb: OperatorRequest.Verb, _ caseNumber: UInt32, _ request: Request
    ) throws(Problem) -> OperatorRequest {
        func instant(_ name: String) throws(Problem) -> Timestamp {
            guard let text = request.uri.queryParameters.get(name),
                let instant = Timestamp(iso8601: text)
            else { throw .badRequest("?\(name)= is a time such as 2026-01-01T00:00:00Z.") }
            return instant
        }
        var asked = OperatorRequest(verb: verb, caseNumber: caseNumber)
        switch verb {
        case .snooze: asked.until = try instant("until")
        case .promise:
            let amount = request.uri.queryParameters.get("amount_minor") ?? "0"
            guard let amountMinor = Int64(amount), amountMinor >= 0 else {
                throw .badRequest("amount_minor is a whole number.")
            }
            asked.parts = [AgreedPart(at: try instant("pay_at"), amountMinor: amountMinor)]
        case .migrate:
            guard let name = request.uri.queryParameters.get("policy"),
                let target = PolicyReference(name)
            else { throw .badRequest("?policy= is a policy's name, or NAME@BUNDLE.") }
            asked.policy = target.policy
            asked.bundle = target.bundle
        default: break
        }
        return asked
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
        case .snooze: "snooze"
        case .promise: "promise"
        case .migrate: "migrate"
        case .unfreeze: "unfreeze"
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
