#!/usr/bin/env python3
"""A merchant's app as far as webhooks go: takes Standard Webhooks and remembers them in order.

`POST` to any path outside `/_control` is a webhook. It is checked as the specification
(https://www.standardwebhooks.com) says: HMAC-SHA-256 over `id.timestamp.body` with the base64 part of
the `whsec_` secret, constant-time, any of several `v1,` signatures, timestamp within five minutes. A
good one is answered 200, a bad one 401.

    GET  /_control/received   {"received": [{"id", "type", "body", "verified", "why", "status", "at_ms"}]}
    POST /_control/failing    {"times": 3, "status": 503}: the next three are answered 503
    POST /_control/clear      forgets what was received

`status` is what was answered; a webhook that was answered with a failure is in the list too.
"""

import base64
import hashlib
import hmac
import json
import threading
import time

import loopback

AGE_S_MAX = 300


class Received:
    def __init__(self, secret):
        # The specification's secrets are `whsec_` and base64.
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.lock = threading.Lock()
        self.entries = []
        self.failing_times = 0
        self.failing_status = 503

    def problem(self, headers, body):
        """What is wrong with a webhook; an empty string when nothing is."""
        identifier = headers.get("webhook-id")
        timestamp = headers.get("webhook-timestamp")
        signatures = headers.get("webhook-signature")
        if not identifier or not timestamp or not signatures:
            return "a header is missing"
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > AGE_S_MAX:
            return "the timestamp is not within %d seconds" % AGE_S_MAX
        signed = identifier.encode() + b"." + timestamp.encode() + b"." + body
        expected = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        for signature in signatures.split(" "):
            version, _, value = signature.partition(",")
            if version == "v1" and hmac.compare_digest(value, expected):
                return ""
        return "no signature fits"

    def take(self, headers, body):
        why = self.problem(headers, body)
        try:
            value = json.loads(body)
        except ValueError:
            value, why = None, why or "the body is not JSON"
        with self.lock:
            status = 401 if why else 200
            if self.failing_times > 0:
                self.failing_times -= 1
                status = self.failing_status
            self.entries.append({
                "id": headers.get("webhook-id"),
                "type": value.get("type") if isinstance(value, dict) else None,
                "body": value,
                "verified": not why,
                "why": why,
                "status": status,
                "at_ms": int(time.time() * 1000),
            })
        return status


class Handler(loopback.LoopbackHandler):
    def do_GET(self):
        received = self.server.received
        if self.path != "/_control/received":
            return self.answer_json(404, {"error": "GET knows /_control/received"})
        with received.lock:
            self.answer_json(200, {"received": list(received.entries)})

    def do_POST(self):
        received = self.server.received
        body = self.read_body()
        if self.path == "/_control/failing":
            wanted = json.loads(body or b"{}")
            with received.lock:
                received.failing_times = int(wanted.get("times", 1))
                received.failing_status = int(wanted.get("status", 503))
            return self.answer_json(200, {})
        if self.path == "/_control/clear":
            with received.lock:
                received.entries.clear()
            return self.answer_json(200, {})
        status = received.take(self.headers, body)
        self.answer_bytes(status, b"", "text/plain")


def main():
    parser = loopback.arguments("receives Standard Webhooks")
    parser.add_argument("--secret", required=True, help="whsec_ and base64")
    options = parser.parse_args()
    server = loopback.LoopbackServer(("127.0.0.1", options.port), Handler)
    server.received = Received(options.secret)
    loopback.serve(server, options)


if __name__ == "__main__":
    main()
