extension BadPolicy {
    /// Attempts that cannot be made as planned.
    static let retries: [BadPolicy] = [
        BadPolicy(
            "a ladder that does not grow",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1d, 3d, 3d, 2d]
            """,
            finds: [
                "5:24 error policies.a.retries.ladder[2]: 3d is not later than the rung before, "
                    + "3d",
                "5:28 error policies.a.retries.ladder[3]: 2d is not later than the rung before, "
                    + "3d",
            ]),
        BadPolicy(
            "rungs beyond the window",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  window: 5d
                  ladder: [1d, 3d]
                  ladders:
                    softVelocity: [1d, 6d]
            """,
            finds: [
                "8:28 error policies.a.retries.ladders.softVelocity[1]: 6d lies beyond the "
                    + "window of 5d"
            ]),
        BadPolicy(
            "a class that is none, in a ladder and in a message",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1d]
                  ladders: {softfund: [1d]}
                messages:
                  - name: m
                    template: payment_failed
                    trigger: {after_open: 0s}
                    only_for: [softFunds, softFunds, hardlost]
            """,
            finds: [
                "6:17 error policies.a.retries.ladders.softfund: `softfund` is none of the "
                    + "decline classes",
                "11:31 error policies.a.messages[0].only_for[1]: `softFunds` is listed more "
                    + "than once",
                "11:42 error policies.a.messages[0].only_for[2]: `hardlost` is none of the "
                    + "decline classes",
            ]),
        BadPolicy(
            "zero tries",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: window, tries: 0, within: 7d}
            """,
            finds: [
                "4:36 error policies.a.retries.tries: `0` is not a whole number that is allowed "
                    + "here"
            ]),
        BadPolicy(
            "tries longer than the window",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: window, tries: 4, within: 30d, window: 28d}
            """,
            finds: [
                "4:47 error policies.a.retries.within: 30d is longer than the window of 28d"
            ]),
        BadPolicy(
            "tries closer than the gap",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: window, tries: 10, within: 5d, gap_min: 24h}
            """,
            finds: [
                "4:36 warning policies.a.retries.tries: 10 tries within 5d are 12h apart, less "
                    + "than the smallest gap of 1d",
                "4:36 warning policies.a.retries.tries: these attempts exceed the soft cap "
                    + "`soft-24h` of 1 in 1d, and some will be moved or dropped",
            ]),
        BadPolicy(
            "a jitter that mixes up the rungs",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d, 2d], jitter: 1d}
            """,
            finds: [
                "4:41 error policies.a.retries.jitter: a jitter of 1d can push a rung past the "
                    + "next, 1d later"
            ]),
        BadPolicy(
            "more attempts than the soft cap",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: window, tries: 20, within: 28d}
            """,
            finds: [
                "4:36 warning policies.a.retries.tries: these attempts exceed the soft cap "
                    + "`soft-30d` of 12 in 30d, and some will be moved or dropped"
            ]),
        BadPolicy(
            "attempts closer than the soft cap",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [12h, 18h]}
            """,
            finds: [
                "4:15 warning policies.a.retries.ladder: these attempts exceed the soft cap "
                    + "`soft-24h` of 1 in 1d, and some will be moved or dropped"
            ]),
        BadPolicy(
            "a policy that does nothing",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: []}
            """,
            finds: [
                "4:15 warning policies.a.retries.ladder: the policy plans no attempt and sends "
                    + "no message"
            ]),
    ]
}
