# SPDX-License-Identifier: BSD-3-Clause
"""Viewers: many connections that keep alive, pipeline, and cut their requests anywhere.

Usage: viewers.py ADDRESS SEED                  in every way
       viewers.py ADDRESS SEED split|pipelined N  N requests in that way, below /m/clip-*/
Prints how many requests were sent and answered.
"""
import random
import socket
import sys
import time

MEDIA = [f"clip-{n}" for n in range(12)]
PROFILES = ["mobile-360p", "hd-720p", "audio-aac"]
ANSWER_BYTES = 2000
CONNECTION_REQUESTS = 20
PAUSE_S = 0.001


def paths(rng, count):
    media, profile = rng.choice(MEDIA), rng.choice(PROFILES)
    yield f"/m/{media}/master.m3u8"
    yield f"/m/{media}/{profile}/index.m3u8?token={'t' * rng.choice((0, 30, 900))}"
    yield f"/m/{media}/{profile}/init.mp4"
    yield from (f"/m/{media}/{profile}/{n}.m4s" for n in range(count - 3))


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: edge\r\nUser-Agent: viewer\r\n\r\n".encode()


def read_answers(stream, count):
    """Read whole answers, one by one."""
    for _ in range(count):
        while (line := stream.readline()) not in (b"\r\n", b""):
            pass
        if line == b"" or len(stream.read(ANSWER_BYTES)) != ANSWER_BYTES:
            raise SystemExit("an answer was cut short")


def connect(address):
    sock = socket.create_connection((address, 80))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, sock.makefile("rb")


def keep_alive(address, wanted):
    sock, stream = connect(address)
    for path in wanted:
        sock.sendall(request(path))
        read_answers(stream, 1)


def pipeline(address, wanted):
    sock, stream = connect(address)
    sock.sendall(b"".join(map(request, wanted)))
    read_answers(stream, len(wanted))


def cut(address, wanted, rng):
    sock, stream = connect(address)
    for path in wanted:
        whole = request(path)
        at = 0
        while at < len(whole):
            step = rng.randint(1, 40)
            sock.send(whole[at:at + step])
            at += step
        read_answers(stream, 1)


def split(address, wanted, rng):
    """Cut anywhere in the request line, with time for the pieces to travel alone."""
    sock, stream = connect(address)
    for path in wanted:
        whole = request(path)
        line_bytes = whole.index(b"\r\n") + 2
        ends = sorted(rng.sample(range(1, line_bytes), rng.randint(1, 4))) + [len(whole)]
        for start, end in zip([0] + ends, ends):
            sock.send(whole[start:end])
            time.sleep(PAUSE_S)
        read_answers(stream, 1)


def ask(address, rng, way, count):
    """COUNT requests over connections of at most CONNECTION_REQUESTS each."""
    for first in range(0, count, CONNECTION_REQUESTS):
        wanted = list(paths(rng, min(CONNECTION_REQUESTS, count - first)))
        if way == "split":
            split(address, wanted, rng)
        else:
            pipeline(address, wanted)
    print(count)


def main():
    address, rng = sys.argv[1], random.Random(int(sys.argv[2]))
    sent = 0
    if len(sys.argv) == 5:
        return ask(address, rng, sys.argv[3], int(sys.argv[4]))
    for _ in range(15):
        for way in (keep_alive, pipeline, lambda a, w: cut(a, w, rng)):
            wanted = list(paths(rng, rng.randint(4, 20)))
            way(address, wanted)
            sent += len(wanted)
    return print(sent)


main()
