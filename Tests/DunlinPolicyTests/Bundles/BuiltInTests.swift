import DunlinCore
import DunlinPolicy
import Testing

@Suite("The files that come with Dunlin")
struct BuiltInTests {
    private static let day = Milliseconds.day
    private let templates: Set<String> = [
        "access_suspended", "authentication_needed", "card_update_needed", "final_notice",
        "payment_failed", "payment_recovered", "payment_reminder", "keep_or_cancel",
        "card_expiring",
    ]

    private func compiled() throws -> CompiledBundle {
        try BundleCompiler.compile(BundleSource(zones: ZoneCatalog()), templates: self.templates)
    }

    @Test("make a bundle without a finding")
    func clean() throws {
        let compiled = try self.compiled()
        #expect(compiled.findings.map(\.description) == [])
        #expect(compiled.bundle.policies.keys.sorted() == ["ladder", "standard"])
        #expect(compiled.bundle.defaultPolicy == "standard")
    }

    @Test("the default policy tries eight times in four weeks and warns before it takes")
    func standard() throws {
        let policy = try #require(try self.compiled().bundle.policies["standard"])
        #expect(policy.retries.defaultLadder.offsetsMs.count == 8)
        #expect(policy.retries.windowMs == 28 * Self.day)
        #expect(policy.retries.gapMinMs == 24 * Milliseconds.hour)
        #expect(policy.access.steps.map(\.state) == [.warned, .limited, .suspended])
        #expect(policy.access.unreachableAfterMs == 14 * Self.day)
        #expect(policy.ending.afterMs == 28 * Self.day)
        #expect(policy.ending.actions == [.cancelSubscription])
        #expect(policy.messages.filter { !$0.isAhead }.last?.trigger == .onRecovered)
        #expect(policy.sending.oneSequence)
        #expect(policy.sending.caps.count == 2)
    }

    @Test("every refusal class leads to one first message at most, and most to one")
    func firstMessages() throws {
        let policy = try #require(try self.compiled().bundle.policies["standard"])
        let first = policy.messages.filter {
            $0.trigger == .afterOpen(ms: 0) || $0.trigger == .onHardDecline
        }
        for declineClass in DeclineClass.allCases {
            #expect(first.count { $0.onlyFor.contains(declineClass) } <= 1)
        }
        #expect(first.allSatisfy { !$0.onlyFor.isEmpty })
    }

    @Test("the load ladder makes exactly four attempts, and no rule moves one of them")
    func loadLadder() throws {
        let bundle = try self.compiled().bundle
        let policy = try #require(bundle.policies["ladder"])
        #expect(policy.messages.isEmpty)
        #expect(policy.access.steps.isEmpty)
        #expect(policy.ending == Ending(afterMs: nil))
        #expect(policy.retries.ladders.isEmpty)
        let start = try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z"))
        let decline = bundle.declines.decline(for: DeclineCodes(code: "insufficient_funds"))
        #expect(decline.declineClass == .softFunds)
        #expect(decline.advice == .wait)
        #expect(decline.minimumDelayMs == 0)
        #expect(decline.furtherTriesMax == 0)
        for network in PaymentNetwork.allCases where !network.isDirectDebit {
            var marks = [self.mark(start, flags: .original)]
            for days in [1, 3, 5, 7] as [Int64] {
                let wanted = start.advanced(byMs: days * Self.day)
                let proposal = AttemptProposal(
                    network: network, method: 0, amountMinor: 1000, currency: .usd,
                    standing: CredentialStanding())
                let answer = RuleGate.earliest(
                    proposal, from: wanted, marks: marks, rules: bundle.rules)
                guard case .slot(let at, let reason, let permit) = answer else {
                    Issue.record("refused on \(network.name)")
                    return
                }
                #expect(at == wanted)
                #expect(reason == .none)
                #expect(permit.rulesVersion == 20_260_101)
                #expect(permit.lines.count >= 3)
                marks.append(self.mark(at))
            }
        }
    }

    private func mark(_ at: Timestamp, flags: AttemptMark.Flags = []) -> AttemptMark {
        AttemptMark(
            at: at, method: 0, amountMinor: 1000, currency: .usd, obligationHash: 1, flags: flags)
    }

    @Test("hold every network to a limit of its own and to the soft caps")
    func rules() throws {
        let rules = try self.compiled().bundle.rules
        let now = try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z"))
        for network in PaymentNetwork.allCases where !network.isDirectDebit {
            let rows = rules.budgets.filter { $0.isInForce(at: now) && $0.applies(to: network) }
            #expect(rows.count { $0.isSoftCap } == 2)
            #expect(rows.contains { !$0.isSoftCap && $0.window == .rolling(ms: 30 * Self.day) })
        }
        let visa = rules.budgets.filter { $0.network == .visa }
        #expect(visa.map(\.attemptsMax) == [15, 20])
        #expect(visa.first?.effectiveUntil == visa.last?.effectiveFrom)
        #expect(visa.allSatisfy { $0.sameAmount && $0.sameInitiator && !$0.countsOriginal })
    }

    @Test(
        "understand a gateway's codes",
        arguments: [
            ("insufficient_funds", DeclineClass.softFunds, RetryAdvice.wait),
            ("expired_card", .lifecycle, .afterCredentialChange),
            ("stolen_card", .hardStolen, .never),
            ("lost_card", .hardLost, .never),
            ("pickup_card", .hardBlocked, .never),
            ("authentication_required", .authenticationRequired, .afterAuthentication),
            ("fraudulent", .riskHold, .once),
            ("issuer_not_available", .technicalIssuer, .backOff),
            ("processing_error", .technicalNetwork, .backOff),
            ("generic_decline", .softGeneric, .wait),
            ("do_not_try_again", .hardBlocked, .never),
            ("revocation_of_all_authorizations", .hardRevoked, .never),
            ("highest_risk_level", .merchantBlock, .afterOperator),
            ("duplicate_transaction", .duplicate, .afterLookUp),
            ("previously_declined_do_not_retry", .budgetBlock, .never),
            ("never_heard_of", .unmapped, .wait),
        ])
    func codes(code: String, declineClass: DeclineClass, advice: RetryAdvice) throws {
        let decline = try self.compiled().bundle.declines.decline(for: DeclineCodes(code: code))
        #expect(decline.declineClass == declineClass)
        #expect(decline.advice == advice)
    }

    @Test(
        "never let a code of Visa's first category be tried again",
        arguments: ["04", "07", "12", "15", "41", "43", "46", "57", "R0", "R1", "R3"])
    func categoryOne(code: String) throws {
        let decline = try self.compiled().bundle.declines.decline(
            for: DeclineCodes(code: "generic_decline", networkCode: code), network: .visa)
        #expect(decline.advice == .never)
    }

    @Test(
        "obey the network's advice about time",
        arguments: [
            ("24", 1), ("25", 24), ("26", 48), ("27", 96), ("28", 144), ("29", 192), ("30", 240),
            ("02", 72),
        ])
    func advisedDelays(advice: String, hours: Int64) throws {
        let decline = try self.compiled().bundle.declines.decline(
            for: DeclineCodes(code: "insufficient_funds", adviceCode: advice))
        #expect(decline.minimumDelayMs == hours * Milliseconds.hour)
        #expect(decline.advice == .wait)
    }

    @Test(
        "stop where the network says stop",
        arguments: ["03", "04", "05", "08", "21", "40", "41", "42", "do_not_try_again"])
    func advisedStops(advice: String) throws {
        let decline = try self.compiled().bundle.declines.decline(
            for: DeclineCodes(code: "insufficient_funds", adviceCode: advice))
        #expect(decline.advice == .never)
    }

    @Test("read one response code by the network that gave it")
    func networkReadings() throws {
        let declines = try self.compiled().bundle.declines
        let codes = DeclineCodes(code: "generic_decline", networkCode: "65")
        #expect(declines.decline(for: codes, network: .visa).declineClass == .softVelocity)
        #expect(
            declines.decline(for: codes, network: .mastercard).declineClass
                == .authenticationRequired)
        #expect(declines.decline(for: codes).declineClass == .softVelocity)
    }
}
