extension BadPolicy {
    /// Access that is lost without notice, and ends that contradict the rest.
    static let access: [BadPolicy] = [
        BadPolicy(
            "suspension without any message",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                access:
                  steps: [{state: suspended, after: 7d}]
            """,
            finds: [
                "6:41 error policies.a.access.steps[0].after: `suspended` comes after 7d, "
                    + "without a message to everybody at least 3d before"
            ]),
        BadPolicy(
            "a notice that comes too late",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: late
                    template: payment_failed
                    trigger: {after_open: 5d}
                access:
                  notice_min: 72h
                  steps: [{state: warned, after: 0s}, {state: limited, after: 7d}, {state: suspended, after: 14d}]
            """,
            finds: [
                "11:67 error policies.a.access.steps[1].after: `limited` comes after 7d, "
                    + "without a message to everybody at least 3d before"
            ]),
        BadPolicy(
            "a notice before access that is shorter than the notice",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: warn
                    template: final_notice
                    trigger: {before_access: {state: suspended, lead: 24h}}
                access:
                  steps: [{state: suspended, after: 7d}]
            """,
            finds: [
                "10:41 error policies.a.access.steps[0].after: `suspended` comes after 7d, "
                    + "without a message to everybody at least 3d before"
            ]),
        BadPolicy(
            "a notice to some only",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: some
                    template: payment_failed
                    trigger: {after_open: 0s}
                    only_for: [softFunds]
                access:
                  steps: [{state: suspended, after: 7d}]
            """,
            finds: [
                "11:41 error policies.a.access.steps[0].after: `suspended` comes after 7d, "
                    + "without a message to everybody at least 3d before; those in time are limited "
                    + "by `only_for`"
            ]),
        BadPolicy(
            "a cancellation without notice",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: hard
                    template: card_update_needed
                    trigger: {on_hard_decline: true}
                ending: {after: 14d, actions: [cancelSubscription]}
            """,
            finds: [
                "9:21 error policies.a.ending.after: `cancelSubscription` at the end comes "
                    + "after 14d, without a message to everybody at least 3d before"
            ]),
        BadPolicy(
            "a cancellation that may come at once",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                ending: {actions: [cancelSubscription]}
            """,
            finds: [
                "9:5 error policies.a.ending: `cancelSubscription` at the end may come as soon "
                    + "as the case is opened, without a message to everybody at least 3d before"
            ]),
        BadPolicy(
            "a loss with no notice asked for",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                access:
                  notice_min: 0s
                  steps: [{state: limited, after: 1h}]
            """,
            finds: [
                "10:19 error policies.a.access.notice_min: no notice is asked for before access "
                    + "is lost"
            ]),
        BadPolicy(
            "access steps out of order",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 3d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                access:
                  steps:
                    - {state: suspended, after: 14d}
                    - {state: limited, after: 7d}
                    - {state: limited, after: 21d}
            """,
            finds: [
                "12:19 error policies.a.access.steps[1].state: `limited` does not take more "
                    + "than `suspended` before it",
                "12:35 error policies.a.access.steps[1].after: `limited` after 7d does not "
                    + "follow `suspended` after 14d",
                "13:19 error policies.a.access.steps[2].state: `limited` does not take more "
                    + "than `limited` before it",
            ]),
        BadPolicy(
            "an access state that is none",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                access:
                  steps:
                    - {state: full, after: 1d}
                    - {state: blocked, after: 2d}
                    - {after: 3d}
                    - {state: suspended}
            """,
            finds: [
                "7:19 error policies.a.access.steps[0].state: `full` is none of the reduced "
                    + "access states",
                "8:19 error policies.a.access.steps[1].state: `blocked` is none of the reduced "
                    + "access states",
                "9:11 error policies.a.access.steps[2].state: the field is missing",
                "10:11 error policies.a.access.steps[3].after: the field is missing",
            ]),
        BadPolicy(
            "an end before the last rung and the last step",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 10d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                access:
                  steps: [{state: suspended, after: 9d}]
                ending: {after: 8d}
            """,
            finds: [
                "11:21 error policies.a.ending.after: the case ends after 8d, before the last "
                    + "access step after 9d",
                "11:21 error policies.a.ending.after: the case ends after 8d, before the last "
                    + "attempt after 10d",
            ]),
        BadPolicy(
            "an end that gives access back",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                messages:
                  - name: first
                    template: payment_failed
                    trigger: {after_open: 0s}
                access:
                  steps: [{state: suspended, after: 9d}]
                ending: {after: 28d, access: limited}
            """,
            finds: [
                "11:34 error policies.a.ending.access: the end would give back access: "
                    + "`limited` is milder than the last step `suspended`"
            ]),
        BadPolicy(
            "end actions that contradict each other",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                ending:
                  after: 28d
                  actions: [voidInvoice, markUncollectible, voidInvoice, keepOpen, refund]
              b:
                retries: {ladder: [1d]}
                ending:
                  after: 28d
                  actions: [voidInvoice, markUncollectible, voidInvoice, keepOpen]
            """,
            finds: [
                "7:72 error policies.a.ending.actions[4]: `refund` is none of the end actions",
                "12:7 error policies.b.ending.actions: `keepOpen` stands beside other actions",
                "12:7 error policies.b.ending.actions: an invoice cannot be both voided and "
                    + "uncollectible",
                "12:49 error policies.b.ending.actions[2]: `voidInvoice` is listed more than "
                    + "once",
            ]),
    ]
}
