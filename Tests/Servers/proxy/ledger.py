"""Every `pay` that reached Stripe's side: who sent it, under which key, and what came of it."""

import threading
import time


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.entries = []

    def begin(self, invoice, key, payment_method, foreign):
        """Called once for each request that is carried out; a replay under a key is not."""
        entry = {
            "at_ms": int(time.time() * 1000), "invoice": invoice, "key": key,
            "payment_method": payment_method, "foreign": foreign, "outcome": "running",
            "charge": None, "status": None,
        }
        with self.lock:
            self.entries.append(entry)
        return entry

    def end(self, entry, answer, outcome, charge=None):
        with self.lock:
            entry.update(outcome=outcome, charge=charge, status=answer.status)
        return answer

    def listing(self):
        with self.lock:
            return [dict(entry) for entry in self.entries]
