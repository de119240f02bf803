"""The payment provider: signs what it sends, and sometimes sends a flood."""

import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.parse

import deploy


class Provider:
    def __init__(self, stack, endpoint=None):
        self.stack = stack
        self.address = urllib.parse.urlsplit(endpoint or os.environ["AWS_ENDPOINT_URL"])

    def sign(self, body, secret=None):
        return hmac.new((secret or self.stack.secret).encode(), body.encode(), hashlib.sha256).hexdigest()

    def pays(self, order, key=True, secret=None):
        """Tells of one payment: status, body and request id."""
        body = json.dumps({"order": order})
        headers = {"Host": self.stack.host, "Content-Type": "application/json",
                   "X-Provider-Signature": self.sign(body, secret)}
        if key:
            headers["x-api-key"] = self.stack.key["value"]
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        try:
            connection.request("POST", f"/{deploy.STAGE}/payments", body, headers)
            answer = connection.getresponse()
            return {"status": answer.status, "body": json.loads(answer.read()),
                    "request": answer.getheader("x-amzn-requestid")}
        finally:
            connection.close()

    def floods(self, seconds, rate):
        """Sends at a rate for a while, without waiting for answers; all answers, and how long it took."""
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(32) as threads:
            sent = []
            for n in range(int(seconds * rate)):
                time.sleep(max(0, begin + n / rate - time.monotonic()))
                sent.append(threads.submit(self.pays, f"flood-{n}"))
            answers = [future.result() for future in sent]
        return answers, time.monotonic() - begin
