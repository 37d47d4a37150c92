# SPDX-License-Identifier: BSD-3-Clause
"""Three edges and a hub of three nats-servers on one machine, each in a network namespace.

Each edge is a nats-server (leaf node, JetStream domain of its own) and a prestaged with an emulated
card; prestage-nats writes keys and configurations. A bridge in a namespace of its own joins all, so
that each line can be cut and healed. Everything is named after this process and removed by close().
"""
import base64
import ctypes
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time

import daemon as d
import jwt_by_hand

NATS_TOOL = d.BUILD / "tools/prestage-nats"
HUBS = {f"h{n}": f"10.213.80.{10 + n}" for n in (1, 2, 3)}
EDGES = {f"e{n}": f"10.213.80.{20 + n}" for n in (1, 2, 3)}
BRIDGE = "10.213.80.1"
PORT = 8080
PROFILE = d.transcode("mobile-180p", 320, 180)
MEDIA, NAME = "bbb", "mobile-180p"
RESOURCE = f"{MEDIA}/{NAME}"
CLONE_NEWNET = 0x40000000


def sh(*args):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL)


def why_not():
    """What is missing, as a sentence; None when nothing is."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("nats-server") is None:
        return "there is no nats-server"
    probe = f"psprobe{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return "network namespaces are refused here"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Net:
    """A bridge, and a namespace with a default route for each member."""

    def __init__(self, members):
        self.tag, self.members, self.made = os.getpid(), members, []
        self.bridge = f"psx{self.tag}"
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def name(self, member):
        return f"ps{member}-{self.tag}"

    def _add(self, name):
        sh("ip", "netns", "add", name)
        self.made.append(name)
        sh("ip", "-n", name, "link", "set", "lo", "up")

    def _build(self):
        self._add(self.bridge)
        sh("ip", "-n", self.bridge, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        sh("ip", "-n", self.bridge, "addr", "add", f"{BRIDGE}/24", "dev", "br0")
        sh("ip", "-n", self.bridge, "link", "set", "br0", "up")
        for member, address in self.members.items():
            name = self.name(member)
            self._add(name)
            sh("ip", "link", "add", "v0", "netns", name, "type", "veth", "peer", "name", member, "netns", self.bridge)
            sh("ip", "-n", self.bridge, "link", "set", member, "master", "br0", "up")
            sh("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "v0")
            sh("ip", "-n", name, "link", "set", "v0", "up")
            sh("ip", "-n", name, "route", "add", "default", "via", BRIDGE)

    def cut(self, *members):
        for member in members:
            sh("ip", "-n", self.bridge, "link", "set", member, "down")

    def heal(self, *members):
        for member in members:
            sh("ip", "-n", self.bridge, "link", "set", member, "up")

    def command(self, member):
        return ["ip", "netns", "exec", self.name(member)]

    def enter(self, member):
        """The calling thread's sockets are that member's from now on."""
        with open(f"/run/netns/{self.name(member)}") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def close(self):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name], check=False)
        self.made = []


class Cluster:
    def __init__(self, directory, media=None, **changes):
        self.directory, self.changes = directory, changes
        self.media = media or [{"id": MEDIA, "url": d.BBB}]
        self.servers, self.edges, self.secret = {}, {}, secrets.token_bytes(32)
        self.net = Net({**HUBS, **EDGES})
        try:
            self.site = directory / "nats"
            sh(NATS_TOOL, "setup", "--dir", self.site,
               *(w for n, a in HUBS.items() for w in ("--hub", f"{n}={a}")),
               *(w for n, a in EDGES.items() for w in ("--edge", f"{n}={a}")))
            self.keys = directory / "tokens.keys"
            self.keys.write_text(jwt_by_hand.key_line("cluster", self.secret))
            self.keys.chmod(0o600)
        except BaseException:
            self.close()
            raise

    def start_server(self, name):
        kind = "hub" if name in HUBS else "edge"
        self.servers[name] = d.Process("nats-" + name, [*self.net.command(name), "nats-server", "-c",
                                                        self.site / f"{kind}-{name}.conf"], self.directory)

    def start_edge(self, name):
        room = self.directory / name
        room.mkdir(exist_ok=True)
        address = EDGES[name]
        changes = {
            "listen": {"address": address, "port": PORT}, "media": self.media, "profiles": [PROFILE],
            "tier": {"path": room / "buffer.nvme", "state_dir": room / "state"},
            "control": {"socket": room / "control.sock"}, "tokens": {"key_file": self.keys},
            "messaging": {"budget": "32MiB", "collections_max": 1024, "puts": 100000, "fetches": 100000,
                          "messages": 4096, "listen": f"{address}:7711"},
            "cluster": {"url": f"nats://{address}:4222", "node": name, "domain": name, "hub_domain": "hub",
                        "credentials": self.site / f"node-{name}.creds", "lease": "2s",
                        "advertise": f"http://{address}:{PORT}"}, **self.changes}
        self.edges[name] = d.Daemon(room, changes, prefix=self.net.command(name), address=address)

    def start(self):
        for name in [*HUBS, *EDGES]:
            self.start_server(name)
        for name in EDGES:
            self.start_edge(name)
        for edge in self.edges.values():
            edge.ready()
        return self

    def status(self, edge):
        return self.edges[edge].ask("cluster.status")

    def is_whole(self, edge):
        s = self.status(edge)
        return s["registered"] and s["hub_reachable"] and s["stream_ready"] and s["nodes"] == len(EDGES)

    def wait_until_whole(self, seconds=40):
        for name in EDGES:
            d.wait_for(f"{name} to meet the others", lambda name=name: self.is_whole(name), seconds)

    def leader(self):
        """The hub server that leads the bucket of segments."""
        import nats_client as nats
        answer = {}

        def ask():
            client = nats.Client(EDGES["e1"], credentials=(self.site / "node-e1.creds").read_text())
            answer.update(json.loads(client.request("$JS.hub.API.STREAM.INFO.KV_ps_segments", seconds=5) or b"{}"))
            client.close()
        self.inside("e1", ask)
        return answer.get("cluster", {}).get("leader")

    def token(self, peer, *actions):
        return jwt_by_hand.hs256(self.secret, "cluster", jwt_by_hand.claims(
            sub=peer, act=list(actions), exp=int(time.time()) + 3600 * 12, iat=int(time.time()) - 1))

    def inside(self, member, work, *args):
        """Call in a thread whose sockets are the member's; what it raises is raised here."""
        raised = []

        def call():
            try:
                self.net.enter(member)
                work(*args)
            except BaseException as error:  # handed over to the caller
                raised.append(error)
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]

    def kill_server(self, name):
        self.servers[name].kill()

    def kill_edge(self, name):
        workers = self.edges[name].workers()
        self.edges[name].kill()
        d.wait_for("the CU workers' end", lambda: all(map(d.is_gone, workers)), 10)

    def close(self):
        for process in [*self.edges.values(), *self.servers.values()]:
            if process.alive():
                process.kill()
        self.net.close()


class Http:
    """A viewer's or peer's connection to one edge, kept open; for one thread in the edge's namespace."""

    def __init__(self, edge, token=None, timeout=20):
        self.edge, self.token, self.timeout, self.connection = edge, token, timeout, None

    def ask(self, method, path, body=None):
        """(status, headers, bytes); OSError or HTTPException when the connection breaks."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(EDGES[self.edge], PORT, timeout=self.timeout)
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
