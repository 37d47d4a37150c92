#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An HTTP origin for tests and demonstrations: serves the files of a folder, with byte ranges.

A far origin can be imitated: every answer starts late by --latency-ms, and each connection gets
at most --rate bytes a second. A bad one: every answer breaks off after --drop-after bytes. Prints `port=N` once it listens; ends on SIGTERM or SIGINT.
Usage: origin.py --root DIR [--bind 127.0.0.1] [--port 0] [--latency-ms 0] [--rate 0] [--drop-after 0]
"""
import argparse
import email.utils
import http.server
import os
import pathlib
import re
import signal
import sys
import time
import urllib.parse

BLOCK_BYTES = 16 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def parse_range(value, size):
    """(first, end) of the bytes asked for, end exclusive; None when they do not exist."""
    match = RANGE.match(value or "")
    if not match or match[1] == match[2] == "":
        return (0, size) if not match else None
    if match[1] == "":
        first, end = max(0, size - int(match[2])), size
    else:
        first = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
    return (first, end) if first < end else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def find(self):
        """The file that the URL names, or None; nothing outside the root is ever served."""
        name = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
        path = (self.server.root / name).resolve()
        return path if path.is_relative_to(self.server.root) and path.is_file() else None

    def answer(self, with_body):
        time.sleep(self.server.latency_s)
        path = self.find()
        if path is None:
            self.send_plain(404)
            return
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            part = parse_range(self.headers.get("Range"), facts.st_size)
            if part is None and facts.st_size > 0:
                self.send_plain(416, ("Content-Range", f"bytes */{facts.st_size}"))
                return
            first, end = part or (0, 0)
            self.send_head(facts, first, end)
            if with_body:
                file.seek(first)
                self.send_body(file, end - first)

    def send_plain(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_head(self, facts, first, end):
        partial = "Range" in self.headers
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{facts.st_size}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - first))
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Last-Modified", email.utils.formatdate(facts.st_mtime, usegmt=True))
        self.send_header("ETag", f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"')
        self.end_headers()

    def send_body(self, file, left):
        rate, sent, started = self.server.rate, 0, time.monotonic()
        if 0 < self.server.drop_after < left:
            left = self.server.drop_after
            self.close_connection = True
        while left > 0:
            block = file.read(min(left, BLOCK_BYTES))
            if not block:
                break
            self.wfile.write(block)
            left -= len(block)
            sent += len(block)
            if rate > 0:
                time.sleep(max(0.0, started + sent / rate - time.monotonic()))

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass  # a reader that has what it wants hangs up

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rate", type=float, default=0, help="bytes a second; 0 is no limit")
    parser.add_argument("--drop-after", type=int, default=0, help="bytes of an answer; 0 is all")
    args = parser.parse_args()

    server = Server((args.bind, args.port), Handler)
    server.root = args.root.resolve()
    server.latency_s = args.latency_ms / 1000
    server.rate = args.rate
    server.drop_after = args.drop_after
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"port={server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
