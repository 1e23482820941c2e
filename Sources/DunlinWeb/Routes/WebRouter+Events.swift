import DunlinCore
import DunlinPorts
import Hummingbird

extension WebRouter {
    /// `POST /v1/events`.
    ///
    /// 202: all are durable, repeated or of no consequence. 422: at least one can never be taken;
    /// the others are durable. 503: at least one was not taken this time; sending all again is
    /// safe. There is a result for every index in each of the three.
    func eventsAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        let tenant = try context.tenant(holding: .events)
        let body = try await Self.body(of: request, bytesMax: self.settings.limits.bodyBytesMax)
        let reader = EventJSON(
            tenant: tenant, rules: self.settings.eventRules[tenant] ?? EventRules())
        let batch: EventBatch
        do {
            batch = try reader.read(body)
        } catch {
            throw Problem(error)
        }
        var answer = EventsAnswer(batch)
        let events = answer.events
        // A request whose events are all bad has nothing for the node.
        let results = events.isEmpty ? [] : try await self.node.intake(events)
        guard results.count == events.count else {
            throw NodeError(.internalError, "The node gave another number of results than events.")
        }
        answer.take(results)
        return answer.response
    }
}

extension Problem {
    init(_ error: EventBodyError) {
        switch error {
        case .syntax(let syntax):
            self.init(
                .badRequest, "malformed-json", title: "Not JSON", detail: error.description)
            self.members = [.init(name: "offset", value: .integer(syntax.offset))]
        case .shape:
            self.init(
                .unprocessableContent, "no-events", title: "No events", detail: error.description)
        case .tooMany:
            self.init(
                .contentTooLarge, "too-many-events", title: "Too many events",
                detail: error.description)
        }
    }
}

/// Puts the node's results beside what the reader refused, index by index.
struct EventsAnswer {
    private let batch: EventBatch
    private var results: [JSONValue] = []
    private var problems: [EventProblem] = []
    private var counts: [(status: String, count: Int)] = []

    init(_ batch: EventBatch) {
        self.batch = batch
        self.counts = ["accepted", "repeated", "ignored", "refused", "retry"].map { ($0, 0) }
    }

    /// Those that were read well, in order.
    var events: [IntakeEvent] {
        self.batch.items.compactMap {
            guard case .event(let event) = $0.content else { return nil }
            return event
        }
    }

    /// `results`: The node's, one for each of ``events``.
    mutating func take(_ results: [IntakeResult]) {
        var rest = results[...]
        for (index, item) in self.batch.items.enumerated() {
            switch item.content {
            case .refused(let problems):
                self.problems += problems
                self.note(
                    index, item, "refused", code: problems.first?.code.rawValue,
                    message: problems.first?.detail)
            case .event:
                guard let result = rest.popFirst() else { return }
                switch result {
                case .accepted: self.note(index, item, "accepted")
                case .repeated: self.note(index, item, "repeated")
                case .ignored(let reason): self.note(index, item, "ignored", code: reason.name)
                case .refused(let code, let message):
                    self.note(index, item, "refused", code: code, message: message)
                case .retry(let code, let message):
                    self.note(index, item, "retry", code: code, message: message)
                }
            }
        }
    }

    private mutating func note(
        _ index: Int, _ item: EventBatch.Item, _ status: String, code: String? = nil,
        message: String? = nil
    ) {
        for place in self.counts.indices where self.counts[place].status == status {
            self.counts[place].count += 1
        }
        self.results.append([
            "index": .integer(index), "event_id": .text(item.eventID), "status": .string(status),
            "code": code.map { .string($0) }, "message": message.map { .string($0) },
        ])
    }

    private func count(_ status: String) -> Int {
        self.counts.first { $0.status == status }?.count ?? 0
    }

    private var members: [JSONValue.Member] {
        var members = self.counts.map {
            JSONValue.Member(name: $0.status, value: .integer($0.count))
        }
        members.append(.init(name: "results", value: .array(self.results)))
        let warnings = self.batch.warnings
        if !warnings.isEmpty {
            members.append(
                .init(
                    name: "warnings",
                    value: .array(warnings.prefix(EventLimits.problemsMax).map(\.json))))
            members.append(.init(name: "warning_count", value: .integer(warnings.count)))
        }
        return members
    }

    var response: Response {
        let refused = self.count("refused")
        let retry = self.count("retry")
        guard refused + retry > 0 else {
            return WebRouter.json(.accepted, .object(self.members))
        }
        let total = self.results.count
        var problem: Problem
        if retry > 0 {
            problem = Problem(
                .serviceUnavailable, "events-not-taken", title: "Some events were not taken",
                detail: "\(retry) of \(total) events were not taken this time. Send all of them "
                    + "again: repeats are recognised.", retryAfter: 1)
        } else {
            problem = Problem(
                .unprocessableContent, "events-refused", title: "Some events were refused",
                detail: "\(refused) of \(total) events can never be taken as they are; the others "
                    + "are durable. Mend those and send them again.")
        }
        let errors = self.problems.prefix(EventLimits.problemsMax).map(\.json)
        problem.members = [.init(name: "errors", value: .array(Array(errors)))] + self.members
        return problem.response
    }
}
