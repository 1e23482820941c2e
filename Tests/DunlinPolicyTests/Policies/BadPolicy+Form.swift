extension BadPolicy {
    /// Files that are not of the form that is read.
    static let form: [BadPolicy] = [
        BadPolicy(
            "a file that is not YAML",
            """
            dunlin: policy/1
            policies:
              a: [1d
            """,
            finds: [
                "4:1 error : this is not YAML: did not find expected ',' or ']'"
            ]),
        BadPolicy(
            "an empty file",
            "",
            finds: [
                "1:1 error : the file is empty"
            ]),
        BadPolicy(
            "a list where the file should be a mapping",
            """
            - a
            - b
            """,
            finds: [
                "1:1 error : a mapping (`key: value` lines) is needed here"
            ]),
        BadPolicy(
            "no format",
            """
            policies:
              a:
                retries: {ladder: [1d]}
            """,
            finds: [
                "1:1 error dunlin: the field is missing"
            ]),
        BadPolicy(
            "a format of another file",
            """
            dunlin: rules/1
            policies: {}
            """,
            finds: [
                "1:9 error dunlin: `rules/1` is not a format that is read here"
            ]),
        BadPolicy(
            "two documents",
            """
            dunlin: policy/1
            ---
            dunlin: policy/1
            """,
            finds: [
                "2:1 error : a second document begins here"
            ]),
        BadPolicy(
            "no policies",
            """
            dunlin: policy/1
            policies: {}
            """,
            finds: [
                "2:1 error policies: the file has 0 policies"
            ]),
        BadPolicy(
            "a key twice",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
              a:
                retries: {ladder: [2d]}
            """,
            finds: [
                "3:3 error : the key `a`, first given here, is given again"
            ]),
        BadPolicy(
            "an anchor and an alias",
            """
            dunlin: policy/1
            policies:
              a: &x
                retries: {ladder: [1d]}
              b: *x
            """,
            finds: [
                "3:6 error : an anchor (`&`) is not read here"
            ]),
        BadPolicy(
            "unknown fields, with the nearest known one",
            """
            dunlin: policy/1
            policy: x
            policies:
              a:
                retries:
                  lader: [1d]
                  ladder: [1d]
                  gap: 24h
                acess: {}
            """,
            finds: [
                "2:9 error policy: there is no field `policy` here",
                "6:7 error policies.a.retries.lader: there is no field `lader` here",
                "8:12 error policies.a.retries.gap: there is no field `gap` here",
                "9:5 error policies.a.acess: there is no field `acess` here",
            ]),
        BadPolicy(
            "names that are none",
            """
            dunlin: policy/1
            default: My Policy
            policies:
              Big Plan:
                retries: {ladder: [1d]}
            """,
            finds: [
                "2:10 error default: `My Policy` is not a name",
                "4:3 error policies.Big Plan: `Big Plan` is not a name",
            ]),
        BadPolicy(
            "no retries",
            """
            dunlin: policy/1
            policies:
              a:
                ending: {after: 7d}
            """,
            finds: [
                "3:3 error policies.a.retries: the field is missing"
            ]),
        BadPolicy(
            "no ladder",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {window: 7d}
            """,
            finds: [
                "4:5 error policies.a.retries.ladder: the field is missing"
            ]),
        BadPolicy(
            "an unknown mode",
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: smart, ladder: [1d]}
            """,
            finds: [
                "4:21 error policies.a.retries.mode: `smart` is none of the modes"
            ]),
        BadPolicy(
            "fields of the other mode",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1d]
                  tries: 4
              b:
                retries: {mode: window, tries: 4, within: 7d, ladder: [1d]}
            """,
            finds: [
                "6:14 error policies.a.retries.tries: `tries` belongs to mode window",
                "8:51 error policies.b.retries.ladder: `ladder` belongs to mode ladder",
            ]),
        BadPolicy(
            "lengths of time that are none",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: [1, 2 days, 1h1d, -1d, 500d, 0s]
                  gap_min: soon
                  technical: {first_delay: 30d, tries_max: 99}
            """,
            finds: [
                "5:16 error policies.a.retries.ladder[0]: `1` is not a length of time",
                "5:19 error policies.a.retries.ladder[1]: `2 days` is not a length of time",
                "5:27 error policies.a.retries.ladder[2]: `1h1d` is not a length of time",
                "5:33 error policies.a.retries.ladder[3]: `-1d` is not a length of time",
                "5:38 error policies.a.retries.ladder[4]: `500d` is not a length of time",
                "5:44 error policies.a.retries.ladder[5]: `0s` is out of bounds",
                "6:16 error policies.a.retries.gap_min: `soon` is not a length of time",
                "7:32 error policies.a.retries.technical.first_delay: `30d` is out of bounds",
                "7:48 error policies.a.retries.technical.tries_max: `99` is not a whole number "
                    + "that is allowed here",
            ]),
        BadPolicy(
            "values of the wrong shape",
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  ladder: 1d
                  window: [7d]
                  gap_min:
                  on_method_change: yes
                messages: none
                access: 7d
            """,
            finds: [
                "5:15 error policies.a.retries.ladder: a list is needed here",
                "6:15 error policies.a.retries.window: a single value is needed here, not a "
                    + "list or mapping",
                "7:15 error policies.a.retries.gap_min: the value is empty",
                "8:25 error policies.a.retries.on_method_change: `yes` is neither true nor "
                    + "false",
                "9:15 error policies.a.messages: a list is needed here",
                "10:13 error policies.a.access: a mapping (`key: value` lines) is needed here",
            ]),
    ]
}
