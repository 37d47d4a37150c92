# SPDX-License-Identifier: BSD-3-Clause
"""The demand stream as a daemon sees it: whole frames, names first, nothing lost while it is away."""
import ctypes
import os
import socket
import struct
import subprocess
import tempfile

import nic_process as np
from frames import ethernet, ipv4, request, tcp, write_pcap

HELLO, NAME, EPOCH = 1, 2, 3
SERVER = ("--server", "10.77.0.1:80")


class Reader:
    """A stand-in for prestaged that checks what dpdk/abi/demand_stream.h promises."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.names, self.records, self.media_requests, self.frames = {}, [], 0, []

    def take_all(self):
        connection, _ = self.listener.accept()
        data = b""
        while got := connection.recv(65536):
            data += got
        while data:
            kind, reserved, size = struct.unpack_from("<HHI", data)
            assert reserved == 0 and size <= 65536 and len(data) >= 8 + size
            self.take(kind, data[8:8 + size])
            data = data[8 + size:]

    def take(self, kind, body):
        assert (kind == HELLO) == (not self.frames), "HELLO once and first"
        self.frames.append(kind)
        if kind == HELLO:
            magic, version, boot_id, server = struct.unpack("<IIQQ", body)
            assert (magic, version) == (0x44535350, 2) and boot_id != 0
            assert server == 0x0A4D0001 << 16 | 80
        elif kind == NAME:
            key, name_kind, size, reserved = struct.unpack_from("<QHHI", body)
            assert len(body) == 16 + size and 1 <= size <= 128 and reserved == 0
            self.names[key, name_kind] = body[16:].decode()
        else:
            self.take_epoch(body)

    def take_epoch(self, body):
        *head, count, part = struct.unpack_from("<12QII", body)
        assert len(body) == 104 + 32 * count and head[1] <= head[2]
        self.media_requests += head[5]
        for at in range(count):
            media, profile, *rest = struct.unpack_from("<QQHBBIII", body, 104 + 32 * at)
            assert (media, 1) in self.names, "its name came before"
            self.records.append((self.names[media, 1], self.names.get((profile, 2)), *rest))


def capture(directory, count):
    data = b"".join(request(f"/m/clip-{n}/hd-720p/{n}.m4s") for n in range(count))
    path = os.path.join(directory, "made.pcap")
    write_pcap(path, [ethernet(ipv4(tcp(at, data[at:at + 1400])))
                      for at in range(0, len(data), 1400)])
    return path


def names_and_counts_arrive_whole(directory):
    """More names than a buffer and more records than a frame hold."""
    reader = Reader(os.path.join(directory, "a.sock"))
    with subprocess.Popen([np.NIC, "--pcap", capture(directory, 5000), *SERVER, "--to",
                           f"unix:{directory}/a.sock"], stdout=subprocess.DEVNULL) as nic:
        reader.take_all()
        assert nic.wait(30) == 0
    assert reader.media_requests == 5000
    assert reader.frames.count(EPOCH) >= 3, "more than one frame holds"
    wanted = sorted((f"clip-{n}", "hd-720p", 0, 0, 0, 0, 1, 0) for n in range(5000))
    assert sorted(reader.records) == wanted


def an_absent_daemon_is_reported(directory):
    run = subprocess.run([np.NIC, "--pcap", capture(directory, 10), *SERVER, "--to",
                          f"unix:{directory}/nobody.sock"], capture_output=True, text=True,
                         check=False)
    assert run.returncode == 1 and "nobody listens" in run.stderr, run
    assert np.Output(run.stdout).totals["media_requests"] == 10


def counts_wait_for_a_daemon_that_comes_late(directory):
    nic = subprocess.Popen([np.NIC, "--pcap", capture(directory, 3000), *SERVER, "--to",
                            f"unix:{directory}/late.sock"], stdout=subprocess.PIPE)
    reader = Reader(os.path.join(directory, "late.sock"))
    reader.take_all()
    nic.communicate(timeout=30)
    assert nic.returncode == 0
    assert reader.media_requests == len(reader.records) == 3000


def main():
    with tempfile.TemporaryDirectory() as directory:
        for check in (names_and_counts_arrive_whole, an_absent_daemon_is_reported,
                      counts_wait_for_a_daemon_that_comes_late):
            check(directory)
            print("ok", check.__name__, flush=True)


main()
