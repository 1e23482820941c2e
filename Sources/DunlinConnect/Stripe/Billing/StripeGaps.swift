package import DunlinCore
package import DunlinPorts

/// What a merchant's open invoices lack, so that it can be mended before the tenant goes live.
package struct StripeGaps: Sendable {
    private var failures = 0
    private var unmapped: [String: Int] = [:]
    private var withoutCode = 0
    private var withoutMethod = 0
    private var withoutAddress = 0
    private var withoutRenewal = 0

    /// Codes that are listed; the rest is counted.
    private static let codesShown = 20

    /// `declines`: What refusals of this tenant mean.
    package init(_ events: [IntakeEvent], declines: DeclineMap) {
        for event in events {
            guard case .paymentFailed(let failed) = event.facts.fact else { continue }
            self.failures += 1
            if failed.methodToken.isEmpty { self.withoutMethod += 1 }
            if event.personal.isEmpty { self.withoutAddress += 1 }
            if !failed.obligation.subscription.isEmpty, failed.nextBillingAt.ms == 0 {
                self.withoutRenewal += 1
            }
            let codes = failed.codes
            guard !codes.code.isEmpty || !codes.networkCode.isEmpty else {
                self.withoutCode += 1
                continue
            }
            let network = event.facts.method?.method.network ?? .unknown
            if declines.decline(for: codes, network: network).declineClass == .unmapped {
                let name = codes.code.isEmpty ? codes.networkCode : codes.code
                self.unmapped[CardNumberScan.masked(name), default: 0] += 1
            }
        }
    }

    package var findings: [CheckFinding] {
        guard self.failures > 0 else {
            return [
                CheckFinding(severity: .good, message: "no open invoice that failed was seen")
            ]
        }
        var findings: [CheckFinding] = []
        if self.unmapped.isEmpty {
            findings.append(
                CheckFinding(
                    severity: .good,
                    message: "the decline map knows every code of the \(self.failures) failed "
                        + "invoices seen"))
        } else {
            let sorted = self.unmapped.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let named = sorted.prefix(Self.codesShown).map { "\($0.key) (\($0.value))" }
            let more =
                sorted.count > Self.codesShown ? " and \(sorted.count - Self.codesShown) more" : ""
            findings.append(
                CheckFinding(
                    severity: .warning,
                    message: "the decline map has no row for \(named.joined(separator: ", "))"
                        + "\(more): they are waited for 72 hours and tried twice; write rows of "
                        + "your own under `decline_maps`"))
        }
        self.add(
            self.withoutCode, "say not why they failed: their first attempt will tell",
            to: &findings)
        self.add(
            self.withoutMethod,
            "name no payment method: the customer's default is charged, and no network's budget "
                + "can be told apart", to: &findings)
        self.add(
            self.withoutAddress,
            "have no e-mail address: nobody can be told, and nobody loses access untold",
            to: &findings)
        self.add(
            self.withoutRenewal,
            "do not say when their subscription renews: attempts may come close to the next "
                + "charge", to: &findings)
        return findings
    }

    private func add(_ count: Int, _ words: String, to findings: inout [CheckFinding]) {
        guard count > 0 else { return }
        findings.append(
            CheckFinding(
                severity: .warning, message: "\(count) of \(self.failures) failed invoices \(words)"
            ))
    }
}
