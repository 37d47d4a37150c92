# SPDX-License-Identifier: BSD-3-Clause
"""A wire that loses requests: passes frames between two interfaces, but not every N-th GET.

Usage: relay.py IF IF N [COPY_IF]. N = 0 loses none; what passes is copied to COPY_IF, as a switch's
mirror port does. The same every time, unlike netem, which not every kernel has. Prints `up`;
SIGTERM ends it, and it prints how many it lost.
"""
import select
import signal
import socket
import sys

ETH_P_ALL = 3
SOL_PACKET, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE = 263, 23, 33
BUFFER_BYTES = 8 << 20


def open_interface(name):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    sock.bind((name, 0))
    return sock


class Relay:
    def __init__(self, a, b, every, copies):
        self.other = {a: b, b: a}
        self.copies = copies
        self.every, self.requests, self.lost = every, 0, 0

    def loses(self, frame):
        if self.every == 0 or b"GET /m/" not in frame:
            return False
        self.requests += 1
        if self.requests % self.every != 0:
            return False
        self.lost += 1
        return True

    def run(self):
        while True:
            for sock in select.select(list(self.other), [], [])[0]:
                frame = sock.recv(65536)
                if not self.loses(frame):
                    self.other[sock].send(frame)
                    self.copy(frame)

    def copy(self, frame):
        for sock in self.copies:
            try:
                sock.send(frame)
            except OSError:
                pass  # a mirror port that is down stops nobody


def main():
    relay = Relay(open_interface(sys.argv[1]), open_interface(sys.argv[2]), int(sys.argv[3]),
                  [open_interface(name) for name in sys.argv[4:]])

    def stop(*_):
        print(relay.lost, flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("up", flush=True)
    relay.run()


main()
