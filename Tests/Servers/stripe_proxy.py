#!/usr/bin/env python3
"""Stands before localstripe and behaves as Stripe where localstripe does not; and can break answers.

An answer that the proxy made or changed carries `X-Proxy-Own: true`; one without it is localstripe's,
byte for byte. The proxy's own, after Stripe's documentation (API version 2024-06-20):

* Idempotency keys: same answer again (`Idempotent-Replayed: true`), 400 for other parameters, 409
  while the first request runs (proxy/keys.py).
* `POST /v1/invoices/{id}/pay`: 402 with `error.decline_code` and the advice codes when the charge was
  declined or wants authentication; `payment_method`; 400 for a paid or void invoice and for unknown
  parameters. The charge itself is always localstripe's.
* Lists of invoices and charges: `status`, `created[…]`, `payment_intent`, newest first, paging.
* `mark_uncollectible`; `pause_collection`; `hosted_invoice_url`, `amount_remaining`,
  `billing_reason`, `next_payment_attempt` of invoices; `past_due` subscriptions; a second
  cancellation is 404; failure code, outcome, invoice and
  card of charges; `last_payment_error` of intents.
* `GET /v1/account`, `GET /v1/webhook_endpoints`, `GET /v1/customers/{id}/payment_methods`.
* Events: invoice.payment_failed, .paid, .payment_succeeded, .payment_action_required, .voided,
  .marked_uncollectible, charge.succeeded, customer.updated, customer.subscription.created, .updated,
  .deleted, payment_method.attached, .automatically_updated; signed as Stripe signs (proxy/events.py).

Control, in JSON, under /_control (answers are not Stripe's):

    POST /webhooks      {"url", "secret", "types": [..]?}   send events there
    POST /webhook_mode  {"mode": deliver|duplicate|withhold|reorder}
    POST /webhook_flush {"order": made|reversed|shuffled, "times": 1, "seed": 0}
    POST /webhook_again {"event": "evt_…", "secret"?: …, "age_s"?: …}  → {"statuses": [..]}
    POST /declines      {"decline_code", "customer"?, "payment_method"?, "code"?, "advice_code"?,
                         "network_advice_code"?, "network_decline_code"?}  for charges from now on
    POST /faults        a rule (proxy/faults.py);  POST /faults_clear
    POST /renew         {"subscription"}: the next invoice and its first attempt, by Stripe
    POST /foreign       {"invoice", "next_payment_attempt"?}: an attempt by Stripe's own retries
    POST /card_updated  {"payment_method", "card": {"exp_month", "exp_year", ..}}
    POST /forget_keys   as if a day had gone by
    POST /plain         {"on": true}: from now on every answer is localstripe's own, and keys mean
                        nothing; faults stay
    GET  /ledger        {"pays": [{at_ms, invoice, key, payment_method, foreign, outcome, charge, status}]}
    GET  /charges       {"invoices": {"in_…": [{id, status, amount, created}]}} as localstripe has them
    GET  /keys  /events  /faults
"""

import json
import threading
import time

import loopback
from proxy import billing, events, faults, keys, ledger, shapes, upstream

LOCALSTRIPE_STATUS = 502


class Proxy:
    def __init__(self, base, port):
        self.upstream = upstream.Upstream(base)
        self.notes = shapes.Notes("http://127.0.0.1:%d" % port)
        self.events = events.Events()
        self.ledger = ledger.Ledger()
        self.keys = keys.Keys()
        self.faults = faults.Faults()
        self.billing = billing.Billing(self.upstream, self.notes, self.events, self.ledger)
        self.lock = threading.Lock()
        self.requests = 0
        self.plain = False

    def request_id(self):
        with self.lock:
            self.requests += 1
            return "req_proxy%08d" % self.requests

    def carry_out(self, request, fault):
        """The answer, under the request's key if it has one."""
        if request.method != "POST" or request.key is None or self.plain:
            return self.run(request, fault)
        answer = self.keys.begin(request.key, request.fingerprint())
        if answer is not None:
            return answer
        made = None
        try:
            made = self.run(request, fault)
        finally:
            self.keys.finish(request.key, made)
        return made

    def run(self, request, fault):
        if fault["kind"] == "delay_before":
            time.sleep(fault["delay_ms"] / 1000)
        if self.plain:
            return self.upstream.call(
                request.method, request.target, request.body, request.authorization)
        return self.billing.run(request)

    def set_plain(self, on):
        self.plain = on

    def charges(self):
        """Every charge at localstripe by invoice: the count that no ledger of ours can flatter."""
        _, found = self.upstream.all("/v1/charges")
        invoices = {}
        for charge in found:
            self.billing.find_invoice(charge)
            invoice = self.notes.invoice_of.get(charge["id"], "")
            invoices.setdefault(invoice, []).append(
                {name: charge[name] for name in ("id", "status", "amount", "created")})
        return invoices


class Handler(loopback.LoopbackHandler):
    def do_GET(self):
        self.take("GET")

    def do_POST(self):
        self.take("POST")

    def do_DELETE(self):
        self.take("DELETE")

    def take(self, method):
        body = self.read_body()
        if self.path.startswith("/_control/"):
            return self.control(method, self.path.removeprefix("/_control/"), body)
        if self.path.startswith("/i/"):
            return self.answer_bytes(200, b"<p>The invoice's page</p>", "text/html")
        proxy = self.server.proxy
        try:
            request = billing.Request(
                method, self.path, body, self.headers.get("Authorization"),
                self.headers.get("Idempotency-Key"))
        except UnicodeDecodeError:
            return self.send_stripe(upstream.refusal(400, "The body is not a form."))
        fault = proxy.faults.next(method, request.path, request.key)
        if fault["kind"] == "drop_before":
            return self.break_off()
        if fault["kind"] == "status":
            return self.send_fault(fault)
        try:
            answer = proxy.carry_out(request, fault)
        except upstream.Unreachable:
            answer = upstream.refusal(
                LOCALSTRIPE_STATUS, "localstripe does not answer", kind="api_error")
        if fault["kind"] == "drop_after":
            return self.break_off()
        if fault["kind"] == "delay_after":
            time.sleep(fault["delay_ms"] / 1000)
        if fault["kind"] == "status_after":
            return self.send_fault(fault)
        self.send_stripe(answer)

    def send_fault(self, fault):
        status = fault.get("status", 500)
        headers = []
        if "retry_after" in fault:
            headers.append(("Retry-After", str(fault["retry_after"])))
        kind = "rate_limit" if status == 429 else None
        answer = upstream.refusal(
            status, "An unexpected error, made on purpose.", code=kind, kind="api_error")
        answer.headers += headers
        self.send_stripe(answer)

    def send_stripe(self, answer):
        headers = list(answer.headers) + [("Request-Id", self.server.proxy.request_id())]
        if answer.own:
            headers.append(("X-Proxy-Own", "true"))
        self.answer_bytes(answer.status, answer.body, "application/json", headers)

    def control(self, method, name, body):
        try:
            wanted = json.loads(body or b"{}")
            handler = CONTROLS.get((method, name))
            if handler is None:
                return self.answer_json(404, {"error": "no such control: %s %s" % (method, name)})
            result = handler(self.server.proxy, wanted)
        except (ValueError, KeyError, TypeError) as error:
            return self.answer_json(400, {"error": "%s: %s" % (type(error).__name__, error)})
        if isinstance(result, upstream.Answer):
            return self.answer_bytes(result.status, result.body, "application/json")
        if isinstance(result, str) and result:
            return self.answer_json(400, {"error": result})
        self.answer_json(200, result or {})


def foreign(proxy, wanted):
    invoice = proxy.upstream.get("/v1/invoices/" + wanted["invoice"])
    if invoice is None:
        return "invoice: there is none with this id"
    if "next_payment_attempt" in wanted:
        proxy.notes.next_attempt[invoice["id"]] = wanted["next_payment_attempt"]
    proxy.notes.automatic_attempts.setdefault(invoice["id"], 1)
    return proxy.billing.attempt_by_stripe(invoice)


def again(proxy, wanted):
    statuses = proxy.events.send_again(
        wanted["event"], wanted.get("secret"), wanted.get("age_s", 0))
    return "event: there is none with this id" if statuses is None else {"statuses": statuses}


CONTROLS = {
    ("POST", "webhooks"): lambda p, w: p.events.register(w["url"], w["secret"], w.get("types")),
    ("POST", "webhook_mode"): lambda p, w: p.events.set_mode(w["mode"]),
    ("POST", "webhook_flush"): lambda p, w: {"sent": p.events.flush(**w)},
    ("POST", "webhook_again"): again,
    ("POST", "declines"): lambda p, w: p.notes.want_decline(dict(w, decline_code=w["decline_code"])),
    ("POST", "faults"): lambda p, w: p.faults.add(w),
    ("POST", "faults_clear"): lambda p, w: p.faults.clear(),
    ("POST", "renew"): lambda p, w: p.billing.renew(w["subscription"]),
    ("POST", "foreign"): foreign,
    ("POST", "card_updated"): lambda p, w: p.billing.card_updated(w["payment_method"], w["card"]),
    ("POST", "forget_keys"): lambda p, w: p.keys.forget(),
    ("POST", "plain"): lambda p, w: p.set_plain(w["on"]),
    ("GET", "ledger"): lambda p, w: {"pays": p.ledger.listing()},
    ("GET", "charges"): lambda p, w: {"invoices": p.charges()},
    ("GET", "keys"): lambda p, w: {"keys": p.keys.listing()},
    ("GET", "events"): lambda p, w: p.events.listing(),
    ("GET", "faults"): lambda p, w: p.faults.listing(),
}


def main():
    parser = loopback.arguments("Stripe as tests need it, before localstripe")
    parser.add_argument("--upstream", required=True, help="http://127.0.0.1:PORT of localstripe")
    options = parser.parse_args()
    server = loopback.LoopbackServer(("127.0.0.1", options.port), Handler)
    server.proxy = Proxy(options.upstream, server.server_address[1])
    loopback.serve(server, options)


if __name__ == "__main__":
    main()
