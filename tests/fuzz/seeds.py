#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tests/fuzz/seeds.py NAME DIR - inputs for the fuzz target NAME to begin with, written to DIR.

Each is well formed and shows one thing; mutation does the rest. How a target reads its input stands
at the top of fuzz_NAME.c.
"""
import pathlib
import sys

HEADER = " HTTP/1.1\r\nHost: a\r\n\r\n"
PATHS = [
    "/m/clip-1/hd/index.m3u8", "/m/clip-1/hd/0.m4s", "/m/clip-1/hd/init.mp4", "/m/clip-1/master.m3u8",
    "/m/%63lip%2D1/h%64/0.m4s", "/m/c/p/0.m4s?token=a/b%20c;d", "http://edge.example:8080/m/c/p/0.m4s",
    "/m/" + "a" * 128 + "/" + "b" * 128 + "/1.m4s", "/m/" + "a" * 129 + "/p/0.m4s", "/m/c/p/q/0.m4s",
    "/m//p/0.m4s", "/m/c%2fp/0.m4s", "/m/c%zz/p/0.m4s", "/m/c/p/0.m4s?a\tb", "/n/c/p/0.m4s", "/m/c/",
]


def http():
    """Templates 0 and 1, single requests and several on one connection."""
    requests = ["GET " + path + HEADER for path in PATHS]
    requests += ["HEAD /m/c/p/index.m3u8" + HEADER, "POST /m/c/p/0.m4s" + HEADER,
                 "GET /m/c/p/0.m4s HTTP/1.1\n\nGET /m/c/p/1.m4s HTTP/1.1\n\n",
                 "GET /m/c/p/0.m4s HTTP/1.1\r\nA: b\r\n\rx\r\n\r\nGET /m/c/p/1.m4s" + HEADER,
                 "\r\n\r\nGET /m/c/p/0.m4s HTTP/1.1\r\nX: 1\r\nGET /m/c/p/1.m4s" + HEADER,
                 "GET /m/c/p/0.m4s HTTP/2.0\r\n\r\n", "GET /m/c/p/0.m4s HTTP/1.1\r\r\n\r\n"]
    requests += ["".join(requests[:4]), "".join(requests)]
    for template in (0, 1):
        for request in requests:
            yield bytes([template, 7]) + request.encode()


SEEDS = {"http": http}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in SEEDS:
        sys.exit("usage: tests/fuzz/seeds.py " + "|".join(sorted(SEEDS)) + " DIR")
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[sys.argv[1]]()):
        (folder / f"{number:03}").write_bytes(seed)


main()
