# SPDX-License-Identifier: BSD-3-Clause
"""Two edges around one nats-server: a segment is made once, and neither needs the other."""
import base64
import concurrent.futures
import contextlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import nats

PROFILE = d.transcode("mobile-180p", 320, 180)
BASE = "/m/bbb/mobile-180p/"
SEGMENTS = [f"{k}.m4s" for k in range(8)]
LEASE_S = 2


class Edge(d.Daemon):
    """prestaged in a folder of its own."""


def write_keys(directory):
    """What all edges of a cluster have in common."""
    path = directory / "tokens.keys"
    path.write_text("edges:HS256:" + base64.urlsafe_b64encode(b"k" * 32).decode().rstrip("=") + "\n")
    path.chmod(0o600)
    return path


def begin_edge(directory, start, name, server, keys, **more):
    room = directory / name
    room.mkdir(exist_ok=True)
    port = d.free_port()
    changes = {"listen": {"port": port}, "profiles": [PROFILE],
               "tier": {"path": room / "buffer.nvme", "state_dir": room / "state"},
               "control": {"socket": room / "control.sock"}, "tokens": {"key_file": keys},
               "cluster": {"url": server.url, "node": name, "lease": f"{LEASE_S}s",
                           "advertise": f"http://127.0.0.1:{port}"}, **more}
    return start(room, changes, kind=Edge).ready()


@contextlib.contextmanager
def two_edges(**more):
    with d.workplace() as (directory, start):
        server = start(directory, kind=nats.Server)
        keys = write_keys(directory)
        edges = [begin_edge(directory, start, name, server, keys, **more) for name in ("left", "right")]
        for edge in edges:
            d.wait_for("the edges to meet", lambda edge=edge: is_ready(edge, 2))
        yield directory, start, server, edges


def status(edge):
    return edge.ask("cluster.status")


def is_ready(edge, nodes):
    s = status(edge)
    return s["registered"] and s["hub_reachable"] and s["stream_ready"] and s["nodes"] == nodes


def made(edge):
    pipeline = edge.ask("status")["pipeline"]
    return pipeline["made_real_time"] + pipeline["made_speculative"]


def a_segment_is_made_by_one_and_fetched_by_the_other():
    with two_edges() as (_, _, _, (left, right)):
        left.get(BASE + "init.mp4"), right.get(BASE + "init.mp4")
        first = {name: left.get(BASE + name) for name in SEGMENTS}
        d.wait_for("the news", lambda: status(right)["known"] >= len(SEGMENTS))
        made_before = made(right)
        second = {name: right.get(BASE + name) for name in SEGMENTS}
        d.equal(second, first, "what the other edge serves")
        d.equal(made(right), made_before, "segments made by the edge that could fetch them")
        s = status(right)
        d.equal((s["fetched"], s["fetch_failed"], s["duplicates"]), (len(SEGMENTS), 0, 0),
                "fetched, failed, duplicates")
        d.equal(s["fetched_bytes"], sum(map(len, first.values())), "bytes fetched")
        d.equal(status(left)["lent"], len(SEGMENTS), "segments lent")
        d.equal(left.ask("ledger")["totals"], right.ask("ledger")["totals"], "bets: nobody made one")


def both_at_once_make_it_once():
    with two_edges() as (_, _, _, edges):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name in SEGMENTS:
                bodies = list(pool.map(lambda edge, name=name: edge.get(BASE + name), edges))
                d.equal(bodies[0], bodies[1], f"{name} of two edges")
        counts = [status(edge) for edge in edges]
        d.equal(sum(s["made"] for s in counts) + sum(s["fetched"] for s in counts),
                2 * len(SEGMENTS), f"made and fetched, {counts}")
        late = sum(s["impatient"] for s in counts)  # on a busy machine a viewer's patience ends
        d.check(sum(s["made"] for s in counts) <= len(SEGMENTS) + late, f"made twice: {counts}")


def an_edge_killed_in_its_lease_is_replaced():
    with two_edges() as (_, _, _, (left, right)):
        threading.Thread(target=quietly, args=(left, BASE + SEGMENTS[0]), daemon=True).start()
        d.wait_for("a lease", lambda: status(left)["leases"] + status(left)["made"] > 0)
        left.kill()
        body = right.get(BASE + SEGMENTS[0])
        d.check(len(body) > 1000, "the segment of the edge that is left")
        s = status(right)
        d.check(s["impatient"] + s["taken_over"] + s["claims_mine"] + s["fetch_failed"] >= 1,
                f"how it came to make it: {s}")


def quietly(edge, path):
    with contextlib.suppress(Exception):
        edge.request(path)


def without_the_server_each_goes_on_alone_and_together_again_with_it():
    with two_edges() as (directory, start, server, (left, right)):
        server.kill()
        d.wait_for("them to notice", lambda: not status(left)["connected"] and not status(right)["connected"])
        began = time.monotonic()
        alone = left.get(BASE + SEGMENTS[0])
        d.equal(right.get(BASE + SEGMENTS[0]), alone, "the same segment made twice")
        d.check(time.monotonic() - began < 20, "a viewer waited for the cluster")
        d.wait_for("a sentence", lambda: any("working alone" in line for line in left.ask("status")["degraded"]))
        again = start(directory, server.port, kind=nats.Server)
        d.check(again.alive(), "the server")
        for edge in (left, right):
            d.wait_for("them to meet again", lambda edge=edge: is_ready(edge, 2))
        first = left.get(BASE + SEGMENTS[5])
        d.wait_for("the news", lambda: status(right)["known"] >= 1)
        d.equal(right.get(BASE + SEGMENTS[5]), first, "a segment fetched after the cut")
        d.equal(status(right)["fetched"], 1, "segments fetched after the cut")


def a_neighbour_without_a_token_gets_nothing():
    with two_edges() as (_, _, _, (left, _)):
        left.get(BASE + SEGMENTS[0])
        text = ".".join(["%016x" % 1] * 4) + ".0.-"
        for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}):
            code, _, _ = left.request("/s/" + text, headers=headers)
            d.equal(code, 401, f"answer to {headers}")
        d.equal(status(left)["lent_refused"], 3, "refusals counted")


nats.need()
sys.exit(d.run([a_segment_is_made_by_one_and_fetched_by_the_other, both_at_once_make_it_once,
                an_edge_killed_in_its_lease_is_replaced,
                without_the_server_each_goes_on_alone_and_together_again_with_it,
                a_neighbour_without_a_token_gets_nothing]))
