"""localstripe as the proxy calls it: one request, one connection, an answer or `Unreachable`."""

import http.client
import json
import urllib.parse

TIMEOUT_S = 30
PAGE = 100


class Unreachable(Exception):
    """localstripe did not answer."""


class Answer:
    """An answer as it came, or as the proxy made it (`own`)."""

    def __init__(self, status, body, own=False, headers=()):
        self.status = status
        self.body = body
        self.own = own
        self.headers = list(headers)

    @classmethod
    def made(cls, status, value, headers=()):
        return cls(status, json.dumps(value, indent=2).encode() + b"\n", own=True, headers=headers)

    @property
    def value(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def refusal(status, message, code=None, kind="invalid_request_error", **fields):
    error = {"type": kind, "message": message}
    if code:
        error["code"] = code
    error.update(fields)
    return Answer.made(status, {"error": error})


class Upstream:
    def __init__(self, base):
        parts = urllib.parse.urlsplit(base)
        self.host, self.port = parts.hostname, parts.port
        # For calls that are the proxy's own; any secret key will do at localstripe.
        self.authorization = "Bearer sk_test_proxy"

    def call(self, method, path, body=b"", authorization=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            headers = {"Authorization": authorization or self.authorization}
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body=body or None, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(str(error)) from error
        finally:
            connection.close()

    def get(self, path):
        """The object at `path`, or None when there is none."""
        answer = self.call("GET", path)
        return answer.value if answer.status == 200 else None

    def post(self, path, **form):
        return self.call("POST", path, urllib.parse.urlencode(form).encode())

    def all(self, path, query=()):
        """Every object of a list, in localstripe's order."""
        found, after = [], None
        while True:
            page = list(query) + [("limit", PAGE)] + ([("starting_after", after)] if after else [])
            answer = self.call("GET", path + "?" + urllib.parse.urlencode(page))
            if answer.status != 200:
                return answer, []
            value = answer.value
            found += value["data"]
            if not value["has_more"]:
                return None, found
            after = value["data"][-1]["id"]
