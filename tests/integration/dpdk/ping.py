# SPDX-License-Identifier: BSD-3-Clause
"""Echo requests, and how long each answer took.

Usage: ping.py ADDRESS COUNT PAUSE_S. Prints `answered=N us_p50=N us_max=N`; fails when one is missing.
"""
import socket
import struct
import sys
import time

WAIT_S = 5


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(sequence):
    head = struct.pack(">BBHHH", 8, 0, 0, 7, sequence)
    return struct.pack(">BBHHH", 8, 0, checksum(head), 7, sequence)


def main():
    address, count, pause_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.settimeout(WAIT_S)
    took_us = []
    for sequence in range(count):
        time.sleep(pause_s)
        since = time.perf_counter_ns()
        sock.sendto(echo(sequence), (address, 0))
        while True:
            packet = sock.recv(2048)
            if packet[20] == 0 and packet[24:28] == struct.pack(">HH", 7, sequence):
                break
        took_us.append((time.perf_counter_ns() - since) // 1000)
    took_us.sort()
    print(f"answered={count} us_p50={took_us[count // 2]} us_max={took_us[-1]}")


main()
