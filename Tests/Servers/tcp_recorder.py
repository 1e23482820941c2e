#!/usr/bin/env python3
"""Passes TCP connections on and writes down what clients send.

The bytes that the first client sends go into `--out`, as they come; later ones are only passed on. So a
test gets a real client's bytes without knowing the protocol, and can send them cut or changed.
"""

import socket
import threading

import loopback

CHUNK = 65536


def pump(source, target, record=None):
    try:
        while chunk := source.recv(CHUNK):
            if record is not None:
                record.write(chunk)
                record.flush()
            target.sendall(chunk)
    except OSError:
        pass
    finally:
        for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
            try:
                end.shutdown(how)
            except OSError:
                pass


def main():
    parser = loopback.arguments("records what a client sends")
    parser.add_argument("--upstream", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--out", required=True, help="file for the first client's bytes")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    loopback.end_with_stdin(options)
    loopback.announce(listener.getsockname()[1])
    record = open(options.out, "wb")
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", options.upstream))
        except OSError:
            client.close()
            continue
        threading.Thread(target=pump, args=(client, server, record), daemon=True).start()
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        record = None


if __name__ == "__main__":
    main()
