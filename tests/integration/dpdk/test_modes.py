# SPDX-License-Identifier: BSD-3-Clause
"""Other ways to meet the world: an exception path, XDP sockets after a kill, taps, shared memory."""
import os
import subprocess
import sys
import tempfile
import time

import nic_process as np

CONNECTIONS = os.path.join(os.path.dirname(__file__), "connections.py")
PING = os.path.join(os.path.dirname(__file__), "ping.py")
SERVER = "10.77.0.2"
REQUESTS = 60
IDLE_S = 2.0
IDLE_SHARE_MAX = 0.10


def link(ns, role, interface):
    return ns.run(role, "ip", "-d", "link", "show", interface).stdout


def ask_all(ns, nic):
    """Many requests from the client, each counted once."""
    ns.run("cli", sys.executable, CONNECTIONS, SERVER, str(REQUESTS), "6")
    np.wait_for("the last request", lambda: nic.stats()["media_requests"] >= REQUESTS)


def check_exception(ns, directory):
    """The kernel's stack speaks through the tap; when the process ends the port is free again."""
    nic = np.Nic(ns, "dp", directory, "--exception", "af_xdp:c1", "--tap", "media0", "--server",
                 SERVER + ":80")
    address = link(ns, "dp", "c1").split("link/ether ")[1][:17]
    assert address in link(ns, "dp", "media0"), "the tap has the port's address"
    assert "mtu 1500" in link(ns, "dp", "media0")
    ns.address("dp", "media0", SERVER + "/24")
    ns.run("cli", sys.executable, PING, SERVER, "3", "0.1")
    np.WebServer(ns, "dp", directory)
    ask_all(ns, nic)
    out = nic.stop()
    assert out.totals["media_requests"] == out.counted() == REQUESTS
    assert "media0" not in ns.run("dp", "ip", "link").stdout
    assert "xdp" not in link(ns, "dp", "c1")


def passes(ns):
    return subprocess.run(["ip", "netns", "exec", ns.names["cli"], "curl", "-sfo/dev/null", "-m2",
                           f"http://{SERVER}/ready"], check=False).returncode == 0


def check_killed_xdp(ns, directory):
    """What a killed process leaves on the interface does not hinder the next one."""
    args = ("--inline", "af_xdp:c1,af_xdp:s1", "--server", SERVER + ":80")
    nic = np.Nic(ns, "dp", directory, *args)
    np.wait_for("the wire", lambda: passes(ns))
    nic.process.kill()
    nic.process.wait()
    assert "xdp" in link(ns, "dp", "c1"), "the program stays"
    assert not passes(ns)
    nic = np.Nic(ns, "dp", directory, *args)
    np.wait_for("the wire", lambda: passes(ns))
    ask_all(ns, nic)
    out = nic.stop()
    assert out.totals["media_requests"] == REQUESTS
    assert "xdp" not in link(ns, "dp", "c1"), "and is gone after a clean end"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        after_name = file.read().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def check_interrupts(ns, directory):
    """Taps can wake a worker: idle costs little, and a frame does not wait."""
    nic = np.Nic(ns, "dp", directory, "--inline", "tap:t0,tap:t1", "--poll", "interrupt",
                 "--server", SERVER + ":80", "--epoch-ms", "1000")
    for tap, role, address in (("t0", "cli", "10.88.0.1/24"), ("t1", "srv", "10.88.0.2/24")):
        np.ip("-n", ns.names["dp"], "link", "set", tap, "netns", ns.names[role])
        np.ip("-n", ns.names[role], "link", "set", tap, "up")
        ns.address(role, tap, address)
    ns.run("cli", sys.executable, PING, "10.88.0.2", "3", "0.1")
    used, since = cpu_seconds(nic.process.pid), time.monotonic()
    time.sleep(IDLE_S)
    share = (cpu_seconds(nic.process.pid) - used) / (time.monotonic() - since)
    print(f"idle share of a core, interrupts: {share:.3f}")
    assert share < IDLE_SHARE_MAX
    nic.stop()


def check_deleted_tap(ns, directory, *args):
    """A tap that is deleted ends the process, as any interface does; one that is moved does not."""
    nic = np.Nic(ns, "dp", directory, "--inline", "tap:t0,tap:t1", "--server", SERVER + ":80",
                 *args)
    for tap, role in (("t0", "cli"), ("t1", "srv")):
        np.ip("-n", ns.names["dp"], "link", "set", tap, "netns", ns.names[role])
    epoch = nic.stats()["epoch"]
    np.wait_for("intervals to go on", lambda: nic.stats()["epoch"] > epoch + 1)
    np.ip("-n", ns.names["srv"], "link", "del", "t1")
    np.wait_for("the end", lambda: nic.process.poll() is not None)
    assert nic.process.returncode == 1, nic.process.returncode


def check_memif(ns, directory):
    """Frames go through shared memory from one process to the other and out again."""
    socket = os.path.join(directory, "memif.sock")
    left = np.Nic(ns, "dp", directory, "--inline", f"c1,memif:{socket},role=server", "--server",
                  SERVER + ":80")
    other = os.path.join(directory, "other")
    os.mkdir(other)
    right = np.Nic(ns, "dp", other, "--inline", f"memif:{socket},role=client,s1", "--server",
                   SERVER + ":80")
    np.wait_for("the wire", lambda: passes(ns))
    ask_all(ns, left)
    np.wait_for("the last request", lambda: right.stats()["media_requests"] >= REQUESTS)
    totals = [nic.stop().totals["media_requests"] for nic in (right, left)]
    assert totals == [REQUESTS, REQUESTS], totals


def check_words(ns):
    """Each trouble names what to do."""
    def refused(*args):
        run = subprocess.run(["ip", "netns", "exec", ns.names["dp"], np.NIC, "--server",
                              SERVER + ":80", "--print", *args], capture_output=True, text=True,
                             timeout=60, check=False)
        assert run.returncode in (1, 2), run
        return run.stderr

    np.ip("-n", ns.names["dp"], "link", "set", "s1", "down")
    assert "`ip link set s1 up`" in refused("--mirror", "s1")
    np.ip("-n", ns.names["dp"], "link", "set", "s1", "up")
    assert "no such interface" in refused("--mirror", "nothere")
    assert "no such PCI device" in refused("--mirror", "ffff:00:00.0")
    assert "must be new" in refused("--inline", "c1,tap:s1")
    assert "has none" in refused("--mirror", "c1", "--poll", "interrupt")
    assert "ethtool -L" in refused("--inline", "af_xdp:c1,af_xdp:s1", "--lcores", "0,1")


def main():
    np.need_namespaces()
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        ns.join("cli", "c0", "dp", "c1")
        ns.join("srv", "s0", "dp", "s1")
        ns.address("cli", "c0", "10.77.0.1/24")
        for role, interface in (("cli", "c0"), ("srv", "s0")):
            ns.run(role, "ethtool", "-K", interface, "tx", "off")
        check_words(ns)
        check_exception(ns, directory)
        ns.run("cli", "ip", "neigh", "flush", "dev", "c0")  # the tap had that address until now
        ns.address("srv", "s0", SERVER + "/24")
        np.WebServer(ns, "srv", directory)
        check_killed_xdp(ns, directory)
        check_interrupts(ns, directory)
        check_deleted_tap(ns, directory)
        check_deleted_tap(ns, directory, "--poll", "backoff")
        check_memif(ns, directory)


main()
