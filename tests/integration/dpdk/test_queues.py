# SPDX-License-Identifier: BSD-3-Clause
"""Two workers on one interface: each connection meets one of them, and nothing is counted twice."""
import os
import subprocess
import sys
import tempfile

import nic_process as np

CONNECTIONS = os.path.join(os.path.dirname(__file__), "connections.py")
SERVER = "10.77.0.2"
REQUESTS = 300


def ask(ns):
    """300 requests over 60 connections, each cut in the middle of its line."""
    assert int(ns.run("cli", sys.executable, CONNECTIONS, SERVER, str(REQUESTS), "60").stdout) \
        == REQUESTS


def frames_by_queue(nic):
    """What each queue of the first port brought."""
    stats = np.telemetry(nic, "/ethdev/stats,0")
    return [n for n in stats["q_ipackets"] if n > 0]


def check(ns, role, server, directory, *args):
    before = len(server.requests())
    nic = np.Nic(ns, role, directory, "--lcores", "0,1", "--telemetry", "--server",
                 SERVER + ":80", *args)
    ask(ns)
    np.wait_for("the last request", lambda: nic.stats()["media_requests"] >= REQUESTS)
    queues = frames_by_queue(nic)
    out = nic.stop()
    logged = len(server.requests()) - before
    print(args, "queues", queues, "logged", logged, "totals", out.totals)
    assert len(queues) == 2, "both workers had work"
    assert logged == REQUESTS
    assert out.totals["media_requests"] == out.counted() == REQUESTS
    assert out.totals["cut"] == out.totals["joined"] == REQUESTS, "each cut line was put together"
    assert out.totals["unseen"] == out.totals["dups"] == 0


def main():
    np.need_namespaces()
    if os.cpu_count() < 2 or not {0, 1} <= os.sched_getaffinity(0):
        np.skip("needs two CPUs")
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "srv") as ns:
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        server = np.WebServer(ns, "srv", directory)
        check(ns, "srv", server, directory, "--mirror", "s0")
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        ns.join("cli", "c0", "dp", "c1")
        ns.join("srv", "s0", "dp", "s1")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        for role, interface in (("cli", "c0"), ("srv", "s0")):
            subprocess.run(["ip", "netns", "exec", ns.names[role], "ethtool", "-K", interface, "tx",
                            "off"], check=True, capture_output=True)
        server = np.WebServer(ns, "srv", directory)
        check(ns, "dp", server, directory, "--inline", "c1,s1")


main()
