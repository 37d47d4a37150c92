# SPDX-License-Identifier: BSD-3-Clause
"""The wire between viewers and a web server that others wrote, with prestage-nic on it.

The server's access log is the truth that counts are held against, request by request.
"""
import collections
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

import nic_process as np

HERE = os.path.dirname(os.path.abspath(__file__))
CLIPS = os.path.join(os.environ.get("PS_TEST_DATA", os.path.join(HERE, "../../data")), "clips")
ANSWER_BYTES = 2000  # as viewers.py expects
SETTLE_S = 0.15  # epochs of 100 ms: time for a request to be counted a second time
KINDS = ((re.compile(r"index\.m3u8$"), 0), (re.compile(r"\d+\.m4s$"), 1))


class Path:
    """One way from the client to the server: its addresses, and its region at the NIC."""

    def __init__(self, name, region, client, server, prefix):
        self.name, self.region, self.client, self.server = name, region, client, server
        self.prefix = prefix
        self.host = f"[{server}]" if ":" in server else server

    def nic_args(self, port=80):
        return ("--server", f"{self.host}:{port}", "--region", f"{self.prefix}={self.region}")


PATHS = (Path("ipv4", 1, "10.77.0.1", "10.77.0.2", "10.77.0.0/24"),
         Path("ipv6", 2, "fd00:77::1", "fd00:77::2", "fd00:77::/64"),
         Path("gtpu", 3, "10.78.0.1", "10.78.0.2", "10.78.0.0/24"),
         Path("vxlan", 4, "10.79.0.1", "10.79.0.2", "10.79.0.0/24"))
IPV4 = PATHS[0]


class Lighttpd:
    """Debian's lighttpd. /m/clip-* is one small file; everything else is as in `root`.

    @param big_kib_s  How fast /big is sent; 0: as fast as it goes.
    """

    def __init__(self, ns, role, directory, big_kib_s):
        self.ns, self.role = ns, role
        self.root = os.path.join(directory, "www")
        self.log_path = os.path.join(directory, "access.log")
        os.makedirs(os.path.join(self.root, "m"))
        with open(os.path.join(self.root, "small"), "wb") as file:
            file.write(b"x" * ANSWER_BYTES)
        conf = os.path.join(directory, "lighttpd.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write(f'server.document-root = "{self.root}"\n'
                       f'server.errorlog = "{directory}/error.log"\n'
                       'server.modules = ("mod_rewrite", "mod_accesslog")\n'
                       'server.port = 80\nserver.bind = "[::]"\n'
                       'server.v4mapped = "enable"\nserver.max-keep-alive-requests = 100000\n'
                       'mimetype.assign = ("" => "application/octet-stream")\n'
                       f'$HTTP["url"] == "/big" {{ connection.kbytes-per-second = {big_kib_s} }}\n'
                       'url.rewrite-once = ("^/m/clip-" => "/small")\n'
                       f'accesslog.filename = "{self.log_path}"\n'
                       'accesslog.format = "%m %s %b %r"\n')
        self.process = ns.start(role, lighttpd(), "-D", "-f", conf)
        self.marks = self.known = 0
        np.wait_for("lighttpd", lambda: self.fetch_here("/small") == 0)

    def fetch_here(self, path):
        """From the server's own namespace: nothing of it passes the NIC."""
        return subprocess.run(["ip", "netns", "exec", self.ns.names[self.role], "curl", "-so",
                               "/dev/null", f"http://127.0.0.1{path}"], check=False).returncode

    def lines(self):
        """Every request so far below /m/, as (method, status, request line)."""
        self.marks += 1
        mark = f"/mark-{self.marks}"
        self.fetch_here(mark)
        self.process.send_signal(signal.SIGHUP)  # it writes its log when it opens it again
        text = ""

        def is_written():
            nonlocal text
            with open(self.log_path, encoding="ascii") as log:
                text = log.read()
            return f" {mark} " in text

        np.wait_for("the access log", is_written)
        rows = [line.split(" ", 3) for line in text.splitlines()]
        return [(method, int(status), line) for method, status, _, line in rows
                if "/m/" in line]


    def make_big(self, size_bytes):
        """/big, of random bytes. @return its path."""
        path = os.path.join(self.root, "big")
        with open(path, "wb") as file:
            for _ in range(0, size_bytes, 1 << 20):
                file.write(os.urandom(1 << 20))
        return path

    def news(self):
        """The requests since it was asked last."""
        lines, known = self.lines(), self.known
        self.known = len(lines)
        return lines[known:]


def lighttpd():
    """Where Debian puts it, which is not in everybody's PATH."""
    found = shutil.which("lighttpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        np.skip("needs lighttpd")
    return found


def keys(lines):
    """What the records should say of these requests: (media, profile) -> counts by kind."""
    wanted = collections.defaultdict(lambda: [0, 0, 0])
    for _, _, line in lines:
        path = urllib.parse.urlsplit(line.split(" ")[1]).path
        names = urllib.parse.unquote(path).split("/")[2:]
        kind = next((kind for pattern, kind in KINDS
                     if len(names) == 3 and pattern.fullmatch(names[-1])), 2)
        wanted[names[0], names[1] if len(names) == 3 else "-"][kind] += 1
    return dict(wanted)


class Wire:
    """client -- (inline: the bump) -- (a relay, that loses frames or copies them) -- server.

    Modes: `mirror` watches the server's own interface, or the relay's; `inline` is the bump; `span`
    watches a port of its own to which the relay, as a switch would, sends copies.
    """

    def __init__(self, mode, lose_every=0, paths=PATHS, big_kib_s=0):
        self.mode, self.lose_every, self.paths = mode, lose_every, paths
        self.big_kib_s = big_kib_s
        self.has_relay = lose_every > 0 or mode == "span"
        self.ports = {"inline": ("c1", "s1"), "span": ("m1",)}.get(mode, ())  # those in `dp`
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.directory = stack.enter_context(tempfile.TemporaryDirectory())
            # lighttpd may give up root
            os.chmod(self.directory, 0o755)
            roles = ["cli", "srv"] + (["dp"] if self.ports else []) + \
                (["los"] if self.has_relay else [])
            self.ns = stack.enter_context(np.Namespaces(*roles))
            self.lay()
            self.server = Lighttpd(self.ns, "srv", self.directory, self.big_kib_s)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        return self.stack.__exit__(*failure)

    def lay(self):
        hops = [("cli", "c0")]
        if self.mode == "inline":
            hops += [("dp", "c1"), ("dp", "s1")]
        if self.has_relay:
            hops += [("los", "l0"), ("los", "l1")]
        hops += [("srv", "s0")]
        for (role_a, if_a), (role_b, if_b) in zip(hops[::2], hops[1::2]):
            self.ns.join(role_a, if_a, role_b, if_b)
        if len(hops) > 2:  # packet sockets take frames as they are on the wire
            for role, interface in (hops[0], hops[-1]):
                self.ns.run(role, "ethtool", "-K", interface, "tx", "off")
        for path in self.paths:
            getattr(self, "lay_" + path.name)(path)
        if self.has_relay:
            self.start_relay()

    def start_relay(self):
        copies = []
        if self.mode == "span":
            self.ns.join("los", "m0", "dp", "m1")
            copies = ["m0"]
        self.relay = self.ns.start("los", sys.executable, os.path.join(HERE, "relay.py"), "l0",
                                   "l1", str(self.lose_every), *copies, stdout=subprocess.PIPE)
        assert self.relay.stdout.readline() == "up\n"

    def ends(self, path):
        return (("cli", "c0", path.client, path.server), ("srv", "s0", path.server, path.client))

    def lay_ipv4(self, path):
        for role, interface, own, _ in self.ends(path):
            self.ns.address(role, interface, own + "/24")

    def lay_ipv6(self, path):
        for role, interface, own, _ in self.ends(path):
            self.ns.run(role, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=0")
            self.ns.run(role, "ip", "addr", "add", own + "/64", "dev", interface, "nodad")

    def lay_gtpu(self, path):
        outer = {"cli": (IPV4.client, IPV4.server), "srv": (IPV4.server, IPV4.client)}
        for role, _, own, _ in self.ends(path):
            tunnel = self.ns.start(role, sys.executable, os.path.join(HERE, "gtpu_tunnel.py"),
                                   "gtp0", *outer[role], stdout=subprocess.PIPE)
            assert tunnel.stdout.readline() == "up\n"
            self.ns.address(role, "gtp0", own + "/24")
            self.ns.run(role, "ip", "link", "set", "gtp0", "up", "mtu", "1400")

    def lay_vxlan(self, path):
        for role, interface, own, _ in self.ends(path):
            local, remote = (IPV4.client, IPV4.server) if role == "cli" else \
                (IPV4.server, IPV4.client)
            self.ns.run(role, "ip", "link", "add", "vx0", "type", "vxlan", "id", "7", "dstport",
                        "4789", "local", local, "remote", remote, "dev", interface)
            self.ns.run(role, "sysctl", "-qw", "net.ipv6.conf.vx0.disable_ipv6=1")
            self.ns.address(role, "vx0", own + "/24")
            self.ns.run(role, "ip", "link", "set", "vx0", "up")

    def nic(self, *args, port=80):
        """prestage-nic where it belongs, counting what goes to the server on every path."""
        where = {"inline": ("dp", "--inline", "c1,s1"),
                 "span": ("dp", "--mirror", "m1"),
                 "mirror": ("los", "--mirror", "l0") if self.has_relay else
                           ("srv", "--mirror", "s0")}[self.mode]
        servers = [arg for path in self.paths for arg in path.nic_args(port)]
        tunnels = [path.name for path in self.paths if path.name in ("gtpu", "vxlan")]
        if tunnels:
            servers += ["--tunnels", ",".join(tunnels)]
        return np.Nic(self.ns, where[0], self.directory, *where[1:], *servers, *args)

    def curl(self, path, what, *args):
        """Fetches http://edge/WHAT (may have [0-9] ranges) on one path."""
        self.ns.run("cli", "curl", "-f", "--no-progress-meter", "--path-as-is", "--resolve",
                    f"edge:80:{path.server}", "-o", "/dev/null", *args, f"http://edge/{what}")

    def is_whole(self):
        """Whether a request to /small, which is no media, is answered within a second."""
        return subprocess.run(["ip", "netns", "exec", self.ns.names["cli"], "curl", "-sfm1", "-o",
                               "/dev/null", f"http://{IPV4.server}/small"],
                              check=False).returncode == 0

    def fetch(self, what, *args):
        """Starts a download; the file it writes and the process."""
        at = os.path.join(self.directory, os.path.basename(what) + ".got")
        return at, self.ns.start("cli", "curl", "-sSf", *args, "-o", at,
                                 f"http://{IPV4.server}/{what}", stderr=subprocess.PIPE)


def settled(nic, wanted):
    """media_requests once `wanted` were counted and there was time to count one twice."""
    try:
        np.wait_for("the requests", lambda: nic.stats()["media_requests"] >= wanted)
    except AssertionError:
        pass  # the caller compares
    time.sleep(SETTLE_S)
    return nic.stats()


def check(lines, out, regions=None):
    """The NIC's last word against the log: totals, and every key by kind."""
    totals = out.totals
    assert len(lines) == totals["media_requests"] == totals["keyed"] == out.counted(), \
        (len(lines), totals)
    counted = collections.defaultdict(lambda: [0, 0, 0])
    for (media, profile, region), counts in out.counts.items():
        assert regions is None or region in regions, region
        counted[media, profile] = [a + b for a, b in zip(counted[media, profile], counts)]
    assert dict(counted) == keys(lines), (dict(counted), keys(lines))


def need():
    """Skip where a part of the wire is missing."""
    np.need_namespaces()
    lighttpd()
    for tool in ("ethtool", "sysctl"):
        if shutil.which(tool) is None:
            np.skip("needs " + tool)
    if not os.path.exists("/dev/net/tun"):
        np.skip("needs /dev/net/tun")
