# SPDX-License-Identifier: BSD-3-Clause
"""What breaks around prestage-nic: viewers go on, and counts are exact or the shortfall is known.

Usage: test_faults.py [--stall SECONDS] [FAULT...]. A host that stops reading, kill -9 of the host
and of prestage-nic, an interface that goes down and up; as a mirror and inline.
"""
import argparse
import hashlib
import os
import signal
import sys
import time

import edge
import nic_process as np

DOWNLOAD_BYTES = 12 << 20
DOWNLOAD_KIB_S = 4096
KEYS = 10000  # more than a unix socket's buffer holds the names and records of
DOWN_S = 0.5
KILLS = 3
SLOWEST_S = 30
FLOOD = """
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(12000):
    sock.sendto(bytes(200), (sys.argv[1], 9))
    if n % 100 == 0:
        time.sleep(0.002)
"""


class Host:
    """host.py, which may be stopped, killed and started again."""

    def __init__(self, w):
        self.w = w
        self.socket = os.path.join(w.directory, "nic.sock")
        self.ledger = os.path.join(w.directory, "ledger")
        self.start()

    def start(self):
        before = self.identity()
        self.process = self.w.ns.start("srv", sys.executable, os.path.join(edge.HERE, "host.py"),
                                       self.socket, self.ledger)
        np.wait_for("the host", lambda: self.identity() not in (None, before))

    def identity(self):
        return os.stat(self.socket).st_ctime_ns if os.path.exists(self.socket) else None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def taken(self):
        """Requests by the epochs' totals, those in records, and those shed."""
        with open(self.ledger, encoding="ascii") as file:
            rows = [list(map(int, line.split()[3:])) for line in file]
        return [sum(column) for column in zip(*rows)] if rows else [0, 0, 0]

    def settles(self, requests):
        try:
            np.wait_for("the host's counts", lambda: self.taken()[0] >= requests)
        except AssertionError:
            pass  # the caller compares
        time.sleep(edge.SETTLE_S)
        return self.taken()


def ask(w, count):
    w.curl(edge.IPV4, f"m/clip-1/hd-720p/[1-{count}].m4s")


class Download:
    """A viewer in the middle of a long file while something breaks."""

    def __init__(self, w):
        self.sent = w.server.make_big(DOWNLOAD_BYTES)
        self.began = time.monotonic()
        self.got, self.process = w.fetch("big")
        np.wait_for("the download to run", lambda: self.size() > 0)

    def size(self):
        return os.path.getsize(self.got) if os.path.exists(self.got) else 0

    def is_running(self):
        return self.process.poll() is None

    def finish(self):
        """@return seconds it took; every byte is as it was sent."""
        _, problems = self.process.communicate(timeout=SLOWEST_S)
        assert self.process.returncode == 0, problems
        digests = []
        for path in (self.sent, self.got):
            with open(path, "rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").digest())
        assert digests[0] == digests[1]
        return time.monotonic() - self.began


def say(w, fault, taken, logged, **more):
    words = " ".join(f"{key}={value}" for key, value in more.items())
    print(f"mode={w.mode} fault={fault} counted={taken[0]}/{logged} in_records={taken[1]} "
          f"shed={taken[2]} {words}", flush=True)


def host_stops_reading(mode, stall_s):
    """Stopped for longer than its socket's buffer lasts: traffic goes on, no count is lost."""
    with edge.Wire(mode, paths=(edge.IPV4,)) as w:
        host = Host(w)
        nic = w.nic("--to", "unix:" + host.socket, "--epoch-ms", "20")
        ask(w, 100)
        assert host.settles(100)[0] == 100
        host.process.send_signal(signal.SIGSTOP)
        since = time.monotonic()
        w.curl(edge.IPV4, f"m/clip-[1-{KEYS}]/hd-720p/0.m4s")
        served_s = time.monotonic() - since
        counted = edge.settled(nic, 100 + KEYS)["media_requests"]
        assert counted == 100 + KEYS, "counting does not wait for the host"
        assert host.taken()[0] < counted, "the host had really stopped"
        while time.monotonic() < since + stall_s:
            ask(w, 10)
            time.sleep(0.2)
        host.process.send_signal(signal.SIGCONT)
        logged = len(w.server.news())
        taken = host.settles(logged)
        nic.stop()
        say(w, "host_stops_reading", taken, logged, stall_s=stall_s, served_s=f"{served_s:.1f}")
        assert taken == [logged, logged, 0]


def host_is_killed(mode, _):
    """kill -9 while counts arrive; the next one goes on where it was."""
    with edge.Wire(mode, paths=(edge.IPV4,)) as w:
        host = Host(w)
        nic = w.nic("--to", "unix:" + host.socket, "--epoch-ms", "20")
        for _ in range(KILLS):
            before = host.taken()[0]
            viewer = w.ns.start("cli", "curl", "-f", "--no-progress-meter", "-o", "/dev/null",
                                f"http://{edge.IPV4.server}/m/clip-[0-9]/hd-720p/[1-100].m4s")
            np.wait_for("counts", lambda least=before: host.taken()[0] > least)
            host.process.send_signal(signal.SIGSTOP)
            time.sleep(0.1)  # epochs that it never reads are in the socket's buffer
            host.kill()
            host.start()
            assert viewer.wait(SLOWEST_S) == 0
        ask(w, 100)  # to be taken by a host that lives to the end
        logged = len(w.server.news())
        taken = host.settles(logged)
        nic.stop()
        say(w, "host_killed", taken, logged, kills=KILLS)
        assert logged == 1000 * KILLS + 100 and taken == [logged, logged, 0]


def nic_is_killed(mode, _):
    """kill -9: a mirror's viewers do not notice; inline the wire is cut until the next."""
    with edge.Wire(mode, paths=(edge.IPV4,), big_kib_s=DOWNLOAD_KIB_S) as w:
        host = Host(w)
        to_host = ("--to", "unix:" + host.socket)
        nic = w.nic(*to_host)
        ask(w, 100)
        assert host.settles(100)[0] == 100
        download = Download(w)
        nic.process.kill()
        nic.process.wait()
        missed = 0
        if mode == "mirror":
            ask(w, 50)
            missed = 50  # served, and nobody there to count them
        else:
            assert not w.is_whole(), "without the process the wire is cut"
        assert download.is_running()
        nic = w.nic(*to_host)
        took_s = download.finish()
        ask(w, 100)
        logged = len(w.server.news())
        taken = host.settles(logged - missed)
        nic.stop()
        say(w, "nic_killed", taken, logged, missed_while_dead=missed, download="identical",
            download_s=f"{took_s:.1f}")
        assert taken == [logged - missed, logged - missed, 0] and logged == 200 + missed


def port_goes_down(mode, _):
    """Down and up again: a mirror's viewers do not notice, inline TCP bridges it."""
    mode = "span" if mode == "mirror" else mode
    with edge.Wire(mode, paths=(edge.IPV4,), big_kib_s=DOWNLOAD_KIB_S) as w:
        host = Host(w)
        nic = w.nic("--to", "unix:" + host.socket)
        ask(w, 100)
        assert host.settles(100)[0] == 100
        missed = 0
        for port in w.ports:
            download = Download(w)
            w.ns.run("dp", "ip", "link", "set", port, "down")
            if mode == "span":
                ask(w, 50)
                missed += 50  # nobody sends copies of them to a port that is down
            time.sleep(DOWN_S)
            assert download.is_running() and nic.process.poll() is None
            w.ns.run("dp", "ip", "link", "set", port, "up")
            download.finish()
            ask(w, 100)
        logged = len(w.server.news())
        taken = host.settles(logged - missed)
        nic.stop()
        say(w, "port_down_and_up", taken, logged, missed_while_down=missed, ports=",".join(w.ports),
            download="identical")
        assert taken == [logged - missed, logged - missed, 0]
        assert logged == 100 + 100 * len(w.ports) + missed


def a_full_port_costs_frames_only(mode, _):
    """More for a port that is down than its ring holds: lost and counted, no standstill."""
    with edge.Wire(mode, paths=(edge.IPV4,)) as w:
        nic = w.nic()
        ask(w, 100)
        w.ns.run("dp", "ip", "link", "set", "s1", "down")
        w.ns.run("cli", sys.executable, "-c", FLOOD, edge.IPV4.server)
        np.wait_for("frames to be dropped", lambda: nic.stats()["forward_dropped"] > 0)
        w.ns.run("dp", "ip", "link", "set", "s1", "up")
        np.wait_for("the wire", w.is_whole)
        ask(w, 100)
        logged = len(w.server.news())
        edge.settled(nic, logged)
        totals = nic.stop().totals
        print(f"mode={mode} fault=full_port counted={totals['media_requests']}/{logged} "
              f"forward_dropped={totals['forward_dropped']}", flush=True)
        assert totals["media_requests"] == logged == 200


FAULTS = (("host_stops_reading", "inline", host_stops_reading),
          ("host_is_killed", "mirror", host_is_killed),
          ("nic_is_killed", "mirror", nic_is_killed),
          ("nic_is_killed", "inline", nic_is_killed),
          ("port_goes_down", "mirror", port_goes_down),
          ("port_goes_down", "inline", port_goes_down),
          ("full_port", "inline", a_full_port_costs_frames_only))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stall", type=float, default=10,
                        help="seconds that the host does not read")
    parser.add_argument("fault", nargs="*")
    options = parser.parse_args()
    edge.need()
    for name, mode, run in FAULTS:
        if not options.fault or name in options.fault:
            run(mode, options.stall)


main()
