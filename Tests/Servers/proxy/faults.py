"""What the network and a tired server do to answers, by rule.

A rule: {"method": "POST", "path": "/v1/invoices/*/pay", "kind": KIND, "times": 1, "after": 0, ...}
`path` is a shell pattern, `after` lets that many matching requests through first, `times` is how
often the rule works (null: always). The first rule that matches and is not used up is taken. Kinds:

    drop_before   reset without passing the request on: nothing happened at Stripe
    drop_after    passed on, then reset: it happened, and its answer is lost
    delay_before  waits `delay_ms`, then passes it on; the key is in use meanwhile
    delay_after   passes it on, then waits `delay_ms` with the answer in hand
    status        answers `status` (with Retry-After when `retry_after` is given); nothing happened
    status_after  passes it on and answers `status` instead: it happened, Stripe says it broke
    seeded        draws one of the above for each request from `seed`, the request's key or path and
                  how often it was seen: {"seed": 1, "per_mille": {"drop_after": 50, ...}, "delay_ms"}
"""

import fnmatch
import hashlib
import threading

NOTHING = {"kind": "nothing"}
KINDS = (
    "drop_before", "drop_after", "delay_before", "delay_after", "status", "status_after", "seeded")


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.rules = []
        self.seen = {}
        self.done = {}

    def add(self, rule):
        """An empty string, or what is wrong with the rule."""
        if rule.get("kind") not in KINDS:
            return "kind: one of " + ", ".join(KINDS)
        rule = dict(rule)
        rule.setdefault("method", "*")
        rule.setdefault("path", "*")
        rule.setdefault("times", None if rule["kind"] == "seeded" else 1)
        rule.setdefault("after", 0)
        with self.lock:
            self.rules.append(rule)
        return ""

    def clear(self):
        with self.lock:
            self.rules.clear()

    def next(self, method, path, key):
        with self.lock:
            identity = key or method + " " + path
            self.seen[identity] = self.seen.get(identity, 0) + 1
            for rule in self.rules:
                if not fnmatch.fnmatchcase(method, rule["method"]):
                    continue
                if not fnmatch.fnmatchcase(path, rule["path"]):
                    continue
                if rule["times"] == 0:
                    continue
                if rule["after"] > 0:
                    rule["after"] -= 1
                    continue
                if rule["times"] is not None:
                    rule["times"] -= 1
                if rule["kind"] == "seeded":
                    rule = self.drawn(rule, identity)
                self.done[rule["kind"]] = self.done.get(rule["kind"], 0) + 1
                return rule
            return NOTHING

    def drawn(self, rule, identity):
        text = "%s %s %d" % (rule.get("seed", 0), identity, self.seen[identity])
        draw = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 1000
        for kind, share in sorted(rule.get("per_mille", {}).items()):
            if draw < share:
                return dict(rule, kind=kind)
            draw -= share
        return NOTHING

    def listing(self):
        with self.lock:
            return {"rules": list(self.rules), "done": dict(self.done)}
