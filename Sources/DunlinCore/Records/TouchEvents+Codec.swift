// Events about what the customer and the merchant notice: messages, access, end actions.

extension MessageIntended: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.step)
        out.put(3, self.name)
        out.put(4, self.template)
        out.put(5, self.channel)
        if self.permit != SendPermit() { out.putMessage(6, self.permit) }
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var step: UInt32 = 0
        var name = ""
        var template = ""
        var channel: Channel?
        var permit = SendPermit()
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: step = try reader.uint32()
            case 3: name = try reader.string()
            case 4: template = try reader.string()
            case 5: channel = try reader.choice()
            case 6: permit = try reader.message()
            default: try reader.skip()
            }
        }
        guard let update, let channel else { throw .malformed }
        self.init(
            update: update, step: step, name: name, template: template, channel: channel,
            permit: permit)
    }
}

extension MessageSettled: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.effect.op)
        out.put(3, self.effect.index)
        out.put(4, self.step)
        out.put(5, self.wasAccepted)
        out.put(6, self.reference)
        out.put(7, self.contactIsDead)
        if self.channel != .email { out.put(8, self.channel) }
        out.put(9, self.reopensStep)
        out.put(10, self.costMilli)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var effect = RecordPosition.none
        var step: UInt32 = 0
        var wasAccepted = false
        var reference = ""
        var contactIsDead = false
        var channel = Channel.email
        var reopensStep = false
        var costMilli: Int64 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: effect.op = try reader.uint64()
            case 3: effect.index = try reader.uint32()
            case 4: step = try reader.uint32()
            case 5: wasAccepted = try reader.bool()
            case 6: reference = try reader.string()
            case 7: contactIsDead = try reader.bool()
            case 8: channel = try reader.choice()
            case 9: reopensStep = try reader.bool()
            case 10: costMilli = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let update else { throw .malformed }
        self.init(
            update: update, effect: effect, step: step, wasAccepted: wasAccepted,
            reference: reference, contactIsDead: contactIsDead, channel: channel,
            reopensStep: reopensStep, costMilli: costMilli)
    }
}

extension MessageSkipped: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.step)
        out.put(3, self.name)
        out.put(4, self.reason)
        out.put(5, self.passed)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var step: UInt32 = 0
        var name = ""
        var reason: Reason?
        var passed: [PassedChannel] = []
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: step = try reader.uint32()
            case 3: name = try reader.string()
            case 4: reason = try reader.choice()
            case 5: try reader.message(into: &passed)
            default: try reader.skip()
            }
        }
        guard let update, let reason else { throw .malformed }
        self.init(update: update, step: step, name: name, reason: reason, passed: passed)
    }
}

extension AccessChanged: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putIfSet(1, self.update)
        out.put(2, self.subscription)
        out.put(3, self.state)
        out.put(4, self.reason)
        out.put(5, self.accessSteps)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var subscription = ""
        var state = AccessState.full
        var reason: Reason?
        var accessSteps: UInt32 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: subscription = try reader.string()
            case 3: state = try reader.choice()
            case 4: reason = try reader.choice()
            case 5: accessSteps = try reader.uint32()
            default: try reader.skip()
            }
        }
        guard let reason else { throw .malformed }
        self.init(
            update: update, subscription: subscription, state: state, reason: reason,
            accessSteps: accessSteps)
    }
}

extension EndActionIntended: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.caseNumber)
        out.put(2, self.action)
        out.put(3, self.isWithheld)
        out.put(40, self.plan)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(caseNumber: 0, action: .keepOpen, isWithheld: false)
        while let field = try reader.next() {
            switch field {
            case 1: self.caseNumber = try reader.uint32()
            case 2: self.action = try reader.choice()
            case 3: self.isWithheld = try reader.bool()
            case 40: self.plan = try reader.string()
            default: try reader.skip()
            }
        }
    }
}

extension EffectSettled: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.effect.op)
        out.put(2, self.effect.index)
        out.put(3, self.kind)
        out.put(4, self.verdict)
        out.put(5, self.reference)
        out.put(40, self.argument)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var effect = RecordPosition.none
        var kind: EffectKind?
        var verdict: Verdict?
        var reference = ""
        var argument: UInt32 = 0
        while let field = try reader.next() {
            switch field {
            case 1: effect.op = try reader.uint64()
            case 2: effect.index = try reader.uint32()
            case 3: kind = try reader.choice()
            case 4: verdict = try reader.choice()
            case 5: reference = try reader.string()
            case 40: argument = try reader.uint32()
            default: try reader.skip()
            }
        }
        guard let kind, let verdict else { throw .malformed }
        self.init(
            effect: effect, kind: kind, verdict: verdict, reference: reference,
            argument: argument)
    }
}
