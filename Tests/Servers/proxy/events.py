"""Events as Stripe delivers them: made, signed, sent until the endpoint says 2xx, and remembered.

An endpoint that does not answer is tried again every `RETRY_S` until `RETRIES_MAX`, and an event that
waits does not hold up the ones behind it, so that order is never promised (nor is it at Stripe).
Modes, for all endpoints: `deliver`; `duplicate` (each is sent twice); `withhold` (kept until
`flush`); `reorder` (an event waits until the next has been sent, or REORDER_S).
Signature: https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
import urllib.parse

API_VERSION = "2024-06-20"
RETRY_S = 0.25
RETRIES_MAX = 480
REORDER_S = 0.5
TIMEOUT_S = 10
MODES = ("deliver", "duplicate", "withhold", "reorder")


def signature(secret, timestamp, payload):
    signed = b"%d.%s" % (timestamp, payload)
    return "t=%d,v1=%s" % (timestamp, hmac.digest(secret.encode(), signed, hashlib.sha256).hex())


class Events:
    def __init__(self):
        self.condition = threading.Condition()
        self.endpoints = []
        self.mode = "deliver"
        self.made = []
        # (not before, number, endpoint, event, tries)
        self.waiting = []
        self.held = []
        self.count = 0
        for _ in range(4):
            threading.Thread(target=self.deliver, daemon=True).start()

    def register(self, url, secret, types=None):
        with self.condition:
            self.endpoints = [e for e in self.endpoints if e["url"] != url]
            self.endpoints.append({"url": url, "secret": secret, "types": types})

    def set_mode(self, mode):
        if mode not in MODES:
            return "mode: one of " + ", ".join(MODES)
        with self.condition:
            self.mode = mode
        return ""

    def make(self, kind, item, key=None, previous=None):
        with self.condition:
            data = {"object": item}
            if previous is not None:
                data["previous_attributes"] = previous
            event = {
                "id": "evt_proxy%08d" % (len(self.made) + 1),
                "object": "event",
                "api_version": API_VERSION,
                "created": int(time.time()),
                "livemode": False,
                "pending_webhooks": len(self.endpoints),
                "request": {"id": None, "idempotency_key": key},
                "type": kind,
                "data": data,
            }
            record = {"event": event, "deliveries": []}
            self.made.append(record)
            if self.mode == "withhold":
                self.held.append(record)
            elif self.mode == "reorder":
                # Whatever was held goes behind this one; this one is held in turn by every other.
                if self.held:
                    self.queue(record, 0)
                    self.queue(self.held.pop(), 0.02)
                else:
                    self.held.append(record)
                    threading.Timer(REORDER_S, self.release, [record]).start()
            else:
                self.queue(record, 0)
                if self.mode == "duplicate":
                    self.queue(record, 0)
            return event

    def release(self, record):
        with self.condition:
            if record in self.held:
                self.held.remove(record)
                self.queue(record, 0)

    def flush(self, order="made", times=1, seed=0):
        """Sends what is withheld: in the order `made`, `reversed` or `shuffled` by `seed`."""
        with self.condition:
            records, self.held = self.held, []
            if order == "reversed":
                records.reverse()
            elif order == "shuffled":
                random.Random(seed).shuffle(records)
            for position, record in enumerate(records * times):
                self.queue(record, 0.01 * position)
            return len(records)

    def queue(self, record, delay_s):
        for endpoint in self.endpoints:
            types = endpoint["types"]
            if types is None or record["event"]["type"] in types:
                self.count += 1
                self.waiting.append((time.monotonic() + delay_s, self.count, endpoint, record, 0))
        self.waiting.sort(key=lambda entry: entry[:2])
        self.condition.notify_all()

    def deliver(self):
        while True:
            with self.condition:
                while not self.waiting or self.waiting[0][0] > time.monotonic():
                    left = self.waiting[0][0] - time.monotonic() if self.waiting else None
                    self.condition.wait(left)
                _, number, endpoint, record, tries = self.waiting.pop(0)
            status = self.send(endpoint["url"], endpoint["secret"], record["event"])
            with self.condition:
                record["deliveries"].append({"status": status, "at_ms": int(time.time() * 1000)})
                if not 200 <= status < 300 and tries < RETRIES_MAX:
                    later = time.monotonic() + RETRY_S
                    self.waiting.append((later, number, endpoint, record, tries + 1))
                    self.waiting.sort(key=lambda entry: entry[:2])
                    self.condition.notify_all()

    def send(self, url, secret, event, age_s=0):
        """The status that the endpoint answered, 0 for no answer."""
        payload = json.dumps(event, indent=2).encode()
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", parts.path or "/", body=payload, headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                "Stripe-Signature": signature(secret, int(time.time()) - age_s, payload),
            })
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def send_again(self, identifier, secret=None, age_s=0):
        """Sends one event once more, now, perhaps with a wrong secret or an old time."""
        with self.condition:
            found = [r for r in self.made if r["event"]["id"] == identifier]
            endpoints = list(self.endpoints)
        if not found or not endpoints:
            return None
        return [self.send(e["url"], secret or e["secret"], found[0]["event"], age_s)
                for e in endpoints]

    def listing(self):
        with self.condition:
            return {
                "mode": self.mode,
                "held": len(self.held),
                "waiting": len(self.waiting),
                "events": [
                    {
                        "id": record["event"]["id"],
                        "type": record["event"]["type"],
                        "object": record["event"]["data"]["object"].get("id"),
                        "deliveries": list(record["deliveries"]),
                    }
                    for record in self.made
                ],
            }
