#!/usr/bin/env python3
"""Prints the messages of a folder of .eml files as one JSON list, decoded, in the order of names.

    read_mail.py DIR → [{"file", "from", "to", "subject", "text", "html", "headers": {..}}]
"""

import email
import email.policy
import json
import pathlib
import sys


def part(message, kind):
    found = message.get_body((kind,))
    return found.get_content() if found is not None else ""


def main():
    messages = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        messages.append({
            "file": path.name,
            "from": str(message["From"]),
            "to": str(message["To"]),
            "subject": str(message["Subject"]),
            "text": part(message, "plain"),
            "html": part(message, "html"),
            "headers": {name: str(value) for name, value in message.items()},
        })
    print(json.dumps(messages))


if __name__ == "__main__":
    main()
