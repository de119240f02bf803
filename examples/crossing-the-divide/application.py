"""The application server: keeps the licences that it is given. It asks nobody who they are, since the
network lets in only who belongs."""

import http.server
import json
import sys
import threading

LICENCES = []
LOCK = threading.Lock()


class Application(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        licence = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with LOCK:
            LICENCES.append(licence)
            kept = len(LICENCES)
        self.answer({"kept": kept})

    def do_GET(self):
        self.answer([licence["order"] for licence in LICENCES])

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Application).serve_forever()
