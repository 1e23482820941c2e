#!/usr/bin/env python3
"""Tries the servers themselves: python3 -m unittest (in this folder, requirements installed)."""

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

HERE = __file__.rpartition("/")[0] or "."
DEADLINE_S = 20


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, *arguments, "--port", "0", "--until-stdin-closes"], cwd=HERE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        self.port = int(line.removeprefix("listening on "))
        self.base = "http://127.0.0.1:%d" % self.port

    def stop(self):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()

    def call(self, method, path, form=None, headers=(), body=None):
        """(status, JSON value, headers); ConnectionError when broken off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            if form is not None:
                body = urllib.parse.urlencode(form)
            connection.request(method, path, body=body, headers={
                "Authorization": "Bearer sk_test_1",
                "Content-Type": "application/x-www-form-urlencoded", **dict(headers)})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text or b"null"), response.headers
        finally:
            connection.close()

    def control(self, name, **wanted):
        method = "POST" if wanted or name in ("faults_clear", "forget_keys") else "GET"
        status, value, _ = self.call(
            method, "/_control/" + name, body=json.dumps(wanted) if method == "POST" else None)
        assert status == 200, value
        return value


def eventually(condition):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen within %d s" % DEADLINE_S)


class Hook:
    """A webhook endpoint in this process."""

    def __init__(self):
        import loopback

        hook = self
        self.taken = []
        self.status = 200

        class Handler(loopback.LoopbackHandler):
            def do_POST(self):
                body = self.read_body()
                hook.taken.append((self.headers["Stripe-Signature"], body))
                self.answer_bytes(hook.status, b"", "text/plain")

        self.server = loopback.LoopbackServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/webhooks/stripe" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def types(self):
        return [json.loads(body)["type"] for _, body in list(self.taken)]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class ProxyTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stripe = Server("localstripe_server.py", "--seed", "7")
        cls.stripe.call("POST", "/v1/plans", {
            "id": "monthly", "amount": 4200, "currency": "eur", "interval": "month",
            "product[name]": "Birds"})

    @classmethod
    def tearDownClass(cls):
        cls.stripe.stop()

    def setUp(self):
        self.proxy = Server("stripe_proxy.py", "--upstream", self.stripe.base)
        self.hook = Hook()
        self.proxy.control("webhooks", url=self.hook.url, secret="whsec_1")

    def tearDown(self):
        self.proxy.stop()
        self.hook.stop()

    def post(self, path, form=(), key=None):
        headers = {"Idempotency-Key": key} if key else {}
        return self.proxy.call("POST", path, dict(form), headers)

    def get(self, path):
        return self.proxy.call("GET", path)[1]

    def card(self, number, customer):
        method = self.post("/v1/payment_methods", {
            "type": "card", "card[number]": number, "card[exp_month]": 12,
            "card[exp_year]": 2031, "card[cvc]": "123"})[1]["id"]
        self.assertEqual(
            self.post("/v1/payment_methods/%s/attach" % method, {"customer": customer})[0], 200)
        return method

    def failing(self):
        """(customer, failing card, open invoice)."""
        customer = self.post("/v1/customers", {"email": "ada@example.test"})[1]["id"]
        method = self.card("4000000000000341", customer)
        self.post("/v1/customers/" + customer, {
            "invoice_settings[default_payment_method]": method})
        subscription = self.post("/v1/subscriptions", {
            "customer": customer, "items[0][plan]": "monthly"})[1]
        return customer, method, subscription["latest_invoice"]

    def charges(self, invoice):
        return self.proxy.control("charges")["invoices"].get(invoice, [])

    def test_a_failing_card_is_told_by_a_signed_event(self):
        _, _, invoice = self.failing()
        eventually(lambda: "invoice.payment_failed" in self.hook.types())
        header, body = self.hook.taken[self.hook.types().index("invoice.payment_failed")]
        timestamp, _, given = header.removeprefix("t=").partition(",v1=")
        wanted = hmac.digest(b"whsec_1", timestamp.encode() + b"." + body, hashlib.sha256).hex()
        self.assertEqual(given, wanted)
        shown = json.loads(body)["data"]["object"]
        self.assertEqual((shown["id"], shown["status"]), (invoice, "open"))
        self.assertTrue(shown["hosted_invoice_url"])
        self.assertEqual(shown["amount_remaining"], 4200)

    def test_a_decline_is_402_with_its_codes_and_the_charge_tells_them_too(self):
        customer, method, invoice = self.failing()
        self.proxy.control(
            "declines", customer=customer, decline_code="insufficient_funds",
            network_decline_code="51", network_advice_code="02", advice_code="try_again_later")
        status, value, headers = self.post("/v1/invoices/%s/pay" % invoice, key="a1")
        self.assertEqual((status, headers["X-Proxy-Own"]), (402, "true"))
        error = value["error"]
        self.assertEqual(error["decline_code"], "insufficient_funds")
        self.assertEqual(error["network_advice_code"], "02")
        charge = self.get("/v1/charges/" + error["charge"])
        self.assertEqual(charge["outcome"]["reason"], "insufficient_funds")
        self.assertEqual(charge["outcome"]["network_decline_code"], "51")
        self.assertEqual(charge["invoice"], invoice)
        self.assertEqual(charge["payment_method_details"]["card"]["last4"], "0341")
        newest = self.get("/v1/charges?customer=" + customer)["data"][0]
        self.assertEqual(newest["id"], error["charge"])
        shown = self.get("/v1/invoices/" + invoice)
        intent = self.get("/v1/payment_intents/" + shown["payment_intent"])
        self.assertEqual(intent["last_payment_error"]["decline_code"], "insufficient_funds")

    def test_a_key_is_remembered(self):
        _, _, invoice = self.failing()
        path = "/v1/invoices/%s/pay" % invoice
        first = self.post(path, key="same")
        second = self.post(path, key="same")
        self.assertEqual(first[:2], second[:2])
        self.assertEqual(second[2]["Idempotent-Replayed"], "true")
        self.assertEqual(len(self.charges(invoice)), 2)
        other = self.post(path, {"off_session": "true"}, key="same")
        self.assertEqual((other[0], other[1]["error"]["type"]), (400, "idempotency_error"))
        self.post(path, key="next")
        self.assertEqual(len(self.charges(invoice)), 3)
        self.assertEqual([e["key"] for e in self.proxy.control("ledger")["pays"]], ["same", "next"])

    def test_a_key_in_use_is_409(self):
        _, _, invoice = self.failing()
        path = "/v1/invoices/%s/pay" % invoice
        self.proxy.control("faults", kind="delay_before", path="*/pay", delay_ms=1500)
        first = []
        thread = threading.Thread(target=lambda: first.append(self.post(path, key="k")))
        thread.start()
        eventually(lambda: self.proxy.control("keys")["keys"])
        self.assertEqual(self.post(path, key="k")[0], 409)
        thread.join()
        self.assertEqual(first[0][0], 402)
        self.assertEqual(self.post(path, key="k")[0], 402)

    def test_lost_answers_before_and_after_the_charge(self):
        _, _, invoice = self.failing()
        path = "/v1/invoices/%s/pay" % invoice
        self.proxy.control("faults", kind="drop_before", path="*/pay")
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.post(path, key="k")
        self.assertEqual(len(self.charges(invoice)), 1)
        self.proxy.control("faults", kind="drop_after", path="*/pay")
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.post(path, key="k")
        self.assertEqual(len(self.charges(invoice)), 2)
        status, _, headers = self.post(path, key="k")
        self.assertEqual((status, headers["Idempotent-Replayed"]), (402, "true"))
        self.assertEqual(len(self.charges(invoice)), 2)

    def test_429_tells_when_to_come_back_and_keeps_no_key(self):
        _, _, invoice = self.failing()
        self.proxy.control("faults", kind="status", path="*/pay", status=429, retry_after=1)
        status, _, headers = self.post("/v1/invoices/%s/pay" % invoice, key="k")
        self.assertEqual((status, headers["Retry-After"]), (429, "1"))
        self.assertEqual(self.post("/v1/invoices/%s/pay" % invoice, key="k")[0], 402)

    def test_another_card_pays_and_the_default_stays(self):
        customer, bad, invoice = self.failing()
        good = self.card("4242424242424242", customer)
        status, value, _ = self.post(
            "/v1/invoices/%s/pay" % invoice, {"payment_method": good}, key="k")
        self.assertEqual((status, value["status"], value["amount_remaining"]), (200, "paid", 0))
        after = self.get("/v1/customers/" + customer)
        self.assertEqual(after["invoice_settings"]["default_payment_method"], bad)
        eventually(lambda: "invoice.paid" in self.hook.types())
        eventually(lambda: "invoice.payment_succeeded" in self.hook.types())
        status, value, _ = self.post("/v1/invoices/%s/pay" % invoice, key="k2")
        self.assertEqual((status, value["error"]["message"]), (400, "Invoice is already paid"))

    def test_a_card_of_another_customer_is_refused(self):
        _, _, invoice = self.failing()
        stranger = self.post("/v1/customers", {})[1]["id"]
        card = self.card("4242424242424242", stranger)
        self.assertEqual(
            self.post("/v1/invoices/%s/pay" % invoice, {"payment_method": card})[0], 400)

    def test_authentication_is_402(self):
        customer = self.post("/v1/customers", {})[1]["id"]
        method = self.card("4000002500003155", customer)
        self.post("/v1/customers/" + customer, {"invoice_settings[default_payment_method]": method})
        made = self.post("/v1/subscriptions", {"customer": customer, "items[0][plan]": "monthly"})
        status, value, _ = self.post("/v1/invoices/%s/pay" % made[1]["latest_invoice"])
        self.assertEqual(
            (status, value["error"]["code"]), (402, "invoice_payment_intent_requires_action"))

    def test_the_list_knows_status_and_pages(self):
        made = {self.failing()[2] for _ in range(3)}
        found, after = set(), ""
        while True:
            page = self.get("/v1/invoices?status=open&limit=2" + after)
            found |= {i["id"] for i in page["data"]}
            self.assertTrue(all(i["status"] == "open" for i in page["data"]))
            if not page["has_more"]:
                break
            after = "&starting_after=" + page["data"][-1]["id"]
        self.assertLessEqual(made, found)
        self.assertEqual(self.get("/v1/invoices?status=uncollectible")["data"], [])
        one = made.pop()
        self.assertEqual(self.post("/v1/invoices/%s/mark_uncollectible" % one)[0], 200)
        self.assertEqual(self.post("/v1/invoices/%s/mark_uncollectible" % one)[0], 400)
        self.assertEqual(self.get("/v1/invoices?status=uncollectible")["data"][0]["id"], one)
        two = made.pop()
        self.assertEqual(self.post("/v1/invoices/%s/void" % two)[1]["status"], "void")

    def test_renewal_past_due_pause_and_cancel(self):
        customer = self.post("/v1/customers", {"email": "b@example.test"})[1]["id"]
        good = self.card("4242424242424242", customer)
        self.post("/v1/customers/" + customer, {"invoice_settings[default_payment_method]": good})
        subscription = self.post("/v1/subscriptions", {
            "customer": customer, "items[0][plan]": "monthly"})[1]
        self.assertEqual(subscription["status"], "active")
        bad = self.card("4000000000000341", customer)
        self.post("/v1/customers/" + customer, {"invoice_settings[default_payment_method]": bad})
        renewed = self.proxy.control("renew", subscription=subscription["id"])
        self.assertEqual(renewed["invoice"]["billing_reason"], "subscription_cycle")
        self.assertEqual(renewed["attempt"]["decline_code"], "generic_decline")
        path = "/v1/subscriptions/" + subscription["id"]
        self.assertEqual(self.get(path)["status"], "past_due")
        paused = self.post(path, {"pause_collection[behavior]": "void"})[1]
        self.assertEqual(paused["pause_collection"]["behavior"], "void")
        self.assertEqual(self.get(path)["pause_collection"]["behavior"], "void")
        self.proxy.control("foreign", invoice=renewed["invoice"]["id"], next_payment_attempt=1)
        self.assertEqual(self.get("/v1/invoices/" + renewed["invoice"]["id"])["attempt_count"], 2)
        self.assertEqual(self.proxy.call("DELETE", path)[1]["status"], "canceled")
        self.assertEqual(self.proxy.call("DELETE", path)[0], 404)
        eventually(lambda: "customer.subscription.deleted" in self.hook.types())

    def test_withheld_events_come_when_flushed_and_duplicates_come_twice(self):
        self.proxy.control("webhook_mode", mode="withhold")
        self.failing()
        self.assertEqual(self.hook.taken, [])
        sent = self.proxy.control("webhook_flush", order="reversed", times=2)["sent"]
        self.assertEqual(sent, 4)
        eventually(lambda: len(self.hook.taken) == 2 * sent)

    def test_an_endpoint_that_fails_is_tried_again(self):
        self.hook.status = 500
        self.failing()
        eventually(lambda: len(self.hook.taken) > 4)
        self.hook.status = 200
        eventually(lambda: self.proxy.control("events")["waiting"] == 0)

    def test_seeded_faults_are_the_same_for_the_same_keys(self):
        import os
        sys.path.insert(0, os.path.abspath(HERE))
        from proxy import faults

        def run():
            made = faults.Faults()
            made.add({"kind": "seeded", "seed": 3, "per_mille": {"drop_after": 300, "status": 200}})
            return [made.next("POST", "/x", "key%d" % (n % 40))["kind"] for n in range(200)]

        self.assertEqual(run(), run())
        self.assertEqual({"nothing", "drop_after", "status"}, set(run()))


class ReceiverTests(unittest.TestCase):
    def test_good_and_bad_signatures(self):
        secret = base64.b64encode(b"a secret of some bytes").decode()
        receiver = Server("webhook_receiver.py", "--secret", "whsec_" + secret)
        try:
            now = str(int(time.time()))
            body = b'{"type": "access.changed"}'

            def send(identifier, timestamp, signed_by):
                digest = hmac.digest(
                    signed_by, identifier.encode() + b"." + timestamp.encode() + b"." + body,
                    hashlib.sha256)
                return receiver.call("POST", "/hook", body=body, headers={
                    "webhook-id": identifier, "webhook-timestamp": timestamp,
                    "webhook-signature": "v1," + base64.b64encode(digest).decode()})[0]

            key = base64.b64decode(secret)
            self.assertEqual(send("msg_1", now, key), 200)
            self.assertEqual(send("msg_2", now, b"other"), 401)
            self.assertEqual(send("msg_3", "1000", key), 401)
            receiver.control("failing", times=1, status=503)
            self.assertEqual(send("msg_4", now, key), 503)
            self.assertEqual(send("msg_4", now, key), 200)
            received = receiver.control("received")["received"]
            self.assertEqual(
                [(e["id"], e["verified"], e["status"]) for e in received],
                [("msg_1", True, 200), ("msg_2", False, 401), ("msg_3", False, 401),
                 ("msg_4", True, 503), ("msg_4", True, 200)])
        finally:
            receiver.stop()


if __name__ == "__main__":
    unittest.main()
