"""Idempotency keys as Stripe keeps them: one table, in memory, for the life of the proxy.

States of a key: absent → running → remembered, or back to absent when the answer was of a kind that
Stripe does not keep (401, 409, 429). A request under a remembered key gets the remembered answer,
whatever it was (a decline and a 500 too), with `Idempotent-Replayed: true`; under a key whose first
request still runs 409; with another path or other parameters 400.
Source: https://docs.stripe.com/api/idempotent_requests
"""

import threading

from . import upstream

NOT_KEPT = {401, 409, 429}
KEY_CHARACTERS_MAX = 255


class Keys:
    def __init__(self):
        self.lock = threading.Lock()
        self.table = {}

    def begin(self, key, request):
        """None when the caller is to run the request and then call `finish`; else the answer."""
        if len(key) > KEY_CHARACTERS_MAX:
            return upstream.refusal(
                400, "Idempotency keys are at most %d characters." % KEY_CHARACTERS_MAX)
        with self.lock:
            entry = self.table.get(key)
            if entry is None:
                self.table[key] = {"request": request, "answer": None, "replays": 0}
                return None
            if entry["request"] != request:
                return upstream.refusal(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with.", kind="idempotency_error")
            if entry["answer"] is None:
                return upstream.refusal(
                    409, "There is currently another in-progress request using this key.",
                    code="idempotency_key_in_use", kind="idempotency_error")
            entry["replays"] += 1
            first = entry["answer"]
            return upstream.Answer(
                first.status, first.body, own=True,
                headers=first.headers + [("Idempotent-Replayed", "true")])

    def finish(self, key, answer):
        with self.lock:
            if answer is None or answer.status in NOT_KEPT:
                del self.table[key]
            else:
                self.table[key]["answer"] = answer

    def forget(self):
        """As if 24 hours had gone by: what is not running is forgotten."""
        with self.lock:
            self.table = {k: e for k, e in self.table.items() if e["answer"] is None}

    def listing(self):
        with self.lock:
            return [
                {
                    "key": key,
                    "path": entry["request"][1],
                    "running": entry["answer"] is None,
                    "status": entry["answer"].status if entry["answer"] else None,
                    "replays": entry["replays"],
                }
                for key, entry in self.table.items()
            ]
