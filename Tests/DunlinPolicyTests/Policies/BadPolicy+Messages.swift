extension BadPolicy {
    /// Messages that never come, or come twice.
    static let messages: [BadPolicy] = [
        BadPolicy(
            "a message before a step that is not there",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: warn
                    template: final_notice
                    trigger: {before_access: {state: terminated, lead: 24h}}
                  - name: early
                    template: final_notice
                    trigger: {before_access: {state: warned, lead: 24h}}
                access:
                  steps: [{state: warned, after: 2h}]
            """,
            finds: [
                "8:42 error policies.a.messages[0].trigger.before_access.state: the access "
                    + "timeline has no step to `terminated`",
                "11:56 error policies.a.messages[1].trigger.before_access.lead: 1d before "
                    + "`warned`, which comes after 2h, lies before the case is opened",
            ]),
        BadPolicy(
            "messages that are never due",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 2d]}
                messages:
                  - name: after-end
                    template: payment_reminder
                    trigger: {after_open: 7d}
                  - name: many-declines
                    template: payment_reminder
                    trigger: {after_declines: 4}
                  - name: before-opening
                    template: payment_reminder
                    trigger: {before_end: 8d}
                ending: {after: 7d}
              b:
                retries: {ladder: [1d, 2d]}
                messages:
                  - name: no-end
                    template: payment_reminder
                    trigger: {before_end: 1d}
            """,
            finds: [
                "8:31 error policies.a.messages[0].trigger.after_open: 7d after opening the "
                    + "case has ended, after 7d",
                "11:35 error policies.a.messages[1].trigger.after_declines: 4 declines are "
                    + "never reached: the policy makes 2 attempts after the first failure",
                "14:31 error policies.a.messages[2].trigger.before_end: 8d before the end lies "
                    + "before the case is opened",
                "21:31 error policies.b.messages[0].trigger.before_end: the end has no time of "
                    + "its own to count back from",
            ]),
        BadPolicy(
            "two messages of one name, and two that are the same",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                  - name: first
                    template: payment_reminder
                    trigger: {after_open: 1d}
                  - name: again
                    template: payment_failed
                    trigger: {after_open: 0s}
            """,
            finds: [
                "9:15 error policies.a.messages[1].name: the name `first` is taken by an "
                    + "earlier message",
                "12:9 warning policies.a.messages[2]: an earlier message has the same trigger, "
                    + "template and classes",
            ]),
        BadPolicy(
            "words about debits that reach nobody, twice, and for one class only",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: once
                    template: payment_reminder
                    channel: webhook
                    trigger: {debit_planned: true}
                  - name: twice
                    template: payment_reminder
                    trigger: {debit_planned: true}
                    only_for: [softFunds]
            """,
            finds: [
                "6:9 error policies.a.messages[0].channels: nobody who is debited is told on "
                    + "these channels",
                "12:34 error policies.a.messages[1].trigger.debit_planned: another message "
                    + "announces debits already",
                "13:9 error policies.a.messages[1].only_for: a debit is announced whatever was "
                    + "refused last",
            ]),
        BadPolicy(
            "a word about debits that the merchant gives already",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d], notice_by: merchant}
                messages:
                  - name: once
                    template: payment_reminder
                    trigger: {debit_planned: true}
              b:
                retries: {ladder: [1d], notice_by: merchant}
            """,
            finds: [
                "8:34 error policies.a.messages[0].trigger.debit_planned: the merchant announces "
                    + "debits, by `retries.notice_by`"
            ]),
        BadPolicy(
            "a template that does not exist",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: first
                    template: payment_faild
                    trigger: {after_open: 0s}
            """,
            finds: [
                "7:19 error policies.a.messages[0].template: there is no template "
                    + "`payment_faild`"
            ]),
        BadPolicy(
            "triggers that are none",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: none
                    template: payment_failed
                    trigger: {}
                  - name: two
                    template: payment_failed
                    trigger: {after_open: 0s, before_end: 1d}
                  - name: unknown
                    template: payment_failed
                    trigger: {after_opening: 0s}
                  - name: never
                    template: payment_failed
                    trigger: {on_recovered: false}
                  - name: text
                    template: payment_failed
                    trigger: after_open
                  - name: half
                    template: payment_failed
                    trigger: {before_access: {state: suspended}}
            """,
            finds: [
                "8:9 error policies.a.messages[0].trigger: a trigger has exactly one condition, "
                    + "not 0",
                "11:9 error policies.a.messages[1].trigger: a trigger has exactly one "
                    + "condition, not 2",
                "14:34 error policies.a.messages[2].trigger.after_opening: there is no field "
                    + "`after_opening` here",
                "17:33 error policies.a.messages[3].trigger.on_recovered: `on_recovered: false` "
                    + "triggers nothing",
                "20:18 error policies.a.messages[4].trigger: a mapping (`key: value` lines) is "
                    + "needed here",
                "23:19 error policies.a.messages[5].trigger.before_access.lead: the field is "
                    + "missing",
            ]),
        BadPolicy(
            "messages without what they need",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - channel: pigeon
                    only_for: []
                    window: "20:00-08:00"
                  - name: x
                    template: payment_failed
                    trigger: {after_open: 0s}
                    window: 8-20
            """,
            finds: [
                "6:9 error policies.a.messages[0].name: the field is missing",
                "6:9 error policies.a.messages[0].template: the field is missing",
                "6:9 error policies.a.messages[0].trigger: the field is missing",
                "6:18 error policies.a.messages[0].channel: `pigeon` is none of the channels",
                "7:9 error policies.a.messages[0].only_for: the list names no class",
                "8:17 error policies.a.messages[0].window: the window `20:00-08:00` ends before "
                    + "it begins",
                "12:17 error policies.a.messages[1].window: `8-20` is not a time of day from "
                    + "and until",
            ]),
        BadPolicy(
            "a window that outlives the case",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d], window: 28d}
                ending: {after: 7d}
            """,
            finds: [
                "4:37 warning policies.a.retries.window: the window of 28d reaches past the end "
                    + "of the case after 7d"
            ]),
        BadPolicy(
            "rungs closer than the gap, and no repeat of machine failures",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 2d], gap_min: 36h, technical: {tries_max: 0}}
            """,
            finds: [
                "4:28 warning policies.a.retries.ladder[1]: this rung follows the one before by "
                    + "less than the smallest gap of 1d12h and will be moved",
                "4:70 warning policies.a.retries.technical.tries_max: a failure of the "
                    + "machinery is treated like a decline at once",
            ]),
    ]
}
