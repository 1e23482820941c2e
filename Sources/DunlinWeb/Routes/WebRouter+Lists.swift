import DunlinCore
import DunlinPorts
import Hummingbird

extension WebRouter {
    /// `GET /v1/cases?phase=…&flag=…&limit=…&after=…`, of the caller's tenant.
    func casesAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        var query = CaseQuery(tenant: try context.tenant(holding: .read))
        query.limit = try request.limit(default: 100, max: 1_000)
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "phase": query.phases += try Self.phases(value)
            case "flag": query.flags.formUnion(try Self.flags(value))
            case "after":
                guard let cursor = CaseQuery.Cursor(text: String(value)),
                    cursor.key.tenant == query.tenant
                else {
                    throw Problem.badRequest(
                        "after is the `next` of an earlier answer; leave it out for the first page."
                    )
                }
                query.after = cursor
            default: continue
            }
        }
        let page = try await self.node.cases(query)
        return Self.json(.ok, page.json(limit: query.limit))
    }

    private static func phases(_ names: Substring) throws(Problem) -> [CasePhase] {
        var phases: [CasePhase] = []
        for name in names.split(separator: ",") {
            guard let phase = CasePhase(name: String(name)) else {
                let known = CasePhase.allCases.map(\.name).joined(separator: ", ")
                throw .badRequest("phase is one or more, with commas, of \(known).")
            }
            phases.append(phase)
        }
        return phases
    }

    private static func flags(_ names: Substring) throws(Problem) -> DunningCase.Flags {
        var flags: DunningCase.Flags = []
        for name in names.split(separator: ",") {
            guard let flag = DunningCase.Flags(name: String(name)) else {
                let known = DunningCase.Flags.allNames.joined(separator: ", ")
                throw .badRequest("flag is one or more, with commas, of \(known).")
            }
            flags.formUnion(flag)
        }
        return flags
    }

    /// `GET /v1/report?since=2026-01-01T00:00:00Z&by=day`, of the caller's tenant.
    func reportAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let tenant = try context.tenant(holding: .read)
        var since = Timestamp(ms: 0)
        if let text = request.uri.queryParameters.get("since") {
            guard let instant = Timestamp(iso8601: text) else {
                throw Problem.badRequest("since is a time, 2026-01-01T00:00:00Z for example.")
            }
            since = instant
        }
        var query = ReportQuery(since: since, tenant: tenant)
        if let text = request.uri.queryParameters.get("by") {
            guard let dimension = ReportDimension(name: String(text)) else {
                let known = ReportDimension.allCases.map(\.name).joined(separator: ", ")
                throw Problem.badRequest("by is one of \(known).")
            }
            query.dimension = dimension
        }
        return Self.json(.ok, try await self.node.report(query).json)
    }

    /// `GET /metrics`.
    func metricsAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try context.tenant(holding: .metrics)
        return Self.answer(
            .ok, type: PrometheusRegistry.contentType, bytes: self.metrics.exposition())
    }
}
