# SPDX-License-Identifier: BSD-3-Clause
"""A stand-in for prestaged that writes down what it takes before it acknowledges it.

Usage: host.py SOCKET LEDGER. Any number of prestage-nic connect in turn. LEDGER has one line for
each part of an epoch: boot_id, epoch, part, media_requests, requests in records, shed; started
again on the same LEDGER after a kill, it takes no part twice. Order: dpdk/abi/demand_stream.h.
"""
import os
import socket
import struct
import sys

EPOCH, COUNTERS, ACK = 3, 6, 64
HELLO_BYTES, EPOCH_BYTES, RECORD_BYTES = 24, 104, 32


class Ledger:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with open(path, encoding="ascii") as file:
            self.parts = {tuple(map(int, line.split()[:3])) for line in file}

    def take(self, boot_id, body):
        epoch, _, _, _, _, requests, _, _, _, _, shed, _, count, part = \
            struct.unpack_from("<12QII", body)
        counted = sum(sum(struct.unpack_from("<III", body, EPOCH_BYTES + RECORD_BYTES * at + 20))
                      for at in range(count))
        if (boot_id, epoch, part) in self.parts:
            return
        self.parts.add((boot_id, epoch, part))
        if requests or counted or shed:
            os.write(self.fd, b"%d %d %d %d %d %d\n" % (boot_id, epoch, part, requests, counted,
                                                        shed))


def serve(connection, ledger):
    stream = connection.makefile("rb")
    boot_id = None
    while len(header := stream.read(8)) == 8:
        kind, _, size = struct.unpack("<HHI", header)
        body = stream.read(size)
        if len(body) < size:
            return
        if boot_id is None:
            assert len(body) == HELLO_BYTES
            boot_id = struct.unpack_from("<Q", body, 8)[0]
        elif kind == EPOCH:
            ledger.take(boot_id, body)
        elif kind == COUNTERS:
            connection.sendall(struct.pack("<HHIQ", ACK, 0, 8, *struct.unpack_from("<Q", body)))


def main():
    path, ledger = sys.argv[1], Ledger(sys.argv[2])
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(4)
    while True:
        connection, _ = listener.accept()
        try:
            serve(connection, ledger)
        except ConnectionError:
            pass
        connection.close()


main()
