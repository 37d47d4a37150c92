# SPDX-License-Identifier: BSD-3-Clause
"""Two edges around one nats-server: a segment is made once, and neither needs the other."""
import concurrent.futures
import contextlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import two_edges as edges
import nats

BASE = "/m/bbb/mobile-180p/"
SEGMENTS = [f"{k}.m4s" for k in range(8)]


def made(edge):
    pipeline = edge.ask("status")["pipeline"]
    return pipeline["made_real_time"] + pipeline["made_speculative"]


def a_segment_is_made_by_one_and_fetched_by_the_other():
    with edges.two() as (_, _, _, (left, right)):
        left.get(BASE + "init.mp4"), right.get(BASE + "init.mp4")
        first = {name: left.get(BASE + name) for name in SEGMENTS}
        d.wait_for("the news", lambda: edges.status(right)["known"] >= len(SEGMENTS))
        made_before = made(right)
        second = {name: right.get(BASE + name) for name in SEGMENTS}
        d.equal(second, first, "what the other edge serves")
        d.equal(made(right), made_before, "segments made by the edge that could fetch them")
        s = edges.status(right)
        d.equal((s["fetched"], s["fetch_failed"], s["duplicates"]), (len(SEGMENTS), 0, 0),
                "fetched, failed, duplicates")
        d.equal(s["fetched_bytes"], sum(map(len, first.values())), "bytes fetched")
        d.equal(edges.status(left)["lent"], len(SEGMENTS), "segments lent")
        d.equal(left.ask("ledger")["totals"], right.ask("ledger")["totals"], "bets: nobody made one")


def both_at_once_make_it_once():
    with edges.two() as (_, _, _, both):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name in SEGMENTS:
                bodies = list(pool.map(lambda edge, name=name: edge.get(BASE + name), both))
                d.equal(bodies[0], bodies[1], f"{name} of two edges")
        counts = [edges.status(edge) for edge in both]
        d.equal(sum(s["made"] for s in counts) + sum(s["fetched"] for s in counts),
                2 * len(SEGMENTS), f"made and fetched, {counts}")
        late = sum(s["impatient"] for s in counts)  # on a busy machine a viewer's patience ends
        d.check(sum(s["made"] for s in counts) <= len(SEGMENTS) + late, f"made twice: {counts}")


def an_edge_killed_in_its_lease_is_replaced():
    with edges.two() as (_, _, _, (left, right)):
        threading.Thread(target=quietly, args=(left, BASE + SEGMENTS[0]), daemon=True).start()
        d.wait_for("a lease", lambda: edges.status(left)["leases"] + edges.status(left)["made"] > 0)
        left.kill()
        body = right.get(BASE + SEGMENTS[0])
        d.check(len(body) > 1000, "the segment of the edge that is left")
        s = edges.status(right)
        d.check(s["impatient"] + s["taken_over"] + s["claims_mine"] + s["fetch_failed"] >= 1,
                f"how it came to make it: {s}")


def quietly(edge, path):
    with contextlib.suppress(Exception):
        edge.request(path)


def without_the_server_each_goes_on_alone_and_together_again_with_it():
    with edges.two() as (directory, start, server, (left, right)):
        server.kill()
        d.wait_for("them to notice", lambda: not edges.status(left)["connected"] and not edges.status(right)["connected"])
        began = time.monotonic()
        alone = left.get(BASE + SEGMENTS[0])
        d.equal(right.get(BASE + SEGMENTS[0]), alone, "the same segment made twice")
        d.check(time.monotonic() - began < 20, "a viewer waited for the cluster")
        d.wait_for("a sentence", lambda: any("working alone" in line for line in left.ask("status")["degraded"]))
        again = start(directory, server.port, kind=nats.Server)
        d.check(again.alive(), "the server")
        for edge in (left, right):
            d.wait_for("them to meet again", lambda edge=edge: edges.is_ready(edge, 2))
        first = left.get(BASE + SEGMENTS[5])
        d.wait_for("the news", lambda: edges.status(right)["known"] >= 1)
        d.equal(right.get(BASE + SEGMENTS[5]), first, "a segment fetched after the cut")
        d.equal(edges.status(right)["fetched"], 1, "segments fetched after the cut")


def bets_are_made_once_and_fetched():
    """A viewer is followed at both edges, one after the other: the second edge makes nothing."""
    with edges.two(speculate={"enabled": True}) as (_, _, _, (left, right)):
        names = [f"{k}.m4s" for k in range(15)]
        left.get(BASE + "index.m3u8")
        first = {name: left.get(BASE + name) for name in names}
        d.wait_for("the news", lambda: edges.status(right)["known"] >= len(names))
        right.get(BASE + "index.m3u8")
        init_only = made(right)
        second = {name: right.get(BASE + name) for name in names}
        d.equal(second, first, "what the other edge serves")
        counts = [edges.status(edge) for edge in (left, right)]
        d.equal(counts[1]["made"], 0, f"segments made by the second edge, {counts[1]}")
        d.check(made(right) - init_only <= 1, "more than an init segment made")
        d.equal(counts[1]["fetched"], len(names), "segments fetched")
        d.equal(counts[0]["duplicates"] + counts[1]["duplicates"], 0, "duplicates")
        d.wait_for("demand to be told", lambda: edges.status(right)["demand_in"] > 0)
        d.check(edges.status(right)["looks"] > 0, "no look of the other edge's demand")
        for edge in (left, right):
            d.check(edge.ask("ledger")["totals"]["staged"] > 0, "nothing was bet on")
            d.check(edge.ask("status")["speculation"]["adds_up"], "the ledger does not add up")


def an_edge_without_a_card_serves_what_others_made():
    with edges.two() as (directory, start, server, (left, _)):
        first = left.get(BASE + SEGMENTS[0])
        bare = edges.begin_edge(directory, start, "bare", server, directory / "tokens.keys", card=None)
        d.wait_for("the third edge", lambda: edges.is_ready(bare, 3))
        d.wait_for("the news", lambda: edges.status(bare)["known"] >= 1)
        d.equal(bare.get(BASE + SEGMENTS[0]), first, "a segment that only others can make")
        d.equal(bare.request(BASE + SEGMENTS[1])[0], 503, "answer for one that nobody made")


def a_neighbour_without_a_token_gets_nothing():
    with edges.two() as (_, _, _, (left, _)):
        left.get(BASE + SEGMENTS[0])
        text = ".".join(["%016x" % 1] * 4) + ".0.-"
        for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}):
            code, _, _ = left.request("/s/" + text, headers=headers)
            d.equal(code, 401, f"answer to {headers}")
        d.equal(edges.status(left)["lent_refused"], 3, "refusals counted")


nats.need()
sys.exit(d.run([a_segment_is_made_by_one_and_fetched_by_the_other, both_at_once_make_it_once,
                an_edge_killed_in_its_lease_is_replaced,
                without_the_server_each_goes_on_alone_and_together_again_with_it,
                bets_are_made_once_and_fetched,
                an_edge_without_a_card_serves_what_others_made, a_neighbour_without_a_token_gets_nothing]))
