#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Collections of the whole daemon by HTTP: what came another way is heard, and delivery goes on."""
import http.client
import json
import pathlib
import re
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import calls  # noqa: E402
import daemon as d  # noqa: E402

PLACE = "/c/r/film-1/mobile-180p"


def waiting(edge):
    """Polls and streams that wait for something, as the daemon counts them."""
    connection = http.client.HTTPConnection("127.0.0.1", edge.metrics_port, timeout=d.WAIT_S)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return int(float(re.search(r'collections_clients\{way="web"\} (\S+)', text)[1]))


def put_by_control(edge, text):
    return json.loads(edge.process.ctl("--json", "collections.put", "media=film-1", "profile=mobile-180p",
                                       f"body={text}"))


def a_message_of_another_way_ends_a_poll(edge):
    token = edge.token("alice", "fetch", "film-1")
    heard = []
    poll = threading.Thread(target=lambda: heard.append(edge.request("GET", PLACE + "?wait=20", token)))
    poll.start()
    d.wait_for("the poll to wait", lambda: waiting(edge) == 1)
    put_by_control(edge, "offer")
    poll.join(10)
    d.check(not poll.is_alive() and len(heard) == 1, "the poll did not end")
    status, said = heard[0]
    d.equal((status, [m["body"] for m in said["messages"]]), (200, ["offer"]), "what was heard")


def events_come_with_their_cursor(edge):
    token = edge.token("bob", "fetch", "film-1")
    _, said = edge.request("GET", PLACE, token)
    connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=d.WAIT_S)
    connection.request("GET", f"{PLACE}?access_token={token}", headers={
        "Accept": "text/event-stream", "Last-Event-ID": said["cursor"]})
    stream = connection.getresponse()
    d.equal((stream.status, stream.headers["Content-Type"]), (200, "text/event-stream"), "a stream")
    put_by_control(edge, "one")
    lines = [stream.readline().decode().strip() for _ in range(4)]
    d.equal(lines[:2], ["retry: 1000", ""], "how a stream begins")
    d.check(int(lines[2].removeprefix("id: ")) > int(said["cursor"]), f"cursor of an event: {lines}")
    d.equal(json.loads(lines[3].removeprefix("data: "))["body"], "one", "an event")
    connection.close()


def refusals_are_told_to_pages_of_any_origin(edge):
    token = edge.token("carol", "put", "film-1")
    for method, path, body, headers, wanted in (
            ("GET", PLACE, None, {}, 401),
            ("GET", PLACE, None, {"Authorization": "Bearer " + token}, 403),
            ("POST", "/c/p/alice", "x", {"Authorization": "Bearer " + token}, 403),
            ("POST", PLACE, "x" * 9000, {"Authorization": "Bearer " + token}, 413),
            ("POST", PLACE, "x" * 200000, {"Authorization": "Bearer " + token}, 413),
            ("PATCH", PLACE, None, {}, 405),
            ("OPTIONS", PLACE, None, {}, 204)):
        connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=d.WAIT_S)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        d.equal(answer.status, wanted, f"{method} {path}")
        d.equal(answer.headers["Access-Control-Allow-Origin"], "*", f"who may read {method} {path}")
        connection.close()


def the_token_stands_in_no_log(edge):
    token = edge.token("dave", "fetch", "film-1")
    edge.request("GET", f"{PLACE}?access_token={token}")
    edge.request("GET", f"{PLACE}?access_token={token}x")
    d.check(token[-20:] not in edge.process.log(), "a token is in the log")


def delivery_takes_no_bodies(edge):
    status, _ = edge.request("POST", "/m/film-1/mobile-180p/index.m3u8", None, {"x": 1})
    d.equal(status, 405, "POST to a playlist")
    status, text = edge.request("GET", "/m/film-1/mobile-180p/index.m3u8")
    d.equal((status, text.startswith("#EXTM3U")), (200, True), "a playlist")


def main():
    with d.workplace() as (_, start):
        edge = calls.DaemonEdge(start, 1)
        try:
            return d.run([a_message_of_another_way_ends_a_poll, events_come_with_their_cursor,
                          refusals_are_told_to_pages_of_any_origin, the_token_stands_in_no_log,
                          delivery_takes_no_bodies], edge)
        finally:
            edge.end()


if __name__ == "__main__":
    sys.exit(main())
