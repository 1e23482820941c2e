import DunlinCore

extension FullRecords {
    static let budgetPermit = BudgetPermit(
        number: 311, wantedAt: Timestamp(ms: 312), grantedAt: Timestamp(ms: 313),
        refusal: .budget, isUsed: true, amountMinor: 316, currency: .eur, used: 318, cap: 319)

    static let budgetUse = BudgetUse(
        at: Timestamp(ms: 321), amountMinor: 322, currency: .eur, initiator: .customer,
        flags: [.external, .technical])

    static let bar = CredentialStanding(
        blockedBy: .afterCredentialChange, declineClass: .lifecycle, notBefore: Timestamp(ms: 323))

    static let share = BudgetShare(
        number: 331, kind: .contact, key: "0123456789abcdef", standing: .shared, holders: 332,
        bar: Self.bar, reported: RecordPosition(op: 333, index: 334), told: 335,
        methods: [336, 337], permits: [Self.budgetPermit])

    static let budgetReport = BudgetReport(
        kind: .card, key: "fp_1", share: 341, knowsShared: true, leaves: true,
        uses: [Self.budgetUse], bar: Self.bar,
        asks: [
            BudgetAsk(
                number: 342, wantedAt: Timestamp(ms: 343), latestAt: Timestamp(ms: 344),
                isUsed: true, network: .visa, amountMinor: 345, currency: .eur,
                bundle: BundleID(346), caps: [FrequencyCap(touchesMax: 347, withinMs: 348)])
        ])

    static let budgetWord = BudgetWord(
        kind: .card, key: "fp_1", standing: .waiting, holders: 351,
        report: RecordPosition(op: 352, index: 353), bar: Self.bar, permits: [Self.budgetPermit])

    static let budgetReported = BudgetReported(
        account: "cus_1", report: RecordPosition(op: 361, index: 362), mode: .shared, leaves: true,
        uses: [Self.budgetUse], bar: Self.bar, permits: [Self.budgetPermit],
        owed: ["cus_2", "cus_3"])
}
