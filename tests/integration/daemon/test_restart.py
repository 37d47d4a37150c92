# SPDX-License-Identifier: BSD-3-Clause
"""Killed and started again: what viewers get is the same, what was stored is found, nothing is left."""
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

PROFILE = d.transcode("tv-360p", 640, 360, "600k")
BASE = "/m/bbb/tv-360p/"
FIRST = 5  # segments stored before the crash
KILLS_MAX = 40


def changes(directory, **more):
    return {"profiles": [PROFILE], "demand": {"nic_socket": directory / "nic.sock"},
            "tier": {"state_dir": directory}, **more}


def names():
    return ["init.mp4"] + [f"{k}.m4s" for k in range(15)]


def fetch(daemon, wanted):
    """Several viewers at once, so that all compute units have work."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return dict(zip(wanted, pool.map(lambda name: daemon.get(BASE + name), wanted)))


def is_encoding(daemon):
    return any(cu["kernel"] == "h264enc" and cu["state"] == "busy" for cu in daemon.ask("devices"))


def errors(daemon):
    return sum(cu["errors"] for cu in daemon.ask("devices"))


def kill_an_encoder(daemon, until):
    """
    kill -9 the process of a busy compute unit, until a run was really hit. Not more often: after
    three failures in a row a segment is given up, as it should be. @return kills.
    """
    kills = 0
    while not until() and errors(daemon) == 0 and kills < KILLS_MAX:
        workers = [pid for pid in daemon.workers() if "h264enc" in " ".join(d.argv_of(pid))]
        if workers and is_encoding(daemon):
            with contextlib.suppress(ProcessLookupError):  # of the kill before
                os.kill(workers[kills % len(workers)], signal.SIGKILL)
                kills += 1
    return kills


def undisturbed():
    """What a viewer gets when nothing happens: the truth for the tests below."""
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        resource = fetch(daemon, names())
        d.equal(errors(daemon), 0, "errors of compute units")
        daemon.stop()
        return resource


def a_killed_compute_unit_is_not_noticed(truth):
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            viewer = pool.submit(fetch, daemon, names())
            kills = kill_an_encoder(daemon, viewer.done)
            seen = viewer.result()
        d.check(errors(daemon) > 0, f"{kills} kills hit no run: nothing was tested")
        d.equal([name for name in names() if seen[name] != truth[name]], [], "segments with other bytes")
        d.equal(daemon.ask("status")["cus"]["lost"], 0, "compute units that did not come back")
        d.equal(len(daemon.workers()), 5, "compute units' processes")
        daemon.stop()


def crash_while_making(daemon, truth):
    """Segments 0..FIRST-1 are durable, others are being made; then kill -9. @return its workers."""
    first = ["init.mp4"] + [f"{k}.m4s" for k in range(FIRST)]
    d.equal(fetch(daemon, first), {name: truth[name] for name in first}, "bytes before the crash")
    daemon.wait_for("all stored to be durable", lambda: daemon.ask("tier")["durable_segments"] == len(first))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        viewers = [pool.submit(daemon.request, f"{BASE}{k}.m4s") for k in range(FIRST, FIRST + 4)]
        daemon.wait_for("an encoder at work", lambda: is_encoding(daemon))
        workers = daemon.workers()
        daemon.kill()
        d.check(any(viewer.exception() for viewer in viewers), "no viewer was waiting at the crash")
    return workers


def a_killed_daemon_finds_what_was_stored(truth):
    with d.workplace() as (directory, start):
        shared = set(os.listdir("/dev/shm"))
        daemon = start(changes(directory)).ready()
        workers = crash_while_making(daemon, truth)
        d.equal(len(workers), 5, "compute units' processes before the crash")
        d.wait_for("the CU workers' end", lambda: all(map(d.is_gone, workers)), 10)
        d.equal(set(os.listdir("/dev/shm")) - shared, set(), "left in /dev/shm")
        for socket in ("control.sock", "nic.sock"):
            d.check((directory / socket).exists(), f"{socket} went away: no stale socket to test with")
        again = start(changes(directory)).ready()
        d.check(again.ask("tier")["recovered_segments"] >= FIRST + 1, f"recovered: {again.ask('tier')}")
        stored = [f"{k}.m4s" for k in range(FIRST)]
        d.equal(fetch(again, stored), {name: truth[name] for name in stored}, "bytes after the crash")
        deliver = again.ask("status")["deliver"]
        d.equal((deliver["hits"], deliver["misses"]), (FIRST, 0), "hits and misses after the crash")
        d.check(fetch(again, names()) == truth, "the whole title after the crash has other bytes")
        again.stop()


def sigterm_saves_what_was_learnt(truth):
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        for _ in range(3):
            daemon.get(BASE + "index.m3u8")
        daemon.wait_for("learning", lambda: daemon.ask("status")["predict"]["starts"] == 3)
        daemon.stop()
        d.check((directory / "model.bin").exists(), "no model was saved")
        again = start(changes(directory)).ready()
        d.equal(again.ask("status")["predict"]["starts"], 3, "starts known after a restart")
        again.stop()
        pathlib.Path(directory / "model.bin").write_bytes(b"not a model")
        third = start(changes(directory)).ready()
        d.equal(third.ask("status")["predict"]["starts"], 0, "starts known from a broken model")
        d.check("model_refused" in third.log(), "a broken model was not spoken of")
        third.stop()


def sigterm_ends_it_in_the_midst_of_work(truth):
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            viewers = [pool.submit(daemon.request, f"{BASE}{k}.m4s") for k in range(8)]
            daemon.wait_for("an encoder at work", lambda: is_encoding(daemon))
            workers = daemon.workers()
            d.equal(daemon.end(within_s=10), 0, f"exit status\n{daemon.log()}")
            d.wait_for("the CU workers' end", lambda: all(map(d.is_gone, workers)), 10)
            for viewer in viewers:
                if not viewer.exception():
                    d.check(viewer.result()[0] in (200, 503), f"a viewer got {viewer.result()[0]}")
        again = start(changes(directory)).ready()
        d.check(fetch(again, names()) == truth, "the whole title after the restart has other bytes")
        again.stop()


sys.exit(d.run([a_killed_compute_unit_is_not_noticed, a_killed_daemon_finds_what_was_stored,
                sigterm_saves_what_was_learnt, sigterm_ends_it_in_the_midst_of_work], undisturbed()))
