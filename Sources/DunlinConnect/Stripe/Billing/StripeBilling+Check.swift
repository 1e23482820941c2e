package import DunlinPorts

/// What `dunlin stripe check` says.
extension StripeBilling {
    /// Farthest that our clock may be from Stripe's, in seconds: signatures and the age of keys
    /// depend on it.
    private static let clockSkewMaxSeconds: Int64 = 60

    package func check() async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        var answer = try? await self.client.get("read account", ["account"])
        if answer?.status == 404 || answer?.status == 403 {
            // Restricted keys may not read the account, and some servers know none.
            answer = try? await self.client.get("read balance", ["balance"])
        }
        guard let answer else {
            return [Self.problem(Self.unreachable.message)] + self.settingsFindings()
        }
        findings.append(self.keyFinding(answer))
        if answer.body["charges_enabled"]?.bool == false {
            findings.append(
                Self.problem(
                    "Stripe does not let this account charge: finish its activation in the "
                        + "dashboard"))
        }
        if let theirs = answer.serverSeconds { findings.append(Self.clockFinding(theirs)) }
        findings += self.settingsFindings()
        if answer.isSuccess { findings.append(await self.retriesFinding()) }
        return findings
    }

    private func keyFinding(_ answer: StripeAnswer) -> CheckFinding {
        let mode = self.client.settings.apiKey.mode
        switch answer.status {
        case 200..<300:
            return CheckFinding(severity: .good, message: "the API key works (mode: \(mode))")
        case 401, 403:
            return Self.problem(
                "Stripe refuses the API key: set STRIPE_API_KEY to a current secret or "
                    + "restricted key")
        case 429: return Self.warning("Stripe asks for fewer calls: check again later")
        default: return Self.problem("Stripe answered the first call with \(answer.status)")
        }
    }

    private static func clockFinding(_ theirs: Int64) -> CheckFinding {
        let skew = StripeClient.realSeconds() - theirs
        guard abs(skew) > Self.clockSkewMaxSeconds else {
            return CheckFinding(severity: .good, message: "this machine's clock agrees")
        }
        return Self.problem(
            "this machine's clock is \(skew) s ahead of Stripe's: set it, or webhook signatures "
                + "will be refused")
    }

    private func settingsFindings() -> [CheckFinding] {
        let settings = self.client.settings
        var findings: [CheckFinding] = []
        if settings.webhookSecrets.isEmpty {
            findings.append(
                Self.problem(
                    "no webhook secret is set: add an endpoint for /webhooks/stripe in the "
                        + "dashboard and set STRIPE_WEBHOOK_SECRET to its signing secret"))
        } else if settings.webhookSecrets.contains(where: { !$0.text.hasPrefix("whsec_") }) {
            findings.append(
                Self.warning(
                    "a webhook secret does not start with whsec_: take the endpoint's signing "
                        + "secret, not an API key"))
        } else {
            findings.append(CheckFinding(severity: .good, message: "a webhook secret is set"))
        }
        if settings.apiKey.mode == "live" {
            findings.append(
                Self.warning("the key is a live one: a tenant that is set live charges real cards"))
        }
        if settings.idempotency == .lookUp {
            findings.append(
                Self.warning(
                    "idempotency is look_up: lost answers are never sent again; use keys with "
                        + "Stripe itself"))
        }
        return findings
    }

    /// Stripe's API does not say whether it retries by itself, but open invoices do.
    private func retriesFinding() async -> CheckFinding {
        let remedy =
            "In the dashboard, under Billing, Revenue recovery, Retries, turn off automatic "
            + "retries and let subscriptions stay past due, so that only one of us retries"
        let filtered = try? await self.client.get(
            "list invoices", ["invoices"], [("status", "open"), ("limit", "100")])
        var answer = filtered
        if filtered?.isSuccess != true {
            answer = try? await self.client.get("list invoices", ["invoices"], [("limit", "100")])
        }
        guard let answer, answer.isSuccess else {
            return Self.warning("open invoices could not be read. \(remedy)")
        }
        let invoices = (answer.body["data"]?.items ?? []).compactMap { StripeInvoice($0) }
        let retried = invoices.filter {
            $0.status == .open && $0.attemptCount > 0 && $0.nextPaymentAttempt > 0
        }
        guard !retried.isEmpty else {
            return CheckFinding(
                severity: .good,
                message: "no open invoice waits for a retry by Stripe itself. \(remedy)")
        }
        return Self.warning(
            "Stripe will itself retry \(retried.count) of the \(invoices.count) invoices seen. "
                + remedy)
    }

    private static func problem(_ message: String) -> CheckFinding {
        CheckFinding(severity: .problem, message: message)
    }

    private static func warning(_ message: String) -> CheckFinding {
        CheckFinding(severity: .warning, message: message)
    }
}
