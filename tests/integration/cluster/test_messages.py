# SPDX-License-Identifier: BSD-3-Clause
"""Messages put at one edge are read at another; what was acknowledged to a peer is never lost."""
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import two_edges as edges
import nats

MESSAGING = {"budget": "16MiB", "collections_max": 256, "puts": 100000, "fetches": 100000,
             "messages": 2048}
PLACE = "/c/r/bbb/mobile-180p"
WHERE = ("media=bbb", "profile=mobile-180p")


def put(edge, who, body, sequence=0):
    """@return the HTTP status."""
    text = json.dumps({"body": body, **({"sequence": sequence} if sequence else {})})
    return edge.request(PLACE, "POST", body=text,
                        headers={"Authorization": "Bearer " + edges.token(who, "put"),
                                 "Content-Type": "application/json"})[0]


def bodies(edge):
    """What is held there, oldest first: {body: id}."""
    found, cursor = {}, 0
    while True:
        page = json.loads(edge.ctl("--json", "collections.fetch", *WHERE, f"after={cursor}", "limit=256"))
        found.update({m["body"]: m["id"] for m in page["messages"]})
        if not page["messages"]:
            return found
        cursor = page["cursor"]


def has(edge, body):
    return body in bodies(edge)


def open_at(*at):
    for edge in at:
        edge.ctl("collections.open", *WHERE)


def a_message_crosses_and_is_taken_once():
    with edges.two(messaging=MESSAGING) as (_, _, _, (left, right)):
        open_at(left, right)
        d.equal(put(left, "alice", "hello", 1), 201, "answer to a put")
        d.wait_for("the message at the other edge", lambda: has(right, "hello"))
        number = bodies(right)["hello"]
        right.ctl("collections.ack", *WHERE, f"id={number}")
        d.wait_for("its end where it was put", lambda: not has(left, "hello"))
        d.wait_for("its end where it was taken", lambda: not has(right, "hello"))


def a_collection_that_opens_late_has_what_came_before():
    with edges.two(messaging=MESSAGING) as (_, _, _, (left, right)):
        open_at(left)
        for k in range(20):
            d.equal(put(left, "alice", f"early {k}", k + 1), 201, "answer to a put")
        open_at(right)
        d.wait_for("all of them", lambda: len(bodies(right)) == 20)
        d.equal(list(bodies(right)), [f"early {k}" for k in range(20)], "their order")


def what_was_acknowledged_outlives_an_edge_killed():
    with edges.two(messaging=MESSAGING) as (directory, start, server, (left, right)):
        open_at(left, right)
        for k in range(50):
            d.equal(put(left, "alice", f"kept {k}", k + 1), 201, "answer to a put")
        left.kill()
        d.wait_for("all of them at the other edge", lambda: len(bodies(right)) == 50)
        again = edges.begin_edge(directory, start, "left", server, directory / "tokens.keys",
                                 messaging=MESSAGING)
        d.wait_for("the edge's return", lambda: edges.is_ready(again, 2))
        d.wait_for("its own messages", lambda: len(bodies(again)) == 50)
        number = bodies(right)["kept 7"]

        def is_taken():  # the owner may still be reading what it had
            if has(right, "kept 7"):
                right.ctl("collections.ack", *WHERE, f"id={number}")
            return not has(again, "kept 7")
        d.wait_for("its end where it was put", is_taken)


def what_was_acknowledged_outlives_the_server_killed_under_load():
    with edges.two(messaging=MESSAGING) as (directory, start, server, (left, right)):
        open_at(left, right)
        kept, over = [], threading.Event()

        def go_on():
            k = 0
            while not over.is_set():
                k += 1
                body = f"load {k}"
                if put(left, f"peer{k}", body) == 201:
                    kept.append(body)
                time.sleep(0.005)

        writer = threading.Thread(target=go_on)
        writer.start()
        d.wait_for("some messages", lambda: len(kept) > 50)
        server.kill()
        time.sleep(1)
        again = start(directory, server.port, kind=nats.Server)
        before = len(kept)
        d.wait_for("some more", lambda: len(kept) > before + 50)
        over.set()
        writer.join()
        d.check(again.alive(), "the server")
        missing = lambda: set(kept) - set(bodies(right))
        d.wait_for(f"all {len(kept)} messages; missing {missing()}", lambda: not missing(), 20)
        d.equal(set(kept) - set(bodies(left)), set(), "missing where they were put")


nats.need()
sys.exit(d.run([a_message_crosses_and_is_taken_once, a_collection_that_opens_late_has_what_came_before,
                what_was_acknowledged_outlives_an_edge_killed,
                what_was_acknowledged_outlives_the_server_killed_under_load]))
