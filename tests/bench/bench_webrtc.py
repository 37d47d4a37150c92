# SPDX-License-Identifier: BSD-3-Clause
"""Time until two pages of a real browser are connected by WebRTC, with collections for signalling.

Cases, interleaved: the resource's collection is opened ahead (by an orchestrator's PUT, as a
prediction would), or on demand by who comes first; and both again while LOAD_PEERS other peers use
collections on the same edge, each by a connection of its own. connected_ms: from the caller's first
step (making its offer) to the browser's `connected`; answered_ms: until it has the answer, which is
all that collections have a part in. first_put_us: one request by a plain client into a collection
that was opened ahead, and into one that the request opens. Medians over calls. Everything shares
this machine's cores: browser, edge, load.

Usage: bench_webrtc.py [CALLS [LOAD_PEERS]]
"""
import http.client
import os
import pathlib
import re
import signal
import statistics
import sys
import time

SOURCE = pathlib.Path(os.environ.get("PS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "tests" / "support"))
import calls  # noqa: E402
import daemon as d  # noqa: E402

LOAD = d.BUILD / "tests/integration/messaging/collections-load"
CALLS, LOAD_PEERS, PUTS = 15, 10000, 200
QUICK_CALLS, QUICK_LOAD_PEERS = 3, 1000
WAIT_S = 10  # of the peers that make the load: how long they wait for answers
STEADY_S = 180


def middle(values):
    return statistics.median(values)


def worst_but_few(values):
    return sorted(values)[int(0.9 * (len(values) - 1) + 0.5)]


def measure_calls(pages, edge, count, peers):
    """Calls in pairs, opened ahead and on demand, each first in turn."""
    seen = {"ahead": [], "on_demand": []}
    for number in range(count):
        for case in ("ahead", "on_demand") if number % 2 == 0 else ("on_demand", "ahead"):
            run = f"{case.replace('_', '-')}-{peers}-{number}"
            call = calls.call(pages, edge, run, ahead=case == "ahead")
            for role, one in call.items():
                d.equal(one["errors"], [], f"errors of the {role} in run {run}")
            seen[case].append(call["caller"])
    for case, callers in seen.items():
        connected = [one["connected_ms"] - one["called_ms"] for one in callers]
        answered = [one["answered_ms"] - one["called_ms"] for one in callers]
        print(f"bench=webrtc case={case} load_peers={peers} calls={len(callers)} "
              f"connected_ms_p50={middle(connected):.0f} connected_ms_p90={worst_but_few(connected):.0f} "
              f"answered_ms_p50={middle(answered):.0f} answered_ms_p90={worst_but_few(answered):.0f}", flush=True)


def measure_puts(edge, peers):
    """The first request of each resource, on one connection."""
    token = edge.token("first", "put,create")
    connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=d.WAIT_S)
    seen = {"ahead": [], "on_demand": []}
    for number in range(PUTS):
        for case, times in seen.items():
            path = f"/c/r/first-{case}-{peers}-{number}/hd"
            # Another one otherwise, so that both requests come to a server that is equally awake.
            edge.open(path if case == "ahead" else path + "-other", token)
            start = time.perf_counter()
            connection.request("POST", path, b"x" * 1000, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - start) * 1e6)
            d.equal(answer.status, 201, path)
            time.sleep(0.03)  # below the peer's rate
    connection.close()
    for case, times in seen.items():
        print(f"bench=webrtc case={case} load_peers={peers} puts={PUTS} first_put_us_p50={middle(times):.0f} "
              f"first_put_us_p90={worst_but_few(times):.0f}", flush=True)


def report_load(load):
    load.child.send_signal(signal.SIGTERM)
    load.child.wait(30)
    line = re.search(r"^load (.*)$", load.log(), re.M)
    d.check(line is not None, f"the load says nothing\n{load.log()}")
    print(f"bench=webrtc case=load {line[1]}", flush=True)


def measure(directory, count, peers):
    edge = calls.Edge(directory)
    try:
        with calls.pages(directory) as pages:
            calls.call(pages, edge, "warm-up")
            measure_calls(pages, edge, count, 0)
            measure_puts(edge, 0)
            load = d.Process("load", [LOAD, str(edge.port), str(peers), str(WAIT_S)], directory)
            try:
                load.wait_for("a steady load", lambda: "steady" in load.log(), STEADY_S)
                measure_calls(pages, edge, count, peers)
                measure_puts(edge, peers)
                report_load(load)
            finally:
                if load.alive():
                    load.kill()
    finally:
        edge.end()


def main():
    quick = os.environ.get("PS_BENCH_QUICK") is not None
    count = int(sys.argv[1]) if len(sys.argv) > 1 else QUICK_CALLS if quick else CALLS
    peers = int(sys.argv[2]) if len(sys.argv) > 2 else QUICK_LOAD_PEERS if quick else LOAD_PEERS
    calls.skip_unless_there()
    calls.in_namespace()
    with d.workplace() as (directory, _):
        measure(directory, count, peers)


if __name__ == "__main__":
    main()
