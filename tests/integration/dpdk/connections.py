# SPDX-License-Identifier: BSD-3-Clause
"""Connections at once, kept alive, each request line cut in two segments.

Usage: connections.py ADDRESS REQUESTS CONNECTIONS. Prints how many were sent and answered.
"""
import socket
import sys

ANSWER_BYTES = 2000


def connect(address):
    sock = socket.create_connection((address, 80))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, sock.makefile("rb")


def read_answer(stream):
    while (line := stream.readline()) not in (b"\r\n", b""):
        pass
    if line == b"" or len(stream.read(ANSWER_BYTES)) != ANSWER_BYTES:
        raise SystemExit("an answer was cut short")


def main():
    address, requests, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    connections = [connect(address) for _ in range(count)]
    for n in range(requests):
        sock, stream = connections[n % count]
        whole = f"GET /m/clip-{n % 7}/hd-720p/{n}.m4s HTTP/1.1\r\nHost: edge\r\n\r\n".encode()
        sock.sendall(whole[:9])
        sock.sendall(whole[9:])
        read_answer(stream)
    print(requests)


main()
