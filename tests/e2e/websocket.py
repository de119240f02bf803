"""A WebSocket client in a few lines: text messages, no extensions (RFC 6455)."""

import base64
import hashlib
import os
import socket
import struct
import urllib.parse

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class Refused(Exception):
    """The answer to a handshake that led to nothing: status, headers and body."""

    def __init__(self, status, headers, body):
        super().__init__(f"{status} {body}")
        self.status, self.headers, self.body = status, headers, body


class WebSocket:
    def __init__(self, url, host, path, headers=None):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=60)
        self.read = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        asked = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": key, **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        status = int(self.read.readline().split()[1])
        self.headers = {}
        while line := self.read.readline().decode().strip():
            name, value = line.split(":", 1)
            self.headers[name.lower()] = value.strip()
        if status != 101:
            body = self.read.read(int(self.headers.get("content-length", 0))).decode()
            self.close()
            raise Refused(status, self.headers, body)
        expected = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()
        assert self.headers["sec-websocket-accept"] == expected

    def send(self, text, kind=TEXT):
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + struct.pack(">H", len(data)) \
            if len(data) < 1 << 16 else bytes([0xFF]) + struct.pack(">Q", len(data))
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def receive(self):
        """The next message, or the code and reason with which the server ends it."""
        while True:
            kind, size = self.read.read(2)
            if size == 126:
                size = struct.unpack(">H", self.read.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.read.read(8))[0]
            data = self.read.read(size)
            if kind & 15 == CLOSE:
                return struct.unpack(">H", data[:2])[0], data[2:].decode()
            if kind & 15 in (TEXT, BINARY):
                return data.decode()

    def close(self):
        self.read.close()
        self.socket.close()
