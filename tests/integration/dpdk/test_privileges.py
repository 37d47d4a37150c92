# SPDX-License-Identifier: BSD-3-Clause
"""--user: once the ports are open nothing of root is left, and everything goes on."""
import os
import pwd
import signal
import subprocess
import tempfile

import nic_process as np

SERVER = "10.77.0.2"
URL = f"http://{SERVER}/m/clip-1/hd-720p/0.m4s"
USER = "nobody"


def ask(ns):
    ns.run("cli", "curl", "-sfo/dev/null", URL)


def count(nic):
    return nic.stats()["media_requests"]


def tasks(pid):
    """Uids, gids, groups, capabilities and no_new_privs of each thread."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            yield dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def check_threads(pid, main_capabilities):
    uid = pwd.getpwnam(USER).pw_uid
    gid = pwd.getpwnam(USER).pw_gid
    seen = 0
    for status in tasks(pid):
        kept = main_capabilities if int(status["Pid"]) == pid else 0
        assert set(status["Uid"].split()) == {str(uid)}, status["Uid"]
        assert set(status["Gid"].split()) == {str(gid)}, status["Gid"]
        assert status["Groups"].split() == [], status["Groups"]
        for kind in ("CapInh", "CapAmb"):
            assert int(status[kind], 16) == 0, (kind, status[kind])
        for kind in ("CapPrm", "CapEff"):
            assert int(status[kind], 16) == kept, (kind, status[kind])
        assert status["NoNewPrivs"] == "1"
        seen += 1
    assert seen > 2


def check_runs(ns, directory, mirrored):
    """Counts, statistics, telemetry and a reload without privileges; a clean end."""
    config = os.path.join(directory, "nic.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("region = 10.77.0.0/24=3\n")
    os.chmod(config, 0o644)
    nic = np.Nic(ns, "srv", directory, "--server", SERVER + ":80", "--mirror", mirrored, "--user",
                 USER, "--telemetry", "--config", config)
    check_threads(nic.process.pid, 0)
    ask(ns)
    np.wait_for("a request", lambda: count(nic) == 1)
    assert np.telemetry(nic, "/prestage/totals")["media_requests"] == 1
    with open(config, "w", encoding="ascii") as file:
        file.write("region = 10.77.0.0/24=4\nkeys = 2048\n")
    nic.process.send_signal(signal.SIGHUP)
    nic.said("reloaded")
    assert "options=keys" in nic.said("restart_needed")
    ask(ns)
    np.wait_for("a request", lambda: count(nic) == 2)
    os.chmod(config, 0o600)
    nic.process.send_signal(signal.SIGHUP)
    assert "Permission denied" in nic.said("reload_failed")
    out = nic.stop()
    assert {r: sum(c) for (_, _, r), c in out.counts.items()} == {3: 1, 4: 1}


def check_xdp(ns, directory):
    """The program is taken off at the end, for which the main thread keeps one capability."""
    cap_net_admin = 1 << 12
    nic = np.Nic(ns, "dp", directory, "--server", SERVER + ":80", "--inline",
                 "af_xdp:c1,af_xdp:s1", "--user", USER)
    check_threads(nic.process.pid, cap_net_admin)
    np.wait_for("the wire", lambda: subprocess.run(
        ["ip", "netns", "exec", ns.names["cli"], "curl", "-sfo/dev/null", "-m2", URL],
        check=False).returncode == 0)
    np.wait_for("a request", lambda: count(nic) == 1)
    assert "xdp" in ns.run("dp", "ip", "link", "show", "c1").stdout
    nic.stop()
    assert "xdp" not in ns.run("dp", "ip", "link", "show", "c1").stdout


def check_refusals(ns, directory):
    def refused(*args):
        run = subprocess.run(["ip", "netns", "exec", ns.names["srv"], np.NIC, "--mirror", "s0",
                              "--server", SERVER + ":80", "--print", *args], capture_output=True,
                             text=True, timeout=60, check=False)
        assert run.returncode == 1, run
        return run.stderr

    assert "no such user" in refused("--user", "nosuchuserhere")
    assert "is root" in refused("--user", "root")
    closed = os.path.join(directory, "closed")
    os.mkdir(closed, 0o755)
    assert "may not write" in refused("--user", USER, "--stats-file", closed + "/stats")


def check_not_promiscuous(ns, directory):
    """Neither a clean end nor a kill leaves the interface promiscuous."""
    for end in ("stop", "kill"):
        nic = np.Nic(ns, "srv", directory, "--server", SERVER + ":80", "--mirror", "s0")
        assert "promiscuity 1" in ns.run("srv", "ip", "-d", "link", "show", "s0").stdout
        if end == "stop":
            nic.stop()
        else:
            nic.process.kill()
            nic.process.wait()
        assert "promiscuity 0" in ns.run("srv", "ip", "-d", "link", "show", "s0").stdout


def main():
    np.need_namespaces()
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "srv") as ns:
        os.chmod(directory, 0o777)
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        np.WebServer(ns, "srv", directory)
        check_runs(ns, directory, "s0")
        check_refusals(ns, directory)
        check_not_promiscuous(ns, directory)
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        os.chmod(directory, 0o777)
        ns.join("cli", "c0", "dp", "c1")
        ns.join("srv", "s0", "dp", "s1")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        for role, interface in (("cli", "c0"), ("srv", "s0")):
            ns.run(role, "ethtool", "-K", interface, "tx", "off")
        np.WebServer(ns, "srv", directory)
        check_xdp(ns, directory)


main()
