#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) that keeps what it accepts.

    smtp_sink.py --port N --out DIR [--starttls CERT KEY] [--implicit-tls] [--auth USER:PASSWORD]
                 [--reject ADDRESS[=REPLY]] ... [--defer ADDRESS=TIMES] ... [--reject-content REPLY]

Each accepted message becomes `DIR/0001.eml`, byte for byte, and then one line of JSON in
`DIR/envelopes.jsonl`: number, file, from, to, tls, user, connection (counted from 1), at_ms, and what
Python's own parser reads in it: headers (decoded), text, html, defects. A reader that sees a line
finds its file complete.

`--reject` answers RCPT with `550 5.1.1 no such mailbox` or with the reply that is given; `--defer`
answers `451 4.7.1 try again later` that many times and then accepts; `--reject-content` answers every
message after it was sent. `--auth` demands a login, over TLS when there is TLS.
"""

import asyncio
import email
import email.policy
import json
import logging
import os
import pathlib
import signal
import ssl
import sys
import time
import warnings

import loopback

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    sys.exit("smtp_sink.py: aiosmtpd is missing: run cluster/setup --tests and use its Python")


class Sink:
    def __init__(self, options):
        self.out = pathlib.Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self.connections = {}
        self.reject_content = options.reject_content
        self.rejected = {}
        for entry in options.reject:
            address, _, reply = entry.partition("=")
            self.rejected[address.lower()] = reply or "550 5.1.1 no such mailbox"
        self.deferred = {}
        for entry in options.defer:
            address, _, times = entry.partition("=")
            self.deferred[address.lower()] = int(times or 1)
        self.user, _, self.password = (options.auth or "").partition(":")

    def authenticate(self, server, session, envelope, mechanism, data):
        given = (getattr(data, "login", b""), getattr(data, "password", b""))
        is_good = given == (self.user.encode(), self.password.encode())
        return AuthResult(success=is_good, auth_data=self.user, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        key = address.lower()
        if key in self.rejected:
            return self.rejected[key]
        if self.deferred.get(key, 0) > 0:
            self.deferred[key] -= 1
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.reject_content:
            return self.reject_content
        self.count += 1
        name = "%04d.eml" % self.count
        partial = self.out / (name + ".partial")
        partial.write_bytes(envelope.original_content)
        os.replace(partial, self.out / name)
        connection = self.connections.setdefault(session.peer, len(self.connections) + 1)
        line = {
            "number": self.count,
            "file": name,
            "from": envelope.mail_from,
            "to": list(envelope.rcpt_tos),
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data if session.authenticated else None,
            "connection": connection,
            "at_ms": int(time.time() * 1000),
        }
        line.update(parsed(envelope.original_content))
        with open(self.out / "envelopes.jsonl", "a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")
        return "250 2.0.0 accepted as %04d" % self.count


def parsed(content):
    """What a mail program sees: headers decoded, both bodies, and everything that is malformed."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    defects = [type(defect).__name__ for part in message.walk() for defect in part.defects]
    for name, value in message.items():
        defects += [name + ": " + type(defect).__name__ for defect in value.defects]

    def body(kind):
        part = message.get_body(preferencelist=(kind,))
        return part.get_content() if part is not None else None

    return {
        "headers": {name: str(value) for name, value in message.items()},
        "text": body("plain"),
        "html": body("html"),
        "defects": defects,
    }


async def serve(options):
    sink = Sink(options)
    tls = None
    if options.starttls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options.starttls)
    by_command = tls is not None and not options.implicit_tls
    loop = asyncio.get_running_loop()

    def protocol():
        return SMTP(
            sink, hostname="sink.test", enable_SMTPUTF8=True, loop=loop,
            tls_context=tls if by_command else None,
            authenticator=sink.authenticate if options.auth else None,
            auth_required=bool(options.auth), auth_require_tls=by_command)

    server = await loop.create_server(
        protocol, "127.0.0.1", options.port, ssl=tls if options.implicit_tls else None)
    loopback.announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main():
    parser = loopback.arguments("keeps the mail that it is sent")
    parser.add_argument("--out", required=True, help="folder for the messages")
    parser.add_argument("--starttls", nargs=2, metavar=("CERT", "KEY"), help="PEM files")
    parser.add_argument(
        "--implicit-tls", action="store_true", help="TLS from the first byte, with --starttls' files")
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--reject", action="append", default=[], metavar="ADDRESS[=REPLY]")
    parser.add_argument("--defer", action="append", default=[], metavar="ADDRESS=TIMES")
    parser.add_argument("--reject-content", metavar="REPLY")
    options = parser.parse_args()
    if options.implicit_tls and not options.starttls:
        parser.error("--implicit-tls needs --starttls CERT KEY")
    loopback.end_with_stdin(options)
    # What goes wrong on the way is what these tests are about: see DUNLIN_TEST_SERVER_LOG.
    if not os.environ.get("DUNLIN_TEST_SERVER_LOG"):
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
