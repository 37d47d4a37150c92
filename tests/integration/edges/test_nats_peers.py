#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Peers that reach collections by NATS: the methods of the RPC face, by the subject that is theirs.

Whatever is denied - by the server, which knows subjects, or by the edge, which knows tokens - is
said within a second.
"""
import pathlib
import secrets
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import daemon as d  # noqa: E402
import jwt_by_hand  # noqa: E402
import nats_client as nats  # noqa: E402

try:
    import msgpack
except ImportError:
    d.skip("no msgpack for python3")
if shutil.which("nats-server") is None:
    d.skip("there is no nats-server")
TOOL = d.BUILD / "tools/prestage-nats"
RESOURCE = {"media": "bbb", "profile": "mobile-180p"}
DENIED_S = 1


class Peer:
    """A connection of one peer; calls are answered in any order."""

    def __init__(self, site, host, name):
        text = subprocess.run([TOOL, "peer", "--dir", site, "--edge", "e1", "--peer", name], capture_output=True,
                              text=True, check=True).stdout
        claims = jwt_by_hand.json.loads(jwt_by_hand.read_base64url(nats.read_credentials(text)[0].split(".")[1]))
        self.subject = claims["nats"]["pub"]["allow"][0]
        self.client = nats.Client(host, credentials=text)
        self.client.subscribe(f"_INBOX.{self.subject.rsplit('.', 1)[1]}.rpc")
        self.unpacker, self.count, self.answers, self.over = msgpack.Unpacker(), 0, {}, False

    def call(self, method, seconds=3, **params):
        """(error, result, seconds that it took)."""
        self.count += 1
        begin = time.monotonic()
        self.client.publish(self.subject, msgpack.packb([0, self.count, method, [params]]))
        while self.count not in self.answers and not self.over and time.monotonic() < begin + seconds:
            self.client.pump(begin + seconds, lambda: bool(self.client.messages))
            for _, data in self.client.messages:
                self.over |= data == b""
                self.unpacker.feed(data)
            self.client.messages.clear()
            for _, number, error, result in self.unpacker:
                self.answers[number] = (error, result)
        error, result = self.answers.pop(self.count, (["nothing"], None))
        return error, result, time.monotonic() - begin

    def must(self, method, **params):
        error, result, _ = self.call(method, **params)
        d.equal(error, None, f"{method} {params}")
        return result


def a_request_finds_its_answer(site, host, token):
    ann, ben = Peer(site, host, "ann"), Peer(site, host, "ben")
    ann.must("hello", token=token("ann", "put"))
    ben.must("hello", token=token("ben", "put", "fetch"))
    ann.must("put", **RESOURCE, body=b"offer", sequence=1)
    found = ben.must("fetch", **RESOURCE, max=16)["messages"]
    d.equal([m["body"] for m in found], [b"offer"], "what ben sees")
    ben.must("ack", **RESOURCE, ids=[found[0]["id"]])
    ben.must("put", peer="ann", body=b"answer", sequence=1)
    mine = ann.must("fetch", wait_ms=2000)["messages"]
    d.equal([m["body"] for m in mine], [b"answer"], "what ann is answered")


def a_long_poll_is_woken(site, host, token):
    cal, dan = Peer(site, host, "cal"), Peer(site, host, "dan")
    cal.must("hello", token=token("cal", "fetch"))
    dan.must("hello", token=token("dan", "put"))
    cursor = cal.must("fetch", **RESOURCE, max=64)["cursor"]
    cal.client.publish(cal.subject, msgpack.packb([0, 99, "fetch", [{**RESOURCE, "after": cursor, "wait_ms": 5000}]]))
    time.sleep(0.2)
    dan.must("put", **RESOURCE, body=b"late", sequence=1)
    cal.client.pump(time.monotonic() + 3, lambda: bool(cal.client.messages))
    cal.unpacker.feed(b"".join(data for _, data in cal.client.messages))
    d.equal([m["body"] for m in next(iter(cal.unpacker))[3]["messages"]], [b"late"], "what wakes")


def what_a_token_does_not_allow_is_an_error_at_once(site, host, token):
    eve = Peer(site, host, "eve")
    for method, params in (("put", {**RESOURCE, "body": b"x", "sequence": 1}), ("fetch", RESOURCE)):
        error, _, took = eve.call(method, **params)
        d.check(error is not None and error != ["nothing"] and took < DENIED_S, f"{method} before hello: {error} {took}")
    eve = Peer(site, host, "eve2")
    error, _, took = eve.call("hello", token=token("eve", "put")[:-2] + "xx")
    d.check(error is not None and error != ["nothing"] and took < DENIED_S, f"a forged token: {error} {took}")
    eve.must("hello", token=token("eve", "fetch"))
    for method, params in (("put", {**RESOURCE, "body": b"x", "sequence": 1}), ("fetch", {"peer": "ann"})):
        error, _, took = eve.call(method, **params)
        d.check(error is not None and error != ["nothing"] and took < DENIED_S, f"{method} {params}: {error} {took}")


def what_the_server_does_not_allow_is_an_error_at_once(site, host, token):
    eve = Peer(site, host, "eve")
    ann = Peer(site, host, "ann")
    for subject in (ann.subject, "$JS.API.INFO", "ps.c.e1.x", "ps.node.e1"):
        eve.client.publish(subject, msgpack.packb([0, 1, "ping", [{}]]))
        took = eve.client.denied(2)
        d.check(took is not None and took < DENIED_S, f"{subject}: {took}")


def nonsense_ends_a_connection_and_hello_begins_anew(site, host, token):
    fay = Peer(site, host, "fay")
    fay.must("hello", token=token("fay", "put"))
    fay.client.publish(fay.subject, b"\xc1 no msgpack at all")
    fay.client.pump(time.monotonic() + 3, lambda: any(data == b"" for _, data in fay.client.messages))
    d.check(any(data == b"" for _, data in fay.client.messages), "nobody said that it is over")
    fay.client.messages.clear()
    fay.unpacker = msgpack.Unpacker()
    fay.must("hello", token=token("fay", "put"))
    fay.must("put", **RESOURCE, body=b"again", sequence=1)


def main():
    base = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(200) + 20}"
    hub, host = f"{base}.1", f"{base}.2"
    with d.workplace() as (directory, start):
        site = directory / "nats"
        subprocess.run([TOOL, "setup", "--dir", site, "--hub", f"h1={hub}", "--edge", f"e1={host}"], check=True)
        for name in ("hub-h1", "edge-e1"):
            start(name, ["nats-server", "-c", site / f"{name}.conf"], directory, kind=d.Process)
        secret, keys = secrets.token_bytes(32), directory / "keys"
        keys.write_text(jwt_by_hand.key_line("k", secret))
        keys.chmod(0o600)
        daemon = start({"tokens": {"key_file": keys}, "tier": {"path": directory / "buffer.nvme", "state_dir": directory / "state"},
                        "messaging": {"budget": "16MiB", "collections_max": 256, "listen": directory / "rpc.sock"},
                        "cluster": {"url": f"nats://{host}:4222", "node": "e1", "domain": "e1", "hub_domain": "hub",
                                    "credentials": site / "node-e1.creds"}}).ready()
        d.wait_for("the stream of the edge", lambda: daemon.ask("cluster.status")["stream_ready"], 20)
        time.sleep(0.5)  # a few turns: until then messages of before may be restored, and none is claimed

        def token(peer, *actions):
            return jwt_by_hand.hs256(secret, "k", jwt_by_hand.claims(sub=peer, act=list(actions), med="bbb"))
        failed = d.run([a_request_finds_its_answer, a_long_poll_is_woken, what_a_token_does_not_allow_is_an_error_at_once,
                        what_the_server_does_not_allow_is_an_error_at_once,
                        nonsense_ends_a_connection_and_hello_begins_anew], site, host, token)
        d.equal(daemon.ask("cluster.status")["denied"], 0, "what the edge itself was denied")
        daemon.stop()
        return failed


sys.exit(main())
