extension BadPolicy {
    /// Segments, experiments and what cases are made of.
    static let targeting: [BadPolicy] = [
        BadPolicy(
            "a condition that cannot be read",
            """
            dunlin: policy/1
            segments:
              - name: pro
                when: 'plan = "pro"'
                policy: a
            policies: {a: {retries: {ladder: [1d]}}}
            """,
            finds: [
                "4:17 error segments[0].when: the condition needs &&, || or its end here"
            ]),
        BadPolicy(
            "a segment that is never reached, and one without a condition",
            """
            dunlin: policy/1
            segments:
              - {name: one, when: annual, policy: a}
              - {name: two, when: annual, policy: a}
              - {name: three, policy: a}
            policies: {a: {retries: {ladder: [1d]}}}
            """,
            finds: [
                "4:23 error segments[1].when: segment `one` asks the same before, so this is "
                    + "never reached",
                "5:5 error segments[2].when: the field is missing",
            ]),
        BadPolicy(
            "a backlog of no age, by a way that is not known, spread over a season",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                intake: {backlog: {mode: forget, spread: 90d}}
            """,
            finds: [
                "5:14 error policies.a.intake.backlog.older_than: the field is missing",
                "5:30 error policies.a.intake.backlog.mode: `forget` is none of the ways with a "
                    + "backlog",
                "5:46 error policies.a.intake.backlog.spread: `90d` is out of bounds",
            ]),
        BadPolicy(
            "an experiment of one arm, and a ramp that is no percentage",
            """
            dunlin: policy/1
            experiments:
              - name: early
                compares: retries
                ramp: 120
                arms: [{name: control}]
            policies: {a: {retries: {ladder: [1d]}}}
            """,
            finds: [
                "5:11 error experiments[0].ramp: `120` is not a percentage",
                "6:5 error experiments[0].arms: an experiment has 2 to 8 arms",
            ]),
        BadPolicy(
            "two experiments on the same thing",
            """
            dunlin: policy/1
            experiments:
              - {name: one, compares: messages, arms: [{name: a}, {name: b}]}
              - {name: two, compares: messages, arms: [{name: a}, {name: b}]}
            policies: {a: {retries: {ladder: [1d]}}}
            """,
            finds: [
                "4:27 error experiments[1].compares: experiment `one` compares messages, too: a "
                    + "case would be in both"
            ]),
        BadPolicy(
            "a time of day, days, backups and an interval that are none",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1d]
                  at: "6:10"
                  days: workdays
                  backup: maybe
                  intervals:
                    fortnightly: {ladder: [1d]}
                    weekly: {ladder: [2d, 1d]}
            """,
            finds: [
                "6:11 error policies.a.retries.at: `6:10` is not a time of day",
                "7:13 error policies.a.retries.days: `workdays` is none of the days",
                "8:15 error policies.a.retries.backup: `maybe` is none of the choices",
                "10:9 error policies.a.retries.intervals.fortnightly: `fortnightly` is none of "
                    + "the billing intervals",
            ]),
        BadPolicy(
            "a ladder of an interval that does not grow",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1d]
                  intervals: {weekly: {ladder: [2d, 1d]}}
            """,
            finds: [
                "6:41 error policies.a.retries.intervals.weekly.ladder[1]: 1d is not later than "
                    + "the rung before, 2d"
            ]),
        BadPolicy(
            "a downgrade to nowhere, cases of no kind and a snooze that is too long",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                ending: {actions: [downgrade]}
                cases: per_account
                customer: {snooze_max: 30d}
            """,
            finds: [
                "5:24 error policies.a.ending.actions[0]: a downgrade needs the plan to change to",
                "6:12 error policies.a.cases: `per_account` is none of the ways to make cases",
                "7:28 error policies.a.customer.snooze_max: `30d` is out of bounds",
            ]),
    ]
}
