# SPDX-License-Identifier: BSD-3-Clause
"""Demand curves of a running daemon: told from a log, by class and title, and kept over a restart."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

INTERVAL_S = 300
PER_INTERVAL = {(1, 1): 12, (1, 2): 6, (3, 1): 3}  # starts of region, device


def history(path, until_s, intervals=60):
    """Steady viewers up to now: what comes next is no secret."""
    first = int(until_s) // INTERVAL_S - intervals
    lines = []
    for i in range(first, first + intervals + 1):
        for (region, device), count in PER_INTERVAL.items():
            lines += [(i * INTERVAL_S + k * INTERVAL_S // (count + 1), f"bbb mobile-180p {region} {device} 0")
                      for k in range(count)]
    path.write_text("".join(f"{t} {rest}\n" for t, rest in sorted(lines) if t <= until_s))


def changes(directory, **more):
    return {"tier": {"state_dir": directory}, "demand": {"history": directory / "history.txt"}, **more}


def curves(daemon, *words):
    return json.loads(daemon.ctl("--json", "curves", *words))["curves"]


def hour(curve):
    return sum(step["expected"] for step in curve["intervals"])


def near(seen, wanted, what):
    d.check(abs(seen - wanted) <= 0.1 * wanted + 0.3, f"{what}: {seen}, not about {wanted}")


def what_a_log_says_is_told_by_class():
    with d.workplace() as (directory, start):
        history(directory / "history.txt", time.time())
        daemon = start(changes(directory)).ready()
        told = curves(daemon)
        near(hour(told[0]), 12 * sum(PER_INTERVAL.values()), "the total's hour")
        by_class = {(c["region"], c["device"]): hour(c) for c in told[1:]}
        d.equal(sorted(by_class), sorted(PER_INTERVAL), "classes")
        for key, count in PER_INTERVAL.items():
            near(by_class[key], 12 * count, f"class {key}")
        near(sum(by_class.values()), hour(told[0]), "the sum of the classes")
        for step in told[0]["intervals"]:
            d.check(step["quantiles"] == sorted(step["quantiles"]), f"quantiles of {step}")
            d.check(step["quantiles"][0] < step["expected"] < step["quantiles"][-1], f"{step}")
        starts = [step["start_s"] for step in told[0]["intervals"]]
        d.equal([b - a for a, b in zip(starts, starts[1:])], [INTERVAL_S] * 11, "starts")
        d.check(abs(starts[0] - time.time()) <= INTERVAL_S, f"the first begins at {starts[0]}")
        near(hour(curves(daemon, "region=1")[0]), 12 * 18, "region 1")
        d.equal(len(curves(daemon, "region=1")), 3, "region 1 and its classes")
        d.equal(len(curves(daemon, "region=1", "device=2")), 1, "one class")
        d.equal(len(curves(daemon, "limit=2")), 2, "as many as wanted")
        daemon.stop()


def a_title_is_told_too_and_people_can_read_it():
    with d.workplace() as (directory, start):
        history(directory / "history.txt", time.time())
        daemon = start(changes(directory)).ready()
        title = curves(daemon, "bbb")
        d.equal([(c["media"], c["profile"]) for c in title[:2]], [("bbb", None), ("bbb", "mobile-180p")], "curves")
        classes = {(c["region"], c["device"]): hour(c) for c in title[2:]}
        d.equal(sorted(classes), sorted(PER_INTERVAL), "the title's classes")
        for key, count in PER_INTERVAL.items():
            near(classes[key], hour(title[0]) * count / sum(PER_INTERVAL.values()), f"class {key} of the title")
        d.equal(len(curves(daemon, "bbb", "region=1")), 2 + 2, "the title in region 1, and the classes of that")
        d.check(hour(title[0]) > 60, f"most of all starts are of this title: {hour(title[0])}")
        one = curves(daemon, "bbb", "mobile-180p")
        d.equal([c["profile"] for c in one], ["mobile-180p"] * 4, "curves of one profile and its classes")
        part = hour(curves(daemon, "bbb", "mobile-180p", "region=3")[0])
        near(part, hour(one[0]) * 3 / 21, "its part in region 3")
        page = daemon.ctl("curves")
        d.check("region any" in page and "95%" in page and "█" in page, page)
        d.check("title bbb" in daemon.ctl("curves", "bbb", "mobile-180p"), "the title's name")
        for words in ("nobody",), ("bbb", "no-profile"), ("region=77",), ("profile=mobile-180p",):
            done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, "curves", *words],
                                  capture_output=True, text=True, timeout=30)
            d.equal(done.returncode, 1, f"exit status of {words}: {done.stdout}{done.stderr}\nstatus")
        daemon.stop()


def they_outlive_the_daemon_and_damage_is_set_aside():
    with d.workplace() as (directory, start):
        history(directory / "history.txt", time.time())
        daemon = start(changes(directory)).ready()
        before = hour(curves(daemon)[0])
        daemon.wait_for("a turn", lambda: daemon.ask("status")["turn_count"] > 0)
        daemon.stop()
        d.check((directory / "curves.bin").exists(), "nothing was saved")
        (directory / "history.txt").unlink()
        no_history = {"tier": {"state_dir": directory}}
        again = start(no_history).ready()
        near(hour(curves(again)[0]), before, "the hour after a restart")
        again.stop()
        data = bytearray((directory / "curves.bin").read_bytes())
        data[len(data) // 2] ^= 1
        (directory / "curves.bin").write_bytes(data)
        third = start(no_history).ready()
        d.equal(curves(third), [], "curves of a damaged file")
        d.check("curves_refused" in third.log(), f"nothing was said:\n{third.log()}")
        d.check("Nothing to tell yet" in third.ctl("curves"), "the page says nothing")
        d.equal((directory / "curves.bin.refused").read_bytes(), bytes(data), "what was set aside")
        third.stop()


def viewers_of_now_are_counted():
    with d.workplace() as (directory, start):
        daemon = start({"time_scale": 1000}).ready()  # an interval is 0.3 s
        until = time.monotonic() + 30
        while not (told := curves(daemon)) or hour(told[0]) < 1:
            daemon.get("/m/bbb/mobile-180p/index.m3u8")
            d.check(time.monotonic() < until, f"viewers are not in the curves: {told}")
        daemon.stop()


sys.exit(d.run([what_a_log_says_is_told_by_class, a_title_is_told_too_and_people_can_read_it,
                they_outlive_the_daemon_and_damage_is_set_aside, viewers_of_now_are_counted]))
