# SPDX-License-Identifier: BSD-3-Clause
"""One end of a GTP-U tunnel (3GPP TS 29.281) between a TUN interface and UDP port 2152.

Usage: gtpu_tunnel.py INTERFACE OWN_ADDRESS PEER_ADDRESS. Makes the interface, prints `up`, runs
until ended; the interface goes with it. Every third packet has a sequence number, as some gateways
send.
"""
import fcntl
import itertools
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PORT, TEID, G_PDU = 2152, 7, 255
VERSION_1, HAS_SEQUENCE = 0x30, 0x02


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def wrap(packet, number):
    if number % 3:
        return struct.pack(">BBHI", VERSION_1, G_PDU, len(packet), TEID) + packet
    return struct.pack(">BBHIHBB", VERSION_1 | HAS_SEQUENCE, G_PDU, len(packet) + 4, TEID,
                       number & 0xFFFF, 0, 0) + packet


def unwrap(datagram):
    return datagram[12 if datagram[0] & 0x07 else 8:]


def main():
    interface, own, peer = sys.argv[1:]
    tun = open_tun(interface)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((own, PORT))
    sock.connect((peer, PORT))
    print("up", flush=True)
    sent = itertools.count()
    while True:
        for ready in select.select([tun, sock], [], [])[0]:
            try:
                if ready is sock:
                    os.write(tun, unwrap(sock.recv(65536)))
                else:
                    sock.send(wrap(os.read(tun, 65536), next(sent)))
            except OSError:
                pass  # the interface is not up yet, or the other end not there


main()
