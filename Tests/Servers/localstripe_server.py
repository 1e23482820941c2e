#!/usr/bin/env python3
"""Runs localstripe, a stand-in for Stripe from PyPI, as it is, with three changes to its start.

* It listens on the loopback address only, on a port of our choice, and prints it.
* It does not write its whole store to /tmp/localstripe.pickle after every change: two servers would
  share that file, and the time of a call would grow with what is stored.
* With `--seed` its ids come out the same in every run.

What it does and Stripe does not, as read in its source and tried (version below):

* `POST /v1/invoices/{id}/pay` that is declined answers 200; the invoice stays open, its charge has
  failed with `card_declined`, and no event is sent. Any parameter is answered with 500.
* Each `pay` makes a new payment intent with one charge; the invoice names only the newest. A charge
  does not name its invoice; its payment intent does.
* `Idempotency-Key` is ignored: the same key twice charges twice.
* The list of invoices knows `customer` and `subscription`, no `status`; the list of charges runs
  from the oldest to the newest, and knows `customer` and `created[gt]`.
* An invoice has no `hosted_invoice_url` and no `amount_remaining`; `attempted` is always true and
  `attempt_count` always 1; there is no `mark_uncollectible` and no `pause_collection`.
* A cancelled subscription can be cancelled again. Time is the machine's.
* Cards: 4000000000000341 can be attached and is declined when charged; 4000000000000002 and its
  like cannot be attached; 4000002500003155 wants authentication; others pay.
"""

import asyncio
import importlib.metadata
import random
import signal
import sys

import loopback

VERSION = "1.15.10"


async def run(options):
    from aiohttp import web
    from localstripe import resources, server

    resources.Store.dump_to_disk = lambda self: None
    if options.seed is not None:
        random.seed(options.seed)

    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port)
    await site.start()

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loopback.end_with_stdin(options)
    loopback.announce(runner.addresses[0][1])
    await stopped.wait()
    await runner.cleanup()


def main():
    parser = loopback.arguments("localstripe on the loopback address")
    parser.add_argument("--seed", type=int, help="makes the ids the same in every run")
    options = parser.parse_args()
    try:
        found = importlib.metadata.version("localstripe")
    except importlib.metadata.PackageNotFoundError:
        sys.exit("localstripe is not installed here: install Tests/Servers/requirements.txt")
    if found != VERSION:
        sys.exit(
            "localstripe %s was tested, %s is installed: install Tests/Servers/requirements.txt"
            % (VERSION, found))
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
