# SPDX-License-Identifier: BSD-3-Clause
"""An interface that goes down and up again: mirroring and inline go on, and both are said."""
import shutil
import subprocess
import tempfile

import nic_process as np

SERVER = "10.77.0.2"
URL = f"http://{SERVER}/m/clip-1/hd-720p/0.m4s"


def ask(ns):
    return subprocess.run(["ip", "netns", "exec", ns.names["cli"], "curl", "-sfo/dev/null", "-m2",
                           URL], check=False).returncode == 0


def set_link(ns, role, interface, state):
    np.ip("-n", ns.names[role], "link", "set", interface, state)


def count(nic):
    return nic.stats()["media_requests"]


def check_mirror(ns, directory, *args):
    nic = np.Nic(ns, "srv", directory, "--server", SERVER + ":80", "--mirror", "s0", *args)
    assert ask(ns)
    np.wait_for("a request", lambda: count(nic) == 1)
    for cycle in (1, 2):
        set_link(ns, "srv", "s0", "down")
        assert f"port=s0 downs={cycle}" in nic.said("link_down")
        set_link(ns, "srv", "s0", "up")
        nic.said("link_up")
        np.wait_for("the server's answer", lambda: ask(ns))
    np.wait_for("the last request", lambda: count(nic) >= 3)
    out = nic.stop()
    assert out.totals["media_requests"] == out.counted() >= 3
    return out.totals["media_requests"]


def flood(ns, packets):
    """Frames into the wire from the client's side, more than a ring holds."""
    code = ("import socket\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"for n in range({packets}): s.sendto(b'x' * 200, ('{SERVER}', 9))\n")
    ns.run("cli", "python3", "-c", code)


def check_inline(ns, directory, pair, *args):
    """The far port is down while frames come: they are dropped and counted, the process lives."""
    nic = np.Nic(ns, "dp", directory, "--server", SERVER + ":80", "--inline", pair, *args)
    np.wait_for("the wire", lambda: ask(ns))
    before = count(nic)
    set_link(ns, "dp", "s1", "down")
    nic.said("link_down")
    flood(ns, 20000)
    epoch = nic.stats()["epoch"]
    np.wait_for("intervals to go on", lambda: nic.stats()["epoch"] > epoch + 2)
    set_link(ns, "dp", "s1", "up")
    nic.said("link_up")
    np.wait_for("the wire again", lambda: ask(ns))
    np.wait_for("the last request", lambda: count(nic) > before)
    out = nic.stop()
    print(pair, out.totals["forward_dropped"])
    assert out.totals["forward_dropped"] > 0


def main():
    np.need_namespaces()
    if shutil.which("ethtool") is None:
        np.skip("needs ethtool")
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "srv") as ns:
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        np.WebServer(ns, "srv", directory)
        check_mirror(ns, directory)
        check_mirror(ns, directory, "--lcores", "0,1")
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        ns.join("cli", "c0", "dp", "c1")
        ns.join("srv", "s0", "dp", "s1")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        for role, interface in (("cli", "c0"), ("srv", "s0")):
            ns.run(role, "ethtool", "-K", interface, "tx", "off")
        np.WebServer(ns, "srv", directory)
        check_inline(ns, directory, "c1,s1")
        check_inline(ns, directory, "af_xdp:c1,af_xdp:s1")


main()
