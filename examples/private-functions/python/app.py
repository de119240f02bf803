"""Asks an HTTP server of its network for /. The event is the server's address; any other event means $API."""

import os
import urllib.request


def handler(event, context):
    # The API answers, however busy the machine; who else would, answers at once.
    place, patience = (event, 0.5) if isinstance(event, str) else (os.environ["API"], 10)
    with urllib.request.urlopen(f"http://{place}/", timeout=patience) as answer:
        return answer.read().decode().strip()
