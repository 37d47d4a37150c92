#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What prestage-nats writes, taken by real nats-servers on loopback: a hub and two edges.

Nodes may do their work and no other's; peers may do next to nothing; whatever is denied is said at
once. Usage: test_nats_rights.py PRESTAGE_NATS
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from support import nats_client as nats  # noqa: E402

TOOL = sys.argv[1]
SKIP = 77
# Addresses of their own for each run, so that ports need not be found.
BASE = f"127.{1 + int(time.time() * 10) % 250}.{1 + int(time.time() * 1000) % 250}"
HUB, EDGES = f"{BASE}.1", {"e1": f"{BASE}.11", "e2": f"{BASE}.12"}


def stream(name, subjects):
    return json.dumps({"name": name, "subjects": [subjects], "storage": "file", "max_bytes": 1 << 20,
                       "num_replicas": 1}).encode()


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="ps-nats-"))
        cls.servers = []
        subprocess.run([TOOL, "setup", "--dir", cls.dir, "--hub", f"h1={HUB}",
                        *(word for name, host in EDGES.items() for word in ("--edge", f"{name}={host}"))], check=True)
        for name in ("hub-h1", "edge-e1", "edge-e2"):
            log = (cls.dir / f"{name}.log").open("w")
            cls.servers.append(subprocess.Popen(["nats-server", "-c", cls.dir / f"{name}.conf"], stdout=log, stderr=log))
        for name in EDGES:
            cls.wait_for_hub(name)

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.kill()
            server.wait()
        shutil.rmtree(cls.dir)

    @classmethod
    def wait_for_hub(cls, edge):
        """An edge's node asks for the hub's bucket until somebody answers, if only that there is none."""
        until = time.monotonic() + 15
        while time.monotonic() < until:
            try:
                client = cls.node(edge)
                answer = client.request("$JS.hub.API.STREAM.INFO.KV_ps_nodes", seconds=1) or b""
                client.close()
                if answer.startswith(b"{"):
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError((cls.dir / f"edge-{edge}.log").read_text())

    @classmethod
    def node(cls, edge):
        return nats.Client(EDGES[edge], credentials=(cls.dir / f"node-{edge}.creds").read_text())

    @classmethod
    def peer(cls, edge, name, *more):
        text = subprocess.run([TOOL, "peer", "--dir", cls.dir, "--edge", edge, "--peer", name, *more],
                              capture_output=True, text=True, check=True).stdout
        claims = nats.read_credentials(text)[0].split(".")[1]
        claims = json.loads(nats.base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return text, claims["nats"]["pub"]["allow"][0]

    def assert_denied(self, client, what):
        took = client.denied()
        self.assertIsNotNone(took, what)
        self.assertLess(took, 1, what)

    def test_a_node_keeps_its_stream_and_others_follow_it(self):
        first, second = self.node("e1"), self.node("e2")
        self.assertIn(b'"name":"PS_e1"', first.request("$JS.e1.API.STREAM.CREATE.PS_e1", stream("PS_e1", "ps.c.e1.>")))
        self.assertIn(b'"seq":1', first.request("ps.c.e1.a", b"x"))
        consumer = json.dumps({"stream_name": "PS_e1", "config": {"name": "y", "ack_policy": "none",
                                                                  "inactive_threshold": 10**10}}).encode()
        self.assertIn(b'"name":"y"', second.request("$JS.e1.API.CONSUMER.CREATE.PS_e1.y", consumer))
        second.subscribe("_INBOX.news")
        second.publish("$JS.e1.API.CONSUMER.MSG.NEXT.PS_e1.y", b'{"batch":1,"expires":900000000}', "_INBOX.news")
        second.pump(time.monotonic() + 2, lambda: bool(second.messages))
        self.assertEqual([message[1] for message in second.messages], [b"x"])
        self.assertEqual(first.errors + second.errors, [])

    def test_a_node_says_nothing_in_anothers_name(self):
        client = self.node("e1")
        for subject in ("ps.node.e2", "ps.demand.e2", "ps.c.e2.a", "$JS.e2.API.STREAM.DELETE.PS_e2",
                        "$JS.hub.API.STREAM.DELETE.KV_ps_segments", "$JS.API.STREAM.DELETE.KV_other", "$SYS.REQ.USER.INFO"):
            client.publish(subject, b"x")
            self.assert_denied(client, subject)
        for subject in ("ps.ask.e2", ">", "ps.c.>"):
            client.subscribe(subject)
            self.assert_denied(client, subject)

    def test_a_leaf_node_is_held_to_its_edge_by_the_hub(self):
        leaf = nats.Client(HUB, credentials=(self.dir / "leaf-e2.creds").read_text())
        for subject in ("ps.node.e1", "ps.demand.e1", "$JS.e1.API.STREAM.DELETE.PS_e1", "$JS.hub.API.STREAM.PURGE.KV_ps_nodes"):
            leaf.publish(subject, b"x")
            self.assert_denied(leaf, subject)

    def test_a_peer_has_one_subject_and_its_own_inbox(self):
        text, subject = self.peer("e1", "ann")
        key = subject.rsplit(".", 1)[1]
        client = nats.Client(EDGES["e1"], credentials=text)
        node = self.node("e1")
        node.subscribe("ps.peer.e1.*")
        node.pump(time.monotonic() + 0.2)
        client.subscribe(f"_INBOX.{key}.rpc")
        client.publish(subject, b"hello")
        node.pump(time.monotonic() + 2, lambda: bool(node.messages))
        self.assertEqual(node.messages, [(subject, b"hello")])
        node.publish(f"_INBOX.{key}.rpc", b"answer")
        client.pump(time.monotonic() + 2, lambda: bool(client.messages))
        self.assertEqual(client.messages, [(f"_INBOX.{key}.rpc", b"answer")])
        self.assertEqual(client.errors + node.errors, [])
        other = self.peer("e1", "ben")[1]
        for denied in (other, "ps.peer.e2." + key, "$JS.API.INFO", "$JS.API.STREAM.NAMES", "ps.c.e1.a", "ps.node.e1"):
            client.publish(denied, b"x")
            self.assert_denied(client, denied)
        for denied in ("_INBOX.>", "_INBOX." + other.rsplit(".", 1)[1] + ".rpc", "ps.peer.e1.*", "ps.c.>", ">"):
            client.subscribe(denied)
            self.assert_denied(client, denied)

    def test_without_good_credentials_nobody_comes_in(self):
        text = self.peer("e1", "ann")[0]
        token, seed = nats.read_credentials(text)
        other_seed = nats.read_credentials(self.peer("e1", "ben")[0])[1]
        head, claims, signature = token.split(".")
        forged = "".join(("A" if signature[0] != "A" else "B", signature[1:]))
        for bad in (None, text.replace(seed, other_seed), text.replace(token, f"{head}.{claims}.{forged}")):
            with self.assertRaises(nats.Refused):
                nats.Client(EDGES["e1"], credentials=bad)

    def test_wrong_usage_is_refused(self):
        for words in ([], ["setup"], ["setup", "--dir", self.dir], ["peer", "--dir", self.dir], ["guess"],
                      ["peer", "--dir", self.dir, "--edge", "e1", "--peer", "a", "--minutes", "0"],
                      ["peer", "--dir", self.dir, "--edge", "e1", "--peer", "a", "--minutes", "9999"],
                      ["setup", "--dir", self.dir, "--hub", "nonsense", "--edge", "e1=h"]):
            done = subprocess.run([TOOL, *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)


if shutil.which("nats-server") is None:
    print("skipped: no nats-server")
    sys.exit(SKIP)
unittest.main(argv=sys.argv[:1], warnings="ignore")
