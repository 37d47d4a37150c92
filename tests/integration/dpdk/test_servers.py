# SPDX-License-Identifier: BSD-3-Clause
"""Clients and a server of others: each request is counted once, on every path, in both modes.

Usage: test_servers.py [mirror|inline]. Prints a line for each way of asking, `way=counted/logged`.
"""
import os
import sys

import nic_process as np
import edge

VIEWERS = os.path.join(edge.HERE, "viewers.py")
NOTED = ("dups", "cut", "joined", "unseen", "malformed")
LOSE_EVERY = 10


def raw(way, count):
    """Ways that curl does not have."""
    return lambda w, path: w.ns.run("cli", sys.executable, VIEWERS, path.server, "5", way,
                                    str(count))


def curl(what, *args):
    return lambda w, path: w.curl(path, what, *args)


def absolute(w, path):
    """Asked as a proxy would be: GET http://edge/m/..."""
    w.curl(path, "m/clip-3/hd-720p/[0-19].m4s", "-x", f"http://{path.host}:80")


# name, requests, how
WAYS = (("keepalive", 300, curl("m/clip-[0-9]/hd-720p/[0-29].m4s")),
        ("split", 100, raw("split", 100)),
        ("pipelined", 100, raw("pipelined", 100)),
        ("absolute", 20, absolute),
        ("head", 20, curl("m/clip-5/hd-720p/[0-19].m4s", "-I")),
        ("encoded", 20, curl("m/cl%69p-%36/hd%2d720p/[0-19]%2Em4s")))
LOSSY = (("lost", 300, curl("m/clip-[0-9]/hd-720p/[0-29].m4s", "-Z", "--parallel-max", "10")),)


def measure(w, nic, path, name, requests, ask):
    """One way on one path: what the NIC counted against what the server logged."""
    stats = nic.stats()
    ask(w, path)
    logged = len(w.server.news())
    after = edge.settled(nic, stats["media_requests"] + logged)
    counted = after["media_requests"] - stats["media_requests"]
    notes = " ".join(f"{key}={after[key] - stats[key]}" for key in NOTED)
    print(f"mode={w.mode} path={path.name} {name}={counted}/{logged} {notes}", flush=True)
    assert counted == logged == requests, (name, counted, logged, requests)


def count_ways(mode):
    with edge.Wire(mode) as w:
        nic = w.nic()
        for path in edge.PATHS:
            for name, requests, ask in WAYS:
                measure(w, nic, path, name, requests, ask)
        out = nic.stop()
        edge.check(w.server.lines(), out, {path.region for path in edge.PATHS})
        assert out.totals["cut"] == out.totals["joined"] > 0
        by_region = [sum(sum(c) for (_, _, r), c in out.counts.items() if r == path.region)
                     for path in edge.PATHS]
        assert by_region == [sum(count for _, count, _ in WAYS)] * len(edge.PATHS), by_region


def count_lossy(mode):
    with edge.Wire(mode, lose_every=LOSE_EVERY) as w:
        nic = w.nic()
        for path in edge.PATHS:
            for name, requests, ask in LOSSY:
                measure(w, nic, path, name, requests, ask)
        out = nic.stop()
        edge.check(w.server.lines(), out)
        w.relay.terminate()
        lost = int(w.relay.communicate(timeout=np.WAIT_S)[0])
        print(f"mode={mode} lost_frames={lost} dups={out.totals['dups']}", flush=True)
        assert out.totals["dups"] >= lost >= 30 * len(edge.PATHS)


def wrong_settings_are_noticed(mode):
    """The same harness must be able to fail."""
    with edge.Wire(mode, paths=(edge.IPV4,)) as w:
        for what, nic in (("template", lambda: w.nic("--template", "/x/")),
                          ("port", lambda: w.nic(port=81))):
            running = nic()
            w.curl(edge.IPV4, "m/clip-1/hd-720p/[0-19].m4s")
            out, lines = running.stop(), w.server.news()
            assert out.totals["packets"] > 0 and len(lines) == 20
            try:
                edge.check(lines, out)
            except AssertionError:
                counted = out.totals["media_requests"]
                print(f"mode={mode} wrong_{what}={counted}/{len(lines)} noticed=yes", flush=True)
                assert counted == 0
            else:
                raise AssertionError("a wrong " + what + " was not noticed")


def main():
    edge.need()
    for mode in sys.argv[1:] or ("mirror", "inline"):
        count_ways(mode)
        count_lossy(mode)
        wrong_settings_are_noticed(mode)


main()
