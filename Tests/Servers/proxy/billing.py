"""Stripe's behaviour where localstripe has another: each call either goes through or is made here."""

import contextlib
import re
import threading
import time
import urllib.parse

from .upstream import Answer, refusal

PAY_PARAMETERS = {"payment_method", "source", "off_session", "forgive", "expand"}
LIST_LIMIT_MAX = 100
ACCOUNT = {
    "id": "acct_proxy", "object": "account", "charges_enabled": True, "country": "FR",
    "default_currency": "eur", "details_submitted": True,
}


class Request:
    def __init__(self, method, target, body, authorization, key):
        parts = urllib.parse.urlsplit(target)
        self.method, self.path, self.target = method, parts.path, target
        self.body, self.authorization, self.key = body, authorization, key
        form = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True) if body else []
        self.form = form
        self.query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        # expand[] and expand[0] are the same to Stripe.
        self.expand = [v for k, v in form + self.query if re.fullmatch(r"expand(\[\d*\])?", k)]

    def fingerprint(self):
        """What must be equal for a repeat under the same idempotency key."""
        return (self.method, self.path, tuple(sorted(self.form)))


class Billing:
    def __init__(self, upstream, notes, events, ledger):
        self.upstream, self.notes, self.events, self.ledger = upstream, notes, events, ledger
        self.lock = threading.Lock()
        self.customer_locks = {}
        self.routes = [
            ("GET", r"/v1/invoices", self.list_invoices),
            ("GET", r"/v1/charges", self.list_charges),
            ("POST", r"/v1/invoices/(in_\w+)/pay", self.pay),
            ("POST", r"/v1/invoices/(in_\w+)/void", self.void),
            ("POST", r"/v1/invoices/(in_\w+)/mark_uncollectible", self.mark_uncollectible),
            ("POST", r"/v1/subscriptions", self.create_subscription),
            ("POST", r"/v1/subscriptions/(sub_\w+)", self.update_subscription),
            ("DELETE", r"/v1/subscriptions/(sub_\w+)", self.cancel_subscription),
            ("POST", r"/v1/customers/(cus_\w+)", self.update_customer),
            ("GET", r"/v1/customers/(cus_\w+)/payment_methods", self.methods_of_customer),
            ("POST", r"/v1/payment_methods/(\w+)/attach", self.attach),
            ("GET", r"/v1/account", self.account),
            ("GET", r"/v1/webhook_endpoints", self.webhook_endpoints),
        ]

    def run(self, request):
        if not (request.authorization or "").startswith(("Bearer sk_", "Basic ")):
            return refusal(401, "You did not provide an API key.")
        for method, pattern, handler in self.routes:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                return handler(request, *found.groups())
        return self.pass_through(request)

    # Passing on

    def pass_through(self, request):
        answer = self.upstream.call(
            request.method, request.target, request.body, request.authorization)
        return self.dressed(answer, request.expand)

    def dressed(self, answer, expand=()):
        """localstripe's answer with what Stripe adds; its own when nothing is added."""
        value = answer.value
        if answer.status == 404 and value and "error" in value:
            value["error"].setdefault("code", "resource_missing")
            return Answer.made(404, value)
        if answer.status != 200 or not isinstance(value, dict):
            return answer
        if value.get("object") == "charge":
            self.find_invoice(value)
        if value.get("object") == "list":
            inner = [e.split(".", 1)[1] for e in expand if e.startswith("data.")]
            shown = dict(value, data=[self.notes.any(item, inner) for item in value["data"]])
        else:
            shown = self.notes.any(value, expand)
        return answer if shown == value else Answer.made(200, shown)

    @contextlib.contextmanager
    def customer_lock(self, customer):
        """Paying with another card swaps the customer's default for a moment; one at a time."""
        with self.lock:
            lock = self.customer_locks.setdefault(customer, threading.Lock())
        with lock:
            yield

    def find_invoice(self, charge):
        """localstripe's charge does not name its invoice, nor show its card; others know."""
        method = charge.get("payment_method")
        if method and method not in self.notes.cards:
            found = self.upstream.get("/v1/payment_methods/" + method)
            self.notes.cards[method] = (found or {}).get("card")
        known = self.notes.invoice_of
        if charge["id"] not in known and charge.get("payment_intent"):
            intent = self.upstream.get("/v1/payment_intents/" + charge["payment_intent"])
            if intent and intent.get("invoice"):
                known[charge["id"]] = intent["invoice"]

    # Lists

    def page(self, request, items, shape):
        query = dict(request.query)
        limit = query.get("limit", "10")
        if not limit.isdigit() or not 1 <= int(limit) <= LIST_LIMIT_MAX:
            return refusal(400, "limit: 1 to %d" % LIST_LIMIT_MAX, code="parameter_invalid_integer")
        for name, wanted in query.items():
            found = re.fullmatch(r"created\[(gte?|lte?)\]", name)
            if found:
                bound = int(wanted)
                keeps = {
                    "gt": lambda at: at > bound, "gte": lambda at: at >= bound,
                    "lt": lambda at: at < bound, "lte": lambda at: at <= bound,
                }[found.group(1)]
                items = [item for item in items if keeps(item["created"])]
        start = 0
        if "starting_after" in query:
            places = [n for n, i in enumerate(items) if i["id"] == query["starting_after"]]
            if not places:
                return refusal(400, "starting_after: no such object", code="resource_missing")
            start = places[0] + 1
        shown = items[start:start + int(limit)]
        expand = [e.split(".", 1)[1] for e in request.expand if e.startswith("data.")]
        return Answer.made(200, {
            "object": "list", "url": request.path, "has_more": len(items) > start + len(shown),
            "data": [shape(item, expand) for item in shown]})

    def list_invoices(self, request):
        query = dict(request.query)
        passed = [(k, query[k]) for k in ("customer", "subscription") if k in query]
        problem, items = self.upstream.all("/v1/invoices", passed)
        if problem:
            return self.dressed(problem)
        # Newest first, as Stripe; localstripe's order among equals is that of their making.
        items = sorted(reversed(items), key=lambda i: i["created"], reverse=True)
        if "status" in query:
            items = [i for i in items if self.notes.status(i) == query["status"]]
        return self.page(request, items, self.notes.invoice)

    def list_charges(self, request):
        query = dict(request.query)
        passed = [("customer", query["customer"])] if "customer" in query else []
        problem, items = self.upstream.all("/v1/charges", passed)
        if problem:
            return self.dressed(problem)
        if "payment_intent" in query:
            items = [c for c in items if c.get("payment_intent") == query["payment_intent"]]
        for charge in items:
            self.find_invoice(charge)
        return self.page(request, items[::-1], self.notes.charge)

    def methods_of_customer(self, request, customer):
        query = [("customer", customer), ("type", dict(request.query).get("type", "card"))]
        query += [(k, v) for k, v in request.query if k in ("limit", "starting_after")]
        answer = self.upstream.call(
            "GET", "/v1/payment_methods?" + urllib.parse.urlencode(query))
        return self.dressed(answer)

    # Paying

    def pay(self, request, identifier):
        form = dict(request.form)
        unknown = {re.sub(r"\[.*", "", name) for name in form} - PAY_PARAMETERS
        if unknown:
            return refusal(
                400, "Received unknown parameter: " + sorted(unknown)[0], code="parameter_unknown")
        invoice = self.upstream.get("/v1/invoices/" + identifier)
        if invoice is None:
            return refusal(404, "No such invoice: '%s'" % identifier, code="resource_missing")
        with self.customer_lock(invoice["customer"]):
            method = form.get("payment_method") or form.get("source")
            return self.pay_now(invoice, method, request)

    def pay_now(self, invoice, method, request, foreign=False):
        identifier, customer = invoice["id"], invoice["customer"]
        entry = self.ledger.begin(
            invoice=identifier, key=request.key, payment_method=method, foreign=foreign)
        invoice = self.upstream.get("/v1/invoices/" + identifier)
        if invoice["status"] in ("paid", "void"):
            reason = "Invoice is already paid" if invoice["status"] == "paid" else (
                "This invoice is void and cannot be paid.")
            return self.ledger.end(entry, refusal(400, reason), "refused")
        restore = None
        if method:
            owner = self.upstream.get("/v1/payment_methods/" + method)
            if owner is None or owner["customer"] != customer:
                return self.ledger.end(entry, refusal(
                    400, "The payment method does not belong to the customer.",
                    code="resource_missing"), "refused")
            restore = self.swap_default(customer, method)
        answer = self.upstream.post("/v1/invoices/%s/pay" % identifier)
        if restore is not None:
            self.set_default(customer, restore)
        if answer.status != 200:
            # localstripe says 404 for a customer without a card.
            return self.ledger.end(entry, refusal(
                400, "This customer has no attached payment source or default payment method. "
                "Attach one before the invoice can be paid.", code="resource_missing"), "refused")
        return self.paid_or_declined(answer.value, entry, request)

    def paid_or_declined(self, invoice, entry, request):
        charge = invoice["charge"]
        if charge is None and invoice["status"] != "paid":
            self.tell_failure(invoice, request.key, "invoice.payment_action_required")
            return self.ledger.end(entry, refusal(
                402, "This payment requires additional user action before it can be completed "
                "successfully.", code="invoice_payment_intent_requires_action",
                kind="card_error"), "requires_action")
        if charge is not None and charge["status"] == "failed":
            self.tell_failure(invoice, request.key)
            intent = self.upstream.get("/v1/payment_intents/" + invoice["payment_intent"])
            error = self.notes.payment_error(charge, self.notes.intent(intent))
            return self.ledger.end(
                entry, Answer.made(402, {"error": error}), "declined", charge["id"])
        self.tell_success(invoice, request.key)
        shown = self.notes.invoice(invoice, request.expand)
        return self.ledger.end(
            entry, Answer.made(200, shown), "paid", charge["id"] if charge else None)

    def swap_default(self, customer, method):
        """Makes `method` the default; gives back the former one, or None if it already was."""
        found = self.upstream.get("/v1/customers/" + customer)
        former = found["invoice_settings"].get("default_payment_method") or ""
        if former == method:
            return None
        self.set_default(customer, method)
        return former

    def set_default(self, customer, method):
        self.upstream.post(
            "/v1/customers/" + customer, **{"invoice_settings[default_payment_method]": method})

    # What follows from a payment

    def tell_failure(self, invoice, key=None, kind=None):
        shown = self.notes.invoice(invoice)
        if invoice.get("subscription") and invoice["id"] in self.notes.cycle_invoices:
            self.set_past_due(invoice["subscription"], True, key)
        self.events.make("invoice.payment_failed", shown, key)
        if kind:
            self.events.make(kind, shown, key)

    def tell_success(self, invoice, key=None):
        self.notes.uncollectible.discard(invoice["id"])
        self.notes.next_attempt.pop(invoice["id"], None)
        shown = self.notes.invoice(invoice)
        if isinstance(invoice["charge"], dict):
            self.events.make("charge.succeeded", self.notes.charge(invoice["charge"]), key)
        self.events.make("invoice.paid", shown, key)
        self.events.make("invoice.payment_succeeded", shown, key)
        if invoice.get("subscription"):
            self.set_past_due(invoice["subscription"], False, key)

    def set_past_due(self, identifier, is_past_due, key):
        if (identifier in self.notes.past_due) == is_past_due:
            return
        (self.notes.past_due.add if is_past_due else self.notes.past_due.discard)(identifier)
        subscription = self.upstream.get("/v1/subscriptions/" + identifier)
        before = "active" if is_past_due else "past_due"
        self.events.make(
            "customer.subscription.updated", self.notes.subscription(subscription), key,
            previous={"status": before})

    # Invoices

    def void(self, request, identifier):
        answer = self.upstream.call(
            "POST", request.path, request.body, request.authorization)
        if answer.status == 200:
            self.notes.uncollectible.discard(identifier)
            self.events.make("invoice.voided", self.notes.invoice(answer.value), request.key)
        return self.dressed(answer, request.expand)

    def mark_uncollectible(self, request, identifier):
        invoice = self.upstream.get("/v1/invoices/" + identifier)
        if invoice is None:
            return refusal(404, "No such invoice: '%s'" % identifier, code="resource_missing")
        if self.notes.status(invoice) != "open":
            return refusal(400, "You can only mark an open invoice as uncollectible.")
        self.notes.uncollectible.add(identifier)
        shown = self.notes.invoice(invoice, request.expand)
        self.events.make("invoice.marked_uncollectible", self.notes.invoice(invoice), request.key)
        return Answer.made(200, shown)

    # Subscriptions

    def create_subscription(self, request):
        answer = self.upstream.call(
            "POST", request.target, request.body, request.authorization)
        if answer.status == 200:
            made = answer.value
            latest = made["latest_invoice"]
            latest = latest["id"] if isinstance(latest, dict) else latest
            self.events.make(
                "customer.subscription.created", self.notes.subscription(made), request.key)
            if latest:
                self.tell(self.upstream.get("/v1/invoices/" + latest), request.key)
        return self.dressed(answer, request.expand)

    def tell(self, invoice, key=None):
        if invoice["status"] == "paid":
            self.tell_success(invoice, key)
        elif invoice["status"] == "open":
            self.tell_failure(invoice, key)

    def renew(self, identifier):
        """The next period's invoice and its first, automatic attempt: what Stripe does by itself."""
        subscription = self.upstream.get("/v1/subscriptions/" + identifier)
        if subscription is None:
            return refusal(404, "No such subscription", code="resource_missing")
        made = self.upstream.post(
            "/v1/invoices", customer=subscription["customer"], subscription=identifier)
        if made.status != 200:
            return made
        invoice = made.value
        self.notes.cycle_invoices.add(invoice["id"])
        return self.attempt_by_stripe(invoice)

    def attempt_by_stripe(self, invoice):
        """One attempt that no key of ours stands for, with its events."""
        with self.customer_lock(invoice["customer"]):
            counts = self.notes.automatic_attempts
            counts[invoice["id"]] = counts.get(invoice["id"], 0) + 1
            request = Request("POST", "/v1/invoices/%s/pay" % invoice["id"], b"", "", None)
            answer = self.pay_now(invoice, None, request, foreign=True)
        charges = self.upstream.get("/v1/invoices/" + invoice["id"])
        return Answer.made(200, {
            "invoice": self.notes.invoice(charges), "attempt": answer.value.get("error")})

    def update_subscription(self, request, identifier):
        before = self.upstream.get("/v1/subscriptions/" + identifier)
        if before is None:
            return refusal(404, "No such subscription", code="resource_missing")
        own = {k: v for k, v in request.form if k.startswith("pause_collection")}
        passed = [(k, v) for k, v in request.form if not k.startswith("pause_collection")]
        answer = Answer(200, b"")
        if passed:
            answer = self.upstream.call(
                "POST", request.path, urllib.parse.urlencode(passed).encode(),
                request.authorization)
            if answer.status != 200:
                return self.dressed(answer)
        previous = {}
        if own:
            previous["pause_collection"] = self.notes.paused.get(identifier)
            behavior = own.get("pause_collection[behavior]")
            if own.get("pause_collection") == "":
                self.notes.paused.pop(identifier, None)
            elif behavior in ("keep_as_draft", "mark_uncollectible", "void"):
                self.notes.paused[identifier] = {"behavior": behavior, "resumes_at": None}
            else:
                return refusal(
                    400, "pause_collection[behavior]: keep_as_draft, mark_uncollectible or void",
                    code="parameter_invalid_enum")
        after = self.upstream.get("/v1/subscriptions/" + identifier)
        shown = self.notes.subscription(after, request.expand)
        self.events.make("customer.subscription.updated", shown, request.key, previous=previous)
        return Answer.made(200, shown)

    def cancel_subscription(self, request, identifier):
        before = self.upstream.get("/v1/subscriptions/" + identifier)
        if before is None or before["status"] in ("canceled", "incomplete_expired"):
            return refusal(
                404, "No such subscription: '%s'" % identifier, code="resource_missing")
        answer = self.upstream.call("DELETE", request.path, b"", request.authorization)
        if answer.status != 200:
            return self.dressed(answer)
        shown = dict(self.notes.subscription(answer.value), canceled_at=int(time.time()))
        self.events.make("customer.subscription.deleted", shown, request.key)
        return Answer.made(200, shown)

    # Customers and cards

    def update_customer(self, request, identifier):
        with self.customer_lock(identifier):
            before = self.upstream.get("/v1/customers/" + identifier)
            answer = self.upstream.call(
                "POST", request.target, request.body, request.authorization)
        if answer.status == 200:
            after = answer.value
            previous = {k: v for k, v in before.items() if after.get(k) != v}
            self.events.make("customer.updated", after, request.key, previous=previous)
        return self.dressed(answer, request.expand)

    def attach(self, request, identifier):
        answer = self.upstream.call(
            "POST", request.target, request.body, request.authorization)
        if answer.status == 200:
            self.events.make(
                "payment_method.attached", self.notes.method(answer.value), request.key)
        return self.dressed(answer, request.expand)

    def card_updated(self, identifier, card):
        """What a card updater does: the same payment method, newer card data."""
        method = self.upstream.get("/v1/payment_methods/" + identifier)
        if method is None:
            return refusal(404, "No such payment method", code="resource_missing")
        before = {k: (method.get("card") or {}).get(k) for k in card}
        self.notes.newer_cards[method["id"]] = card
        shown = self.notes.method(method)
        self.events.make(
            "payment_method.automatically_updated", shown, previous={"card": before})
        return Answer.made(200, shown)

    # The account

    def account(self, request):
        return Answer.made(200, ACCOUNT)

    def webhook_endpoints(self, request):
        data = [
            {
                "id": "we_proxy%d" % number, "object": "webhook_endpoint", "status": "enabled",
                "url": endpoint["url"], "enabled_events": endpoint["types"] or ["*"],
                "api_version": "2024-06-20",
            }
            for number, endpoint in enumerate(self.events.endpoints, 1)
        ]
        return Answer.made(200, {
            "object": "list", "url": request.path, "has_more": False, "data": data})
