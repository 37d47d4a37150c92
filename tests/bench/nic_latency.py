#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What prestage-nic adds to the delay of a wire that was idle, and what idling costs.

Usage: nic_latency.py [PINGS]. Needs root, PS_NIC. Echo requests with pauses between two namespaces:
over a bridge of the kernel's, then through --inline by each way to wait. Prints key=value lines.
Namespaces and veth pairs, so the figures are of this machine's scheduler, not of a NIC.
"""
import os
import sys
import tempfile
import time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration", "dpdk")
sys.path.insert(0, TESTS)
import nic_process as np  # noqa: E402

PAUSE_S = "0.02"
IDLE_S = 3.0


def ping(ns, address, pings):
    return ns.run("cli", sys.executable, os.path.join(TESTS, "ping.py"), address, pings,
                  PAUSE_S).stdout.strip()


def cpu_share(pid):
    def used():
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            after_name = file.read().rsplit(")", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    before, since = used(), time.monotonic()
    time.sleep(IDLE_S)
    return (used() - before) / (time.monotonic() - since)


def report(case, answer, nic=None):
    idle = f"{cpu_share(nic.process.pid):.3f}" if nic else "0"
    print(f"bench=nic_latency case={case} {answer} idle_core_share={idle}", flush=True)
    if nic:
        nic.stop()


def wired(ns, directory, pings):
    for role, near, far, address in (("cli", "c0", "c1", "10.77.0.1/24"),
                                     ("srv", "s0", "s1", "10.77.0.2/24")):
        ns.join(role, near, "dp", far)
        ns.address(role, near, address)
        ns.run(role, "ethtool", "-K", near, "tx", "off")
    ns.run("dp", "ip", "link", "add", "br0", "type", "bridge")
    for interface in ("c1", "s1"):
        ns.run("dp", "ip", "link", "set", interface, "master", "br0")
    ns.run("dp", "ip", "link", "set", "br0", "up")
    report("kernel_bridge", ping(ns, "10.77.0.2", pings))
    ns.run("dp", "ip", "link", "del", "br0")
    for pair in ("c1,s1", "af_xdp:c1,af_xdp:s1"):
        for way in ("busy", "backoff"):
            nic = np.Nic(ns, "dp", directory, "--inline", pair, "--poll", way, "--server",
                         "10.77.0.2:80", "--epoch-ms", "1000")
            kind = "af_xdp" if "xdp" in pair else "packet_socket"
            report(f"{kind}_{way}", ping(ns, "10.77.0.2", pings), nic)


def taps(ns, directory, pings):
    for way in ("busy", "backoff", "interrupt"):
        nic = np.Nic(ns, "dp", directory, "--inline", "tap:t0,tap:t1", "--poll", way, "--server",
                     "10.88.0.2:80", "--epoch-ms", "1000")
        for tap, role, address in (("t0", "cli", "10.88.0.1/24"), ("t1", "srv", "10.88.0.2/24")):
            ns.run("dp", "ip", "link", "set", tap, "netns", ns.names[role])
            ns.run(role, "ip", "link", "set", tap, "up")
            ns.address(role, tap, address)
        report(f"tap_{way}", ping(ns, "10.88.0.2", pings), nic)


def main():
    pings = sys.argv[1] if len(sys.argv) > 1 else "200"
    np.need_namespaces()
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        wired(ns, directory, pings)
        taps(ns, directory, pings)


main()
