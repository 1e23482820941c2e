import CDunlinProto
import CProtobufC
import DunlinCore
import Testing

@Suite("The schema of records")
struct SchemaTests {
    @Test("enumerations have the same names and numbers in Swift and in proto/")
    func enumerations() {
        Self.compare(AccountFlag.self, dunlin__v1__account_flag__descriptor)
        Self.compare(MessagePurpose.self, dunlin__v1__message_purpose__descriptor)
        Self.compare(MessageReceipt.Kind.self, dunlin__v1__receipt_kind__descriptor)
        Self.compare(NoticeSubject.Kind.self, dunlin__v1__notice_kind__descriptor)
        Self.compare(ReplyMeaning.self, dunlin__v1__reply_meaning__descriptor)
        Self.compare(Touch.Outcome.self, dunlin__v1__touch_outcome__descriptor)
        Self.compare(AccessChanged.Reason.self, dunlin__v1__access_changed_reason__descriptor)
        Self.compare(AccessState.self, dunlin__v1__access_state__descriptor)
        Self.compare(AttemptOutcome.NotSentReason.self, dunlin__v1__not_sent_reason__descriptor)
        Self.compare(AttemptSettled.Verdict.self, dunlin__v1__attempt_verdict__descriptor)
        Self.compare(CardFunding.self, dunlin__v1__card_funding__descriptor)
        Self.compare(PaymentNetwork.self, dunlin__v1__payment_network__descriptor)
        Self.compare(CaseClosed.Reason.self, dunlin__v1__case_closed_reason__descriptor)
        Self.compare(CasePhase.self, dunlin__v1__case_phase__descriptor)
        Self.compare(CaseUpdated.Reason.self, dunlin__v1__case_updated_reason__descriptor)
        Self.compare(Channel.self, dunlin__v1__channel__descriptor)
        Self.compare(DeclineClass.self, dunlin__v1__decline_class__descriptor)
        Self.compare(EffectKind.self, dunlin__v1__effect_kind__descriptor)
        Self.compare(EffectSettled.Verdict.self, dunlin__v1__effect_verdict__descriptor)
        Self.compare(EndAction.self, dunlin__v1__end_action__descriptor)
        Self.compare(EntityKind.self, dunlin__v1__entity_kind__descriptor)
        Self.compare(EventKind.self, dunlin__v1__event_kind__descriptor)
        Self.compare(InFlightAttempt.Phase.self, dunlin__v1__attempt_phase__descriptor)
        Self.compare(Initiator.self, dunlin__v1__initiator__descriptor)
        Self.compare(IntakeNoted.Reason.self, dunlin__v1__intake_noted_reason__descriptor)
        Self.compare(MessageSkipped.Reason.self, dunlin__v1__message_skipped_reason__descriptor)
        Self.compare(PlanReason.self, dunlin__v1__plan_reason__descriptor)
        Self.compare(RetryAdvice.self, dunlin__v1__retry_advice__descriptor)
        Self.compare(TenantSettings.Mode.self, dunlin__v1__tenant_mode__descriptor)
    }

    @Test("messages lie in one another no deeper than the reader goes")
    func depth() {
        for descriptor in [Schema.accountSnapshot, Schema.tenantSnapshot, Schema.batch] {
            #expect(Self.depth(of: descriptor, within: 0) <= ProtoReader.depthMax)
        }
    }

    private static func compare<Choice: RawRepresentable<UInt8>>(
        _ type: Choice.Type, _ descriptor: ProtobufCEnumDescriptor
    ) {
        let prefix = Self.upperSnake(String(cString: descriptor.short_name))
        let inSwift = (0...UInt8.max).compactMap { number in
            Choice(rawValue: number).map { "\(prefix)_\(Self.upperSnake("\($0)")) = \(number)" }
        }
        let inSchema = (0..<Int(descriptor.n_values)).map { index in
            let value = descriptor.values[index]
            return "\(String(cString: value.name)) = \(value.value)"
        }
        // A number for "unset" exists only where zero has no other meaning.
        #expect(inSwift == inSchema.filter { $0 != "\(prefix)_UNSPECIFIED = 0" })
    }

    private static func upperSnake(_ name: String) -> String {
        var snake = ""
        for character in name {
            if character.isUppercase, !snake.isEmpty { snake += "_" }
            snake += character.uppercased()
        }
        return snake
    }

    private static func depth(
        of descriptor: UnsafePointer<ProtobufCMessageDescriptor>, within depth: Int
    ) -> Int {
        guard depth < 20 else { return depth }
        let fields = UnsafeBufferPointer(
            start: descriptor.pointee.fields, count: Int(descriptor.pointee.n_fields))
        var deepest = depth + 1
        for field in fields where field.type == PROTOBUF_C_TYPE_MESSAGE {
            let within = field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            deepest = max(deepest, Self.depth(of: within, within: depth + 1))
        }
        return deepest
    }
}
