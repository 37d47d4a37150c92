# SPDX-License-Identifier: BSD-3-Clause
"""nats-servers of a cluster of edges, and a small client that speaks NATS' own protocol.

The client signs with libsodium, as every NATS client does; errors that the server sends apart from
any answer (a denied subject, for one) are kept with the time when they came.
"""
import base64
import ctypes
import ctypes.util
import json
import re
import select
import socket
import time

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")


def sign(seed_text, data):
    """Ed25519 of a nonce, by the seed of a credentials file."""
    raw = base64.b32decode(seed_text + "=" * (-len(seed_text) % 8))
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    signature = ctypes.create_string_buffer(64)
    SODIUM.crypto_sign_seed_keypair(public, secret, raw[2:34])
    SODIUM.crypto_sign_detached(signature, None, data, ctypes.c_ulonglong(len(data)), secret)
    return base64.urlsafe_b64encode(signature.raw).rstrip(b"=").decode()


def read_credentials(text):
    """(token, seed) of a credentials file."""
    blocks = re.findall(r"-----BEGIN [^-]*-----\n(\S+)\n", text)
    return blocks[0], blocks[1]


class Refused(Exception):
    """The server said no, in its words."""


class Client:
    def __init__(self, host, port=4222, credentials=None, inbox="_INBOX.test", sock=None):
        self.sock = sock or socket.create_connection((host, port), timeout=5)
        self.sock.settimeout(5)
        self.data, self.inbox, self.count = b"", inbox, 0
        self.messages, self.errors = [], []
        info = json.loads(self._line().split(b" ", 1)[1])
        hello = {"verbose": False, "pedantic": False, "lang": "python", "version": "0", "protocol": 1,
                 "headers": True, "no_responders": True, "name": "test"}
        if credentials:
            hello["jwt"], seed = read_credentials(credentials)
            hello["sig"] = sign(seed, info["nonce"].encode())
        self._send(f"CONNECT {json.dumps(hello)}\r\nPING\r\n".encode())
        while True:
            line = self._line()
            if line == b"PONG":
                break
            if line.startswith(b"-ERR"):
                self.close()
                raise Refused(line.decode())

    def close(self):
        self.sock.close()

    def _send(self, data):
        self.sock.sendall(data)

    def _more(self, until):
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            return False
        data = self.sock.recv(1 << 16)
        if not data:
            raise Refused("the server hung up")
        self.data += data
        return True

    def _line(self, until=None):
        """A line, or None when it is too late."""
        until = until or time.monotonic() + 5
        while b"\r\n" not in self.data:
            if not self._more(until):
                return None
        line, self.data = self.data.split(b"\r\n", 1)
        return line

    def _body(self, size):
        while len(self.data) < size + 2:
            if not self._more(time.monotonic() + 5):
                raise Refused("half a message")
        body, self.data = self.data[:size], self.data[size + 2:]
        return body

    def pump(self, until, enough=lambda: False):
        """Read what comes, until it is enough or too late."""
        while not enough():
            line = self._line(until)
            if line is None:
                return
            words = line.split(b" ")
            if words[0] == b"MSG":
                self.messages.append((words[1].decode(), self._body(int(words[-1]))))
            elif words[0] == b"HMSG":
                head, body = int(words[-2]), self._body(int(words[-1]))
                self.messages.append((words[1].decode(), body[head:] or body[:head]))
            elif words[0] == b"PING":
                self._send(b"PONG\r\n")
            elif words[0] == b"-ERR":
                self.errors.append((time.monotonic(), line.decode()))

    def subscribe(self, subject):
        self.count += 1
        self._send(f"SUB {subject} {self.count}\r\n".encode())

    def publish(self, subject, data, reply=""):
        self._send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")

    def request(self, subject, data=b"", seconds=2):
        """The first answer, or None."""
        self.count += 1
        reply = f"{self.inbox}.{self.count}"
        self._send(f"SUB {reply} {self.count}\r\n".encode())
        self.publish(subject, data, reply)
        self.pump(time.monotonic() + seconds, lambda: any(m[0] == reply for m in self.messages))
        found = [m for m in self.messages if m[0] == reply]
        self.messages = [m for m in self.messages if m[0] != reply]
        return found[0][1] if found else None

    def denied(self, seconds=1):
        """Seconds until the server said that something is not permitted; None: it did not."""
        begin = time.monotonic()
        self.pump(begin + seconds, lambda: bool(self.errors))
        if not self.errors:
            return None
        at, text = self.errors.pop(0)
        return max(at - begin, 0) if "Permissions Violation" in text else None
