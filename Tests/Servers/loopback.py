"""What every test server here shares: a threaded HTTP server on the loopback address.

A server prints `listening on PORT` as its first line of output, so that `--port 0` can be used, and
ends on SIGTERM, on SIGINT and, with `--until-stdin-closes`, when its standard input reaches the end:
a test that dies takes its servers with it.
"""

import argparse
import http.server
import json
import os
import signal
import socket
import struct
import sys
import threading

BODY_BYTES_MAX = 4 * 1024 * 1024


class LoopbackServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class LoopbackHandler(http.server.BaseHTTPRequestHandler):
    """Keeps connections alive, reads bodies by length, answers JSON and can break off."""

    protocol_version = "HTTP/1.1"
    # An answer goes out in one segment and at once: a test measures our time, not Nagle's.
    wbufsize = -1
    disable_nagle_algorithm = True

    def read_body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            raise ValueError("the body is longer than %d bytes" % BODY_BYTES_MAX)
        return self.rfile.read(length) if length else b""

    def answer_json(self, status, value, headers=()):
        self.answer_bytes(status, json.dumps(value).encode() + b"\n", "application/json", headers)

    def answer_bytes(self, status, body, content_type, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def break_off(self):
        """Ends the connection with a reset and no answer, as a network does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format, *args):
        if os.environ.get("DUNLIN_TEST_SERVER_LOG"):
            super().log_message(format, *args)

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError, OSError):
            # The other side went away: kill -9 is what these tests are about.
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end when standard input does")
    return parser


def announce(port):
    print("listening on %d" % port, flush=True)


def end_with_stdin(options):
    """Ends the process when standard input does, if that was asked for."""

    def wait():
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os._exit(0)

    if options.until_stdin_closes:
        threading.Thread(target=wait, daemon=True).start()


def serve(server, options):
    """Announces the port and serves until told to stop."""
    end_with_stdin(options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    announce(server.server_address[1])
    server.serve_forever(poll_interval=0.1)
