extension BadPolicy {
    /// Channels, escalations, windows and caps that do not do what was meant.
    static let sending: [BadPolicy] = [
        BadPolicy(
            "messages that escalate to themselves or to each other",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: self
                    template: payment_reminder
                    trigger: {unopened: {message: self, after: 48h}}
                  - name: one
                    template: payment_reminder
                    trigger: {unopened: {message: two, after: 48h}}
                  - name: two
                    channels: [sms]
                    template: payment_reminder
                    trigger: {unopened: {message: one, after: 48h}}
                  - name: lost
                    template: payment_reminder
                    trigger: {unopened: {message: tow, after: 48h}}
            """,
            finds: [
                "18:39 error policies.a.messages[3].trigger.unopened.message: there is no "
                    + "message `tow` in this policy"
            ]),
        BadPolicy(
            "escalations that go nowhere",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: self
                    template: payment_reminder
                    trigger: {unopened: {message: self, after: 48h}}
                  - name: one
                    template: payment_reminder
                    trigger: {unopened: {message: two, after: 48h}}
                  - name: two
                    channels: [sms]
                    template: payment_reminder
                    trigger: {unopened: {message: one, after: 48h}}
            """,
            finds: [
                "8:39 error policies.a.messages[0].trigger.unopened.message: the message "
                    + "escalates to itself",
                "11:39 error policies.a.messages[1].trigger.unopened.message: the two messages "
                    + "wait for each other, so neither is ever sent",
                "15:39 error policies.a.messages[2].trigger.unopened.message: the two messages "
                    + "wait for each other, so neither is ever sent",
            ]),
        BadPolicy(
            "attempts that are never made, and a state that is never reached",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: third
                    template: payment_reminder
                    trigger: {before_attempt: {attempt: 3, lead: 24h}}
                  - name: after-third
                    template: payment_reminder
                    trigger: {after_attempt: {attempt: 3}}
                  - name: limited
                    template: payment_reminder
                    trigger: {on_access: limited}
            """,
            finds: [
                "8:45 error policies.a.messages[0].trigger.before_attempt.attempt: there is no "
                    + "attempt 3: the policy makes 2",
                "11:44 error policies.a.messages[1].trigger.after_attempt.attempt: there is no "
                    + "attempt 3: the policy makes 2",
                "14:30 error policies.a.messages[2].trigger.on_access: the access timeline has "
                    + "no step to `limited`",
            ]),
        BadPolicy(
            "caps of nothing, and windows that share no hour",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                    window: "18:00-20:00"
                sending:
                  caps: [{touches: 2, within: 24h}, {touches: 2, within: 7d}]
                  windows: {email: "08:00-18:00", sms: "09:00-20:00"}
              b:
                retries: {ladder: [1d]}
                sending:
                  caps: [{touches: 0, within: 24h}, {touches: 1, within: 90d}]
                  quiet: true
                  windows: {fax: "08:00-18:00"}
            """,
            finds: [
                "9:17 error policies.a.messages[0].window: the message's window and that of "
                    + "`sending.windows.email` share no hour",
                "11:14 warning policies.a.sending.caps[0]: another cap allows no more in no less "
                    + "time, so this one never matters",
                "12:44 warning policies.a.sending.windows.sms: no message goes by sms",
                "16:24 error policies.b.sending.caps[0].touches: `0` is not a whole number that "
                    + "is allowed here",
                "16:62 error policies.b.sending.caps[1].within: `90d` is out of bounds",
                "17:14 error policies.b.sending.quiet: there is no field `quiet` here",
                "18:22 error policies.b.sending.windows.fax: there is no field `fax` here",
            ]),
        BadPolicy(
            "a notice that waits for a consent, and classes where nothing was declined",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: notice
                    template: final_notice
                    trigger: {before_end: 1d}
                    purpose: marketing
                  - name: expiry
                    template: payment_reminder
                    trigger: {before_expiry: 30d}
                    only_for: [softFunds]
                  - name: ad
                    channels: []
                    purpose: advert
                    template: payment_reminder
                    trigger: {after_open: 1d}
                ending: {after: 7d}
            """,
            finds: [
                "15:9 error policies.a.messages[2].channels: the list names no channel",
                "16:18 error policies.a.messages[2].purpose: `advert` is none of the purposes",
            ]),
        BadPolicy(
            "a notice of the end that is an offer",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: notice
                    template: final_notice
                    trigger: {before_end: 1d}
                    purpose: marketing
                  - name: expiry
                    template: payment_reminder
                    trigger: {before_expiry: 30d}
                    only_for: [softFunds]
                ending: {after: 7d}
            """,
            finds: [
                "9:18 error policies.a.messages[0].purpose: a notice of a loss must not wait for "
                    + "a consent to offers",
                "13:9 error policies.a.messages[1].only_for: nothing was declined yet when this "
                    + "message is sent",
            ]),
    ]
}
