import DunlinCore

extension AccountBench {
    /// What is planned of a kind, each with its reasons, one line each:
    /// `rule name free INSTANT without INSTANT`; `never` for no instant, `=` where lifting the
    /// rule changes nothing.
    func explained(_ kind: PlannedSlot.Kind) -> String {
        var lines: [String] = []
        for slot in self.reasons.slots where slot.kind == kind {
            let name = slot.name.isEmpty ? "" : " \(slot.name)"
            lines.append("\(slot.kind.name)\(name) \(Self.text(slot.at)): \(slot.words)")
            for reason in slot.reasons {
                let without = reason.isDecisive ? Self.text(reason.withoutAt) : "="
                lines.append(
                    "  \(reason.rule.name) \(reason.name) free \(Self.text(reason.freesAt)) "
                        + "without \(without)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// `01-04 06:10`, or `never`.
    private static func text(_ instant: Timestamp) -> String {
        instant.ms == 0
            ? "never"
            : String("\(instant)".dropFirst(5).prefix(11).map { $0 == "T" ? " " : $0 })
    }

    /// With a Visa card as the default, refused for want of money.
    static func withCard(
        _ network: PaymentNetwork = .visa, code: String = "insufficient_funds",
        setUp: (inout AccountBench) -> Void = { _ in }
    ) -> AccountBench {
        var bench = AccountBench()
        setUp(&bench)
        _ = bench.fail(
            code,
            method: MethodChange(
                method: PaymentMethod(token: "pm_1", network: network, lastFour: "4242"),
                makeDefault: true))
        return bench
    }

    /// Adds a second card.
    mutating func addCard(isBackup: Bool) {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: "second", occurredAt: self.now, fact: .paymentMethodUpdated,
                    method: MethodChange(
                        method: PaymentMethod(token: "pm_2", network: .mastercard),
                        makeDefault: false, isBackup: isBackup ? true : nil))))
    }
}
