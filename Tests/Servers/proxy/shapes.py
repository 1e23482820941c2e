"""Objects as Stripe shows them (API version 2024-06-20), made from localstripe's and our own notes.

`Notes` holds what localstripe has no place for: why each charge failed, uncollectible invoices, paused
collection, subscriptions that are past due, newer card data. Nothing here calls localstripe.
"""

import threading

# decline code: (error code, message). Where the error code is not card_declined, Stripe gives both.
# https://docs.stripe.com/declines/codes
SPECIAL_CODES = {
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "incorrect_number": ("incorrect_number", "Your card number is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit."),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
}
NOT_SENT = "previously_declined_do_not_retry"


class Notes:
    def __init__(self, public_base):
        self.lock = threading.RLock()
        self.public_base = public_base
        # Wanted declines: (customer or None, payment method or None) → settings.
        self.wanted = {}
        # charge id → settings that it was declined with; fixed at first sight.
        self.declined = {}
        # charge id → invoice id.
        self.invoice_of = {}
        self.uncollectible = set()
        self.paused = {}
        self.past_due = set()
        self.cycle_invoices = set()
        self.automatic_attempts = {}
        self.next_attempt = {}
        self.newer_cards = {}
        # payment method id → card data.
        self.cards = {}

    def want_decline(self, settings):
        with self.lock:
            key = (settings.get("customer"), settings.get("payment_method"))
            self.wanted[key] = settings

    def decline_of(self, charge):
        """Why a failed charge failed."""
        with self.lock:
            identifier = charge["id"]
            if identifier not in self.declined:
                customer, method = charge.get("customer"), charge.get("payment_method")
                for key in ((customer, method), (None, method), (customer, None), (None, None)):
                    if key in self.wanted:
                        self.declined[identifier] = self.wanted[key]
                        break
                else:
                    self.declined[identifier] = {"decline_code": "generic_decline"}
            return self.declined[identifier]

    def code_and_message(self, settings):
        code, message = SPECIAL_CODES.get(
            settings["decline_code"], ("card_declined", "Your card was declined."))
        return settings.get("code", code), message

    def status(self, invoice):
        if invoice["status"] == "open" and invoice["id"] in self.uncollectible:
            return "uncollectible"
        return invoice["status"]

    def invoice(self, invoice, expand=()):
        with self.lock:
            shown = dict(invoice)
            identifier = shown["id"]
            shown["status"] = self.status(invoice)
            paid = shown["status"] == "paid"
            shown["paid"] = paid
            shown["amount_remaining"] = 0 if paid else shown["amount_due"]
            shown["auto_advance"] = False
            shown["next_payment_attempt"] = self.next_attempt.get(identifier)
            shown["attempt_count"] = self.automatic_attempts.get(identifier, 1)
            shown["attempted"] = shown["charge"] is not None or paid
            shown["number"] = "DUN-" + identifier[-6:].upper()
            cycle = identifier in self.cycle_invoices
            shown["billing_reason"] = "subscription_cycle" if cycle else "subscription_create"
            shown["hosted_invoice_url"] = None
            if shown["status"] != "draft" and identifier:
                shown["hosted_invoice_url"] = "%s/i/%s" % (self.public_base, identifier)
            charge = shown["charge"]
            if isinstance(charge, dict):
                self.invoice_of[charge["id"]] = identifier
                shown["charge"] = self.charge(charge) if "charge" in expand else charge["id"]
            return shown

    def charge(self, charge, expand=()):
        with self.lock:
            shown = dict(charge)
            shown["invoice"] = self.invoice_of.get(shown["id"])
            card = self.cards.get(shown.get("payment_method"))
            shown["payment_method_details"] = {"type": "card", "card": card} if card else None
            if shown["status"] != "failed":
                if shown["status"] == "succeeded":
                    shown["outcome"] = {
                        "network_status": "approved_by_network", "reason": None,
                        "risk_level": "normal", "seller_message": "Payment complete.",
                        "type": "authorized"}
                return shown
            settings = self.decline_of(charge)
            shown["failure_code"], shown["failure_message"] = self.code_and_message(settings)
            blocked = settings["decline_code"] == NOT_SENT
            shown["outcome"] = {
                "advice_code": settings.get("advice_code"),
                "network_advice_code": settings.get("network_advice_code"),
                "network_decline_code": settings.get("network_decline_code"),
                "network_status": "not_sent_to_network" if blocked else "declined_by_network",
                "reason": settings["decline_code"],
                "risk_level": "normal",
                "seller_message": "The bank did not return any further details with this decline.",
                "type": "blocked" if blocked else "issuer_declined",
            }
            return shown

    def payment_error(self, charge, with_intent=None):
        """`error` of a 402, or a payment intent's `last_payment_error`."""
        settings = self.decline_of(charge)
        code, message = self.code_and_message(settings)
        error = {
            "type": "card_error",
            "code": code,
            "decline_code": settings["decline_code"],
            "message": message,
            "charge": charge["id"],
            "doc_url": "https://stripe.com/docs/error-codes/" + code.replace("_", "-"),
        }
        for name in ("advice_code", "network_advice_code", "network_decline_code"):
            if settings.get(name):
                error[name] = settings[name]
        if with_intent:
            error["payment_intent"] = with_intent
        return error

    def intent(self, intent, expand=()):
        with self.lock:
            shown = dict(intent)
            charge = shown.get("latest_charge")
            if not isinstance(charge, dict):
                return shown
            if shown.get("invoice"):
                self.invoice_of[charge["id"]] = shown["invoice"]
            if charge["status"] == "failed":
                shown["last_payment_error"] = self.payment_error(charge)
            if "latest_charge" in expand:
                shown["latest_charge"] = self.charge(charge)
            else:
                shown["latest_charge"] = charge["id"]
            for inner in (shown.get("charges") or {}).get("data", []):
                inner.update(self.charge(inner))
            return shown

    def subscription(self, subscription, expand=()):
        with self.lock:
            shown = dict(subscription)
            shown["pause_collection"] = self.paused.get(shown["id"])
            shown["default_payment_method"] = None
            if shown["status"] == "active" and shown["id"] in self.past_due:
                shown["status"] = "past_due"
            if isinstance(shown.get("latest_invoice"), dict):
                shown["latest_invoice"] = self.invoice(
                    shown["latest_invoice"],
                    [e.split(".", 1)[1] for e in expand if e.startswith("latest_invoice.")])
            return shown

    def method(self, method, expand=()):
        with self.lock:
            shown = dict(method)
            newer = self.newer_cards.get(shown["id"])
            if newer and isinstance(shown.get("card"), dict):
                shown["card"] = dict(shown["card"], **newer)
            return shown

    def any(self, item, expand=()):
        """An object of any kind, as Stripe shows it."""
        shapes = {
            "invoice": self.invoice, "charge": self.charge, "payment_intent": self.intent,
            "subscription": self.subscription, "payment_method": self.method,
        }
        shape = shapes.get(item.get("object")) if isinstance(item, dict) else None
        return shape(item, expand) if shape else item
