# SPDX-License-Identifier: BSD-3-Clause
"""Collections in the whole daemon, over the control API: within bounds, ahead of what is predicted."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

ROOM = {"media": "bbb", "profile": "mobile-180p"}


def changes(**more):
    return {"messaging": {"budget": "4MiB", "messages": 8, "message_size": "1KiB", "collections_max": 256,
                          **more}}


def words_of(method, params):
    return [method, *(f"{name}={value}" for name, value in params.items())]


def ask(daemon, method, **params):
    return json.loads(daemon.ctl("--json", *words_of(method, params)))


def refused(daemon, method, code, **params):
    done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, *words_of(method, params)],
                          capture_output=True, text=True, timeout=30)
    d.equal(done.returncode, 1, f"exit status of {method} {params}: {done.stdout}{done.stderr}")
    d.check(code in done.stderr, f"{method} {params} was refused with {done.stderr!r}, not {code}")


def of(daemon, **wanted):
    return [c for c in ask(daemon, "collections") if all(c[k] == v for k, v in wanted.items())]


def messages_are_put_read_and_taken_once():
    with d.workplace() as (directory, start):
        daemon = start(changes()).ready()
        first, second = (ask(daemon, "collections.put", **ROOM, body=text) for text in ("offer", "näher"))
        d.check(first["kept"] and second["id"] > first["id"] > 1 << 40, f"ids {first} {second}")
        page = ask(daemon, "collections.fetch", **ROOM, limit=1)
        d.equal([m["body"] for m in page["messages"]], ["offer"], "the first page")
        rest = ask(daemon, "collections.fetch", **ROOM, after=page["cursor"])
        d.equal([m["body"] for m in rest["messages"]], ["näher"], "the second")
        d.equal(ask(daemon, "collections.ack", **ROOM, id=first["id"]), {"taken": True}, "the first to take it")
        refused(daemon, "collections.ack", "not_found", **ROOM, id=first["id"])
        status = ask(daemon, "status")["messaging"]
        d.equal((status["put"], status["acknowledged"], status["messages"]), (2, 1, 1), "figures")
        d.equal(of(daemon, kind="resource")[0]["origin"], "on_demand", "why it is there")
        daemon.stop()


def bounds_are_kept_and_said():
    with d.workplace() as (directory, start):
        daemon = start(changes(on_demand=False)).ready()
        refused(daemon, "collections.put", "not_found", **ROOM, body="x")
        refused(daemon, "collections.fetch", "not_found", **ROOM)
        refused(daemon, "collections.open", "invalid")
        refused(daemon, "collections.open", "invalid", media="bbb", peer="ann")
        refused(daemon, "collections.open", "invalid", **ROOM, age_s=0.5)
        opened = ask(daemon, "collections.open", **ROOM, messages=2, age_s=1)
        d.equal((opened["messages_max"], opened["age_s"], opened["origin"]), (2, 1.0, "asked"), "as asked for")
        refused(daemon, "collections.put", "too_big", **ROOM, body="x" * 1025)
        for _ in range(2):
            ask(daemon, "collections.put", **ROOM, body="x" * 1024)
        refused(daemon, "collections.put", "full", **ROOM, body="x")
        d.wait_for("age to make room", lambda: ask(daemon, "status")["messaging"]["messages"] == 0, 10)
        ask(daemon, "collections.put", **ROOM, body="x")
        refused(daemon, "collections.open", "full", media="big", messages=65536)
        d.equal(ask(daemon, "collections.open", **ROOM, messages=4)["messages_max"], 4, "other limits")
        ask(daemon, "collections.put", peer="ann", body="an answer")
        d.equal(of(daemon, kind="peer")[0]["messages"], 1, "an answer")
        ask(daemon, "collections.close", **ROOM)
        refused(daemon, "collections.close", "not_found", **ROOM)
        daemon.stop()


def one_is_there_before_the_crowd():
    with d.workplace() as (directory, start):
        daemon = start(changes(threshold=0.2, idle="10s")).ready()
        d.equal(of(daemon), [], "none at first")
        for n in range(30):
            ask(daemon, "looks.put", media="bbb", profile="mobile-180p", due_in_s=300, source=f"peer{n}")
        ahead = d.wait_for("one opened ahead", lambda: of(daemon, media="bbb", origin="ahead"), 20)[0]
        d.check(ahead["messages_max"] >= 8 and ahead["put"] == 0, f"{ahead}")
        ask(daemon, "collections.put", media=ahead["media"], profile=ahead["profile"], region=ahead["region"], body="x")
        status = ask(daemon, "status")["messaging"]
        d.check(status["ahead_opened"] >= 1 and status["ahead_used"] == 1, f"{status}")
        d.equal(status["on_demand"], 0, "opened on demand")
        daemon.stop()


def what_is_kept_outlives_a_crash():
    with d.workplace() as (directory, start):
        kept = {**changes(keep=True), "tier": {"state_dir": directory / "state"}}
        first = start(kept).ready()
        ids = [ask(first, "collections.put", **ROOM, body=f"m{n}")["id"] for n in range(5)]
        seen = lambda daemon: [m["body"] for m in ask(daemon, "collections.fetch", **ROOM)["messages"]]
        d.wait_for("five messages on disk", lambda: len(seen(first)) == 5, 10)
        ask(first, "collections.ack", **ROOM, id=ids[1])
        ask(first, "collections.put", **ROOM, body="m5")  # behind the acknowledgement in the same file
        d.wait_for("a sixth on disk", lambda: len(seen(first)) == 5, 10)
        d.equal(ask(first, "status")["messaging"]["kept"], 6, "kept")
        first.kill()
        second = start(kept).ready()
        d.equal(seen(second), ["m0", "m2", "m3", "m4", "m5"], "what is there after kill -9")
        d.equal(ask(second, "status")["messaging"]["restored"], 7, "restored")
        later = ask(second, "collections.put", **ROOM, body="later")
        d.check(not later["kept"] and later["id"] > max(ids), f"ids rise over restarts: {later} {ids}")
        d.wait_for("a later one on disk", lambda: seen(second)[-1] == "later", 10)
        second.stop()
        none = start({**kept, "tier": {}})
        d.check(none.child.wait(20) != 0 and "cannot_keep" in none.log(), "nowhere to keep them")


def without_a_budget_there_are_none():
    with d.workplace() as (directory, start):
        daemon = start().ready()
        for method in ("collections", "collections.fetch"):
            refused(daemon, method, "unsupported", **({} if method == "collections" else ROOM))
        daemon.stop()
        small = start(changes(collections_max=1000000))
        d.check(small.child.wait(20) != 0 and "budget_too_small" in small.log(), "a budget that holds no table")


sys.exit(d.run([messages_are_put_read_and_taken_once, bounds_are_kept_and_said, one_is_there_before_the_crowd,
                what_is_kept_outlives_a_crash, without_a_budget_there_are_none]))
