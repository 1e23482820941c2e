package import DunlinCore

/// Our own JSON events: one object, a list of them, or `{"events": […]}`.
///
/// Every problem of every event is found in one pass and named by index, JSON pointer and remedy.
/// A bad event never hinders a good one. Unknown fields are ignored and reported as warnings.
package struct EventJSON: Sendable {
    /// The values of `type`.
    package enum Kind: String, Sendable, CaseIterable {
        case paymentFailed = "payment_failed"
        case paymentSucceeded = "payment_succeeded"
        case paymentMethodUpdated = "payment_method_updated"
        case paymentMethodRemoved = "payment_method_removed"
        case subscriptionCanceled = "subscription_canceled"
        case obligationVoided = "obligation_voided"
        case externalAttempt = "external_attempt"
        case profileUpdated = "profile_updated"
        case fundsAvailable = "funds_available"
        case paymentRefunded = "payment_refunded"
        case paymentDisputed = "payment_disputed"
        case disputeWon = "dispute_won"
        case disputeLost = "dispute_lost"
        case paymentReturned = "payment_returned"
        case promiseMade = "promise_made"
        case snoozed = "snoozed"
        case paymentPending = "payment_pending"
        case consentChanged = "consent_changed"
        case messageReplied = "message_replied"
        case messageOpened = "message_opened"
        case messageClicked = "message_clicked"
        case messageBounced = "message_bounced"
        case messageComplained = "message_complained"
        case upcomingCharge = "upcoming_charge"
        case upcomingChargeCanceled = "upcoming_charge_canceled"
        case accountFlagged = "account_flagged"
    }

    /// From the caller's API key, never from the body.
    package var tenant: String
    package var rules: EventRules

    package init(tenant: String, rules: EventRules = EventRules()) {
        self.tenant = tenant
        self.rules = rules
    }

    /// Reads a request body.
    ///
    /// Throws when it is no JSON, no list of events, or has more than
    /// ``EventLimits/eventsMax``; nothing of it may be taken then.
    package func read(_ body: [UInt8]) throws(EventBodyError) -> EventBatch {
        let root: JSONValue
        do {
            root = try JSONReader.read(body)
        } catch {
            throw .syntax(error)
        }
        return try self.read(root)
    }

    /// `eventsMax`: Most events that are taken; a file may hold more than a request.
    package func read(
        _ root: JSONValue, eventsMax: Int = EventLimits.eventsMax
    ) throws(EventBodyError) -> EventBatch {
        switch root {
        case .array(let elements):
            return try self.batch(elements, pointer: "", eventsMax: eventsMax)
        case .object(let members):
            guard let events = root["events"] else {
                return self.batch(of: [(root, "")])
            }
            guard case .array(let elements) = events else {
                throw .shape("events must be a list of events")
            }
            var batch = try self.batch(elements, pointer: "/events", eventsMax: eventsMax)
            for member in members where member.name != "events" {
                batch.warnings.append(
                    EventProblem(
                        index: 0,
                        pointer: "/" + pointerToken(String(member.name.prefix(64))),
                        code: .unknownField,
                        detail: "this field beside events is not known here and was ignored."))
            }
            return batch
        case .null, .bool, .number, .string:
            throw .shape(
                "the body is \(root.kindName); send one event as an object, a list of events, or "
                    + "an object with a list named events")
        }
    }

    private func batch(
        _ elements: [JSONValue], pointer: String, eventsMax: Int
    ) throws(EventBodyError) -> EventBatch {
        guard elements.count <= eventsMax else {
            throw .tooMany(elements.count)
        }
        return self.batch(
            of: elements.enumerated().map { ($0.element, "\(pointer)/\($0.offset)") })
    }

    /// One event from a value that is already apart.
    func batch(of element: JSONValue) -> EventBatch { self.batch(of: [(element, "")]) }

    private func batch(of elements: [(value: JSONValue, pointer: String)]) -> EventBatch {
        var batch = EventBatch(items: [], warnings: [])
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element.value else {
                let problem = EventProblem(
                    index: index, pointer: element.pointer, code: .wrongKind,
                    detail: "an event is \(element.value.kindName); send an object.")
                batch.items.append(EventBatch.Item(eventID: "", content: .refused([problem])))
                continue
            }
            let fields = EventFields(
                members, index: index, pointer: element.pointer, rules: self.rules)
            var form = EventForm(fields: fields, tenant: self.tenant)
            batch.items.append(form.read())
            batch.warnings += form.fields.warnings
        }
        return batch
    }
}

/// The events of one request, in order.
package struct EventBatch: Sendable {
    /// One event, or what is wrong with it.
    package struct Item: Sendable {
        /// The sender's id, for its answer; empty when it could not be read.
        package var eventID: String
        package var content: Content

        package enum Content: Sendable {
            case event(IntakeEvent)
            case refused([EventProblem])
        }
    }

    package var items: [Item]
    /// What was odd but did not hinder.
    package var warnings: [EventProblem]
}

/// Why nothing of a body can be read.
package enum EventBodyError: Error, Sendable, Equatable, CustomStringConvertible {
    case syntax(JSONSyntaxError)
    case shape(String)
    case tooMany(Int)

    package var description: String {
        switch self {
        case .syntax(let error): "The body is \(error.description)."
        case .shape(let reason): "The body holds no events: \(reason)."
        case .tooMany(let count):
            "The body holds \(count) events; send at most \(EventLimits.eventsMax) in one request."
        }
    }
}
