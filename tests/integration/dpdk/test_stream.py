# SPDX-License-Identifier: BSD-3-Clause
"""The demand stream as a daemon sees it: whole frames, names first, nothing lost while it is away or leaves."""
import ctypes
import os
import socket
import struct
import subprocess
import tempfile

import nic_process as np
from frames import ethernet, ipv4, request, tcp, write_pcap

HELLO, NAME, EPOCH, CLAIMS, TLS, COUNTERS, PORTS, RULES, ACK = 1, 2, 3, 4, 5, 6, 7, 8, 64
ITEM_BYTES = {CLAIMS: 16, TLS: 16, COUNTERS: 32, PORTS: 136, RULES: 72}
SERVER = ("--server", "10.77.0.1:80")


class Reader:
    """A stand-in for prestaged that checks what dpdk/abi/demand_stream.h promises."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.names, self.records, self.media_requests, self.frames = {}, [], 0, []
        self.epochs, self.counters, self.ports, self.boots, self.again = {}, {}, [], set(), 0

    def take_all(self, stop=None):
        """One connection, to its end; with `stop`, until that many epoch frames came, and no acknowledgement."""
        connection, _ = self.listener.accept()
        self.frames = []
        data = b""
        while (got := connection.recv(65536)) and (stop is None or self.frames.count(EPOCH) < stop):
            data += got
            while len(data) >= 8 and len(data) >= 8 + struct.unpack_from("<HHI", data)[2]:
                kind, reserved, size = struct.unpack_from("<HHI", data)
                assert reserved == 0 and size <= 65536
                ended = self.take(kind, data[8:8 + size])
                data = data[8 + size:]
                if ended and stop is None:
                    connection.sendall(struct.pack("<HHIQ", ACK, 0, 8, ended))
        assert stop is not None or data == b"", "a frame was cut"
        connection.close()

    def take(self, kind, body):
        """@return The epoch that this frame ended, or None."""
        assert (kind == HELLO) == (not self.frames), "HELLO once and first"
        self.frames.append(kind)
        if kind == HELLO:
            magic, version, boot_id, server = struct.unpack("<IIQQ", body)
            assert (magic, version) == (0x44535350, 2) and boot_id != 0
            assert server == 0x0A4D0001 << 16 | 80
            self.boots.add(boot_id)
            assert len(self.boots) == 1
        elif kind == NAME:
            key, name_kind, size, reserved = struct.unpack_from("<QHHI", body)
            assert len(body) == 16 + size and 1 <= size <= 128 and reserved == 0
            self.names[key, name_kind] = body[16:].decode()
        elif kind == EPOCH:
            self.take_epoch(body)
        else:
            return self.take_list(kind, body)
        return None

    def take_epoch(self, body):
        *head, count, part = struct.unpack_from("<12QII", body)
        assert len(body) == 104 + 32 * count and head[1] <= head[2]
        assert part == 0 or (head[0], part - 1) in self.epochs
        if (head[0], part) in self.epochs:
            assert self.epochs[head[0], part] == body, "not the same bytes again"
            self.again += 1
            return
        self.epochs[head[0], part] = body
        self.media_requests += head[5]
        for at in range(count):
            media, profile, *rest = struct.unpack_from("<QQHBBIII", body, 104 + 32 * at)
            assert (media, 1) in self.names, "its name came before"
            self.records.append((self.names[media, 1], self.names.get((profile, 2)), *rest))

    def take_list(self, kind, body):
        epoch, count, _ = struct.unpack_from("<QII", body)
        assert epoch == max(self.epochs)[0] and len(body) == 16 + count * ITEM_BYTES[kind]
        items = [body[16 + ITEM_BYTES[kind] * i:][:ITEM_BYTES[kind]] for i in range(count)]
        if kind == PORTS:
            self.ports = [item[:64].rstrip(b"\0").decode() for item in items]
        if kind != COUNTERS:
            return None
        self.counters = {item[:24].rstrip(b"\0").decode(): struct.unpack("<Q", item[24:])[0] for item in items}
        return epoch


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
    assert reader.media_requests == reader.counters["media_requests"] == 5000
    assert reader.counters["http_packets"] == reader.counters["packets"] > 0
    assert reader.ports == ["net_pcap0"], reader.ports
    assert reader.frames[-1] == COUNTERS
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


def what_was_not_acknowledged_comes_again(directory):
    """The reader leaves in the middle of an epoch of many parts, twice."""
    reader = Reader(os.path.join(directory, "again.sock"))
    with subprocess.Popen([np.NIC, "--pcap", capture(directory, 7000), *SERVER, "--to",
                           f"unix:{directory}/again.sock"], stdout=subprocess.DEVNULL) as nic:
        reader.take_all(stop=2)
        reader.take_all(stop=3)
        reader.take_all()
        assert nic.wait(30) == 0
    assert reader.again >= 3 and reader.media_requests == len(reader.records) == 7000, reader.again


def a_reader_that_takes_without_a_word_is_reported(directory):
    reader = Reader(os.path.join(directory, "mute.sock"))
    nic = subprocess.Popen([np.NIC, "--pcap", capture(directory, 10), *SERVER, "--to",
                            f"unix:{directory}/mute.sock"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    reader.take_all(stop=1000)
    assert nic.wait(30) == 1 and b"could not be delivered" in nic.stderr.read()


def main():
    with tempfile.TemporaryDirectory() as directory:
        for check in (names_and_counts_arrive_whole, an_absent_daemon_is_reported,
                      counts_wait_for_a_daemon_that_comes_late, what_was_not_acknowledged_comes_again,
                      a_reader_that_takes_without_a_word_is_reported):
            check(directory)
            print("ok", check.__name__, flush=True)


main()
