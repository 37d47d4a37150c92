# SPDX-License-Identifier: BSD-3-Clause
"""Viewers: HTTP clients that start a title when the session file says so and watch a while.

A viewer asks for the media playlist, the init segment and then one segment after the other over one
connection, and plays: a segment is wanted before the one before has been watched, else the picture
stalls. Everything a player would notice is written down, and every distinct segment is kept so that
it can be decoded afterwards.

Run as a program it plays a session file and prints one JSON object:
    viewers.py --server HOST:PORT --session FILE --speed-up N --keep DIR --addresses A,B,...
"""
import argparse
import asyncio
import hashlib
import json
import pathlib
import sys
import time

ANSWER_SECONDS_MAX = 60


class Refused(Exception):
    """The server answered with something else than 200."""


class Connection:
    """HTTP/1.1 with keep-alive; a few lines, so that times are of the server, not of a library."""

    def __init__(self, reader, writer, host):
        self.reader, self.writer, self.host = reader, writer, host

    @classmethod
    async def open(cls, server, address):
        host, port = server
        local = (address, 0) if address else None
        reader, writer = await asyncio.open_connection(host, port, local_addr=local)
        return cls(reader, writer, f"{host}:{port}")

    async def get(self, path):
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        if status != 200:
            raise Refused(f"{path}: {status} {body[:120].decode('latin-1').strip()}")
        return body

    def close(self):
        self.writer.close()


def read_session(path):
    """Lines `offset_seconds viewer media profile region device segments_to_watch`."""
    for line in pathlib.Path(path).read_text().splitlines():
        if line and not line.startswith("#"):
            offset, viewer, media, profile, region, device, segments = line.split()
            yield {"offset": float(offset), "viewer": viewer, "media": media, "profile": profile,
                   "region": int(region), "segments": int(segments)}


def playlist_segments(text):
    """(duration in seconds, name) of each segment, and the init segment's name."""
    init, duration, segments = None, 0.0, []
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            init = line.split('URI="')[1].split('"')[0]
        elif line.startswith("#EXTINF:"):
            duration = float(line[8:].rstrip(",").split(",")[0])
        elif line and not line.startswith("#"):
            segments.append((duration, line))
    return init, segments


class Audience:
    def __init__(self, options):
        host, port = options.server.rsplit(":", 1)
        self.server = (host, int(port))
        self.speed_up = options.speed_up
        self.keep = pathlib.Path(options.keep) if options.keep else None
        self.addresses = options.addresses.split(",") if options.addresses else [None]
        self.first_ms, self.segment_ms, self.errors = [], [], []
        self.requests = self.stalls = self.stalled_ms = self.sessions = self.bytes = 0
        self.kept = {}
        self.mismatches = []

    def address_of(self, session):
        """A region has an equal share of the addresses; a viewer keeps to one of them."""
        share = max(1, len(self.addresses) // 2)
        mine = int(hashlib.sha256(session["viewer"].encode()).hexdigest(), 16) % share
        return self.addresses[((session["region"] - 1) * share + mine) % len(self.addresses)]

    def keep_segment(self, session, name, body):
        """Store each distinct segment once; the same name must always have the same bytes."""
        key = f"{session['media']}/{session['profile']}/{name}"
        digest = hashlib.sha256(body).hexdigest()
        if self.kept.setdefault(key, digest) != digest:
            self.mismatches.append(key)
        elif self.keep:
            path = self.keep / key
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)

    async def fetch(self, connection, session, name):
        self.requests += 1
        body = await asyncio.wait_for(
            connection.get(f"/m/{session['media']}/{session['profile']}/{name}"), ANSWER_SECONDS_MAX)
        self.bytes += len(body)
        return body

    async def watch(self, session, begin):
        await asyncio.sleep(begin + session["offset"] / self.speed_up - time.monotonic())
        self.sessions += 1
        connection = await Connection.open(self.server, self.address_of(session))
        try:
            await self.play(connection, session)
        finally:
            connection.close()

    async def play(self, connection, session):
        started = time.monotonic()
        init, segments = playlist_segments((await self.fetch(connection, session, "index.m3u8")).decode())
        self.keep_segment(session, init, await self.fetch(connection, session, init))
        runs_dry = None  # when the last frame that is there will have been shown
        for duration, name in segments[:session["segments"]]:
            asked = time.monotonic()
            self.keep_segment(session, name, await self.fetch(connection, session, name))
            there = time.monotonic()
            self.segment_ms.append((there - asked) * 1e3)
            if runs_dry is None:
                self.first_ms.append((there - started) * 1e3)
                runs_dry = there
            elif there > runs_dry:
                self.stalls += 1
                self.stalled_ms += (there - runs_dry) * 1e3
                runs_dry = there
            runs_dry += duration / self.speed_up
            # As players do, ask for the next one when the buffer is down to one segment.
            await asyncio.sleep(runs_dry - duration / self.speed_up - time.monotonic())

    async def run(self, sessions):
        begin = time.monotonic() + 0.2
        results = await asyncio.gather(*(self.watch(s, begin) for s in sessions), return_exceptions=True)
        for session, result in zip(sessions, results):
            if isinstance(result, BaseException):
                self.errors.append(f"{session['media']}/{session['profile']}: {type(result).__name__} {result}")

    def report(self):
        return {"sessions": self.sessions, "requests": self.requests, "segments": len(self.segment_ms),
                "bytes": self.bytes, "stalls": self.stalls, "stalled_ms": self.stalled_ms,
                "first_ms": self.first_ms, "segment_ms": self.segment_ms, "errors": self.errors,
                "mismatches": self.mismatches, "distinct_segments": len(self.kept)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--session", required=True)
    parser.add_argument("--speed-up", type=float, default=1.0)
    parser.add_argument("--keep", default="")
    parser.add_argument("--addresses", default="")
    options = parser.parse_args()
    audience = Audience(options)
    asyncio.run(audience.run(list(read_session(options.session))))
    json.dump(audience.report(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
