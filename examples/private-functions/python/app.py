"""Asks an HTTP server of its network for /. The event is the server's address; any other event means $API."""

import os
import urllib.request


def handler(event, context):
    place = event if isinstance(event, str) else os.environ["API"]
    with urllib.request.urlopen(f"http://{place}/", timeout=0.5) as answer:
        return answer.read().decode().strip()
