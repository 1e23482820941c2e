import Foundation

/// The configuration of a node whose one tenant bills at the Stripe side.
struct StripeTenant {
    var mode = "live"
    var reconcileEvery = "2s"
    var smtpPort: Int?
    var webhookPort: Int?
    /// Speaks to localstripe as it is; `nil` when there is no proxy before it.
    var isPlain: Bool?
    /// Of one request; what is unknown settles after more than three of them.
    var timeoutSeconds = 2

    /// Attempts 1, 3, 5 and 7 days after the failure, one message, limited after two days.
    static let policy = """
        dunlin: policy/1
        policies:
          story:
            retries:
              ladder: [1d, 3d, 5d, 7d]
            messages:
              - name: first-notice
                channel: email
                template: payment_failed
                trigger: {after_open: 0s}
                window: "00:00-24:00"
              - name: thanks
                channel: email
                template: payment_recovered
                trigger: {on_recovered: true}
                window: "00:00-24:00"
            access:
              notice_min: 24h
              steps:
                - {state: warned, after: 0s}
                - {state: limited, after: 2d}
            ending:
              after: 28d
              actions: [cancelSubscription]
              access: terminated
        """

    /// `whsec_` and base64, as Standard Webhooks wants it.
    static let merchantSecret = "whsec_ZHVubGluLXByb2Nlc3MtdGVzdHMtc2VjcmV0"

    /// Writes policy and configuration; answers the configuration's path.
    func write(to scratch: Scratch, side: StripeSide) throws -> String {
        _ = try scratch.write("policy.yaml", Self.policy)
        let isPlain = self.isPlain ?? (side.proxy == nil)
        let idempotency = isPlain ? "look_up" : "keys"
        var text = """
            tenants:
              main:
                mode: \(self.mode)
                gateway:
                  kind: stripe
                  api_base: \(side.base)
                  api_key: \(StripeSide.apiKey)
                  webhook_secret: \(StripeSide.webhookSecret)
                  idempotency: \(idempotency)
                  send_payment_method: \(!isPlain)
                  timeout: \(self.timeoutSeconds)s
                  test_cards: true
                  unknown_settles_after: \(self.timeoutSeconds * 3 + 1)s
                policy: story
                zone: Europe/Madrid
                display_name: Acme
                links: {update_payment: "https://acme.test/update"}

            """
        if let port = self.smtpPort {
            text += """
                    email:
                      host: 127.0.0.1
                      port: \(port)
                      security: none
                      from: billing@acme.test

                """
        }
        if let port = self.webhookPort {
            text += """
                    webhooks:
                      - {url: "http://127.0.0.1:\(port)/hook", secret: \(Self.merchantSecret)}

                """
        }
        text += """
            policies: [policy.yaml]
            reconcile: {every: \(self.reconcileEvery)}

            """
        return try scratch.write("dunlin.yaml", text)
    }
}

/// The real time now, to whole seconds, as a manual clock's start: Stripe's events bear real times.
func realNow() -> String {
    let formatter = ISO8601DateFormatter()
    return formatter.string(from: Date())
}
