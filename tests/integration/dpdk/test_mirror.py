# SPDX-License-Identifier: BSD-3-Clause
"""Mirroring on the server's own interface: what the NIC counts is what the server logged."""
import json
import os
import signal
import socket
import sys
import tempfile
import time

import nic_process as np

VIEWERS = os.path.join(os.path.dirname(__file__), "viewers.py")
SERVER = "10.77.0.2"
IDLE_S = 2.0
IDLE_SHARE_MAX = 0.10


def set_up(ns, directory):
    ns.join("cli", "c0", "srv", "s0")
    ns.address("cli", "c0", "10.77.0.1/24")
    ns.address("srv", "s0", SERVER + "/24")
    return np.WebServer(ns, "srv", directory)


def check_counts(ns, server, directory):
    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80",
                 "--region", "10.77.0.0/24=3")
    sent = int(ns.run("cli", sys.executable, VIEWERS, SERVER, "1").stdout)
    ns.run("cli", "curl", "-sIo/dev/null", f"http://{SERVER}/m/clip-1/hd-720p/index.m3u8")
    ns.run("cli", "curl", "-so/dev/null", f"http://{SERVER}/other/clip-1/hd-720p/index.m3u8")
    np.wait_for("the last request",
                lambda: nic.stats()["media_requests"] >= len(server.requests()))
    nic.process.send_signal(signal.SIGUSR1)
    out = nic.stop()
    assert f" media_requests={out.totals['media_requests']} " in nic.errors, "SIGUSR1 was answered"
    logged = server.requests()
    print("sent", sent + 1, "logged", len(logged), "totals", out.totals)
    assert len(logged) == sent + 1
    assert out.totals["media_requests"] == len(logged)
    assert out.counted() == len(logged), "the records add up to the total"
    assert out.totals["cut"] == out.totals["joined"] > 0, "cut requests were put together"
    starts = sum(path.split("?")[0].endswith("/index.m3u8") for path in logged)
    assert sum(counts[0] for counts in out.counts.values()) == starts
    assert {region for _, _, region in out.counts} == {3}


def check_reload(ns, directory):
    """SIGHUP takes new regions over, refuses bad ones by line, and loses no count."""
    path = os.path.join(directory, "nic.conf")

    def configure(region):
        with open(path, "w", encoding="ascii") as file:
            file.write(f"# one region\nregion = {region}\n")

    def ask(wanted):
        ns.run("cli", "curl", "-so/dev/null", f"http://{SERVER}/m/clip-1/hd-720p/0.m4s")
        np.wait_for("the request", lambda: nic.stats()["media_requests"] == wanted)

    def reload(event):
        nic.process.send_signal(signal.SIGHUP)
        line = nic.process.stderr.readline()
        while " reload" not in line:  # what it said at its start
            line = nic.process.stderr.readline()
        assert event in line, line
        return line

    configure("10.77.0.0/24=3")
    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80",
                 "--config", path)
    ask(1)
    configure("10.77.0.0/16=4")
    reload(" reloaded ")
    ask(2)
    configure("10.77.0.1/16=5")
    assert f"{path}:2:" in reload("reload_failed")
    ask(3)
    out = nic.stop()
    assert {r: sum(c) for (_, _, r), c in out.counts.items()} == {3: 1, 4: 2}
    assert out.totals["media_requests"] == 3


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        after_name = file.read().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def check_idle(ns, directory):
    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80",
                 "--epoch-ms", "1000")
    used, since = cpu_seconds(nic.process.pid), time.monotonic()
    time.sleep(IDLE_S)
    share = (cpu_seconds(nic.process.pid) - used) / (time.monotonic() - since)
    nic.stop()
    print(f"idle share of a core {share:.3f}")
    assert share < IDLE_SHARE_MAX


def check_killed(ns, server, directory):
    """A dead mirror is not noticed by viewers and leaves nothing behind."""
    def leftovers():
        return {os.path.join(top, name) for top in ("/run/dpdk", "/dev/hugepages", "/dev/shm")
                if os.path.isdir(top) for name in os.listdir(top) if "prestage-nic" in name}

    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80")
    nic.process.kill()
    nic.process.wait()
    before = len(server.requests())
    ns.run("cli", "curl", "-sfo/dev/null", f"http://{SERVER}/m/clip-1/hd-720p/0.m4s")
    assert len(server.requests()) == before + 1
    mine = {path for path in leftovers() if str(nic.process.pid) in path}
    assert not mine, mine
    np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80").stop()


def check_telemetry(ns, directory):
    """dpdk-telemetry.py's protocol; what a killed process leaves is swept by the next one."""
    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80", "--telemetry")
    ns.run("cli", "curl", "-sfo/dev/null", f"http://{SERVER}/m/clip-1/hd-720p/0.m4s")
    np.wait_for("one request", lambda: nic.stats()["media_requests"] == 1)
    own = f"/run/dpdk/prestage-nic-{nic.process.pid}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(own + "/dpdk_telemetry.v2")
        sock.recv(4096)
        sock.send(b"/prestage/totals")
        totals = json.loads(sock.recv(16384))["/prestage/totals"]
        sock.send(b"/prestage/stream")
        stream = json.loads(sock.recv(16384))["/prestage/stream"]
    assert totals["media_requests"] == 1 and totals["dups"] == 0, totals
    assert stream["connected"] == 0, stream
    nic.process.kill()
    nic.process.wait()
    np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80").stop()
    assert not os.path.exists(own)


def check_deleted(ns, directory):
    """A deleted interface would be watched in silence for ever."""
    nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80")
    ns.run("cli", "curl", "-sfo/dev/null", f"http://{SERVER}/m/clip-1/hd-720p/0.m4s")
    np.wait_for("one request", lambda: nic.stats()["media_requests"] == 1)
    ns.run("srv", "ip", "link", "del", "s0")
    out, err = nic.process.communicate(timeout=np.WAIT_S)
    assert nic.process.returncode == 1 and "deleted" in err, err
    assert np.Output(out).totals["media_requests"] == 1


def main():
    np.need_namespaces()
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "srv") as ns:
        server = set_up(ns, directory)
        check_counts(ns, server, directory)
        check_reload(ns, directory)
        check_idle(ns, directory)
        check_killed(ns, server, directory)
        check_telemetry(ns, directory)
        check_deleted(ns, directory)


main()
