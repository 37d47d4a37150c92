# SPDX-License-Identifier: BSD-3-Clause
"""Frames and captures made by hand, so that the tests know every byte that the NIC sees."""
import socket
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(seq, payload=b"", sport=40000, dport=80, flags=PSH | ACK):
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, 1, 5 << 4, flags, 65535, 0, 0) + payload


def ipv4(body, src="10.77.1.5", dst="10.77.0.1", protocol=6, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, fragment, 64, protocol, 0,
                       socket.inet_aton(src), socket.inet_aton(dst)) + body


def ipv6(body, src="fd00:1::5", dst="fd00::1", next_header=6):
    return struct.pack(">IHBB", 6 << 28, len(body), next_header, 64) + \
        socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) + body


def udp(payload, sport=40000, dport=7700):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def gtpu(packet):
    return udp(struct.pack(">BBHI", 0x30, 255, len(packet), 7) + packet, 2152, 2152)


def vxlan(frame):
    return udp(struct.pack(">II", 8 << 24, 9 << 8) + frame, 4000, 4789)


def ethernet(body, vlans=()):
    tags = b"".join(struct.pack(">HH", 0x8100, vlan) for vlan in vlans)
    ethertype = 0x0800 if body[0] >> 4 == 4 else 0x86DD
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2" + tags + struct.pack(">H", ethertype) + body


def request(path, method="GET", extra=""):
    return f"{method} {path} HTTP/1.1\r\nHost: edge\r\n{extra}\r\n".encode()


def write_pcap(path, frames, snap=65535, link=1):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link))
        for at, frame in enumerate(frames):
            cut = frame[:snap]
            out.write(struct.pack("<IIII", at // 1000, at % 1000 * 1000, len(cut), len(frame)) + cut)
