# SPDX-License-Identifier: BSD-3-Clause
"""How many first segments are made of what is predicted: as many as its viewers usually come to."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

COPY = [{"name": "source", "kind": "copy", "segment": "2s"}]
VIEWERS = 240


def log_line(when, viewer, path):
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(when))
    return when, f'192.0.2.{viewer % 200 + 1} - - [{stamp}] "GET {path} HTTP/1.1" 200 1000\n'


def history(path, lengths, now_s):
    """Two hours in which many viewers asked for each title's first so many segments."""
    lines = []
    for media, segments in lengths.items():
        for viewer in range(VIEWERS):
            when = int(now_s) - 7200 + viewer * 7190 // VIEWERS
            lines.append(log_line(when, viewer, f"/m/{media}/source/index.m3u8"))
            lines += [log_line(when, viewer, f"/m/{media}/source/{k}.m4s") for k in range(segments)]
    path.write_text("".join(text for _, text in sorted(lines, key=lambda line: line[0])))


def node(start, directory, lengths):
    history(directory / "access.log", lengths, time.time())
    return start({"card": None, "profiles": COPY, "demand": {"history": directory / "access.log"},
                  "predict": {"confidence_threshold": 0.05}, "tier": {"state_dir": directory / "state"},
                  "speculate": {"enabled": True, "making_max": 16},
                  "media": [{"id": media, "url": d.BBB} for media in lengths]}).ready()


def staged(daemon, media):
    return sorted(item["index"] for item in daemon.ask("ledger")["items"] if item["media"] == media)


def predicted(daemon, media):
    return next((p for p in daemon.ask("predictions") if p["media"] == media), None)


def nothing_is_made_that_nobody_comes_to():
    with d.workplace() as (directory, start):
        daemon = node(start, directory, {"clip": 2, "film": 12})
        daemon.wait_for("the film's first segments", lambda: len(staged(daemon, "film")) >= 4)
        daemon.wait_for("the clip's first segments", lambda: len(staged(daemon, "clip")) >= 2)
        turns = daemon.ask("status")["turn_count"]
        daemon.wait_for("more turns", lambda: daemon.ask("status")["turn_count"] > turns + 5)
        d.equal((staged(daemon, "clip"), staged(daemon, "film")), ([0, 1], [0, 1, 2, 3]), "segments made")
        clip, film = predicted(daemon, "clip"), predicted(daemon, "film")
        d.equal((clip["first_segments"], film["first_segments"]), (2, 4), "first segments told")
        d.check(abs(clip["reached"] - 2) < 0.4 and film["reached"] > 11, f"reached: {clip} {film}")
        said = {item["index"]: item["p"] for item in daemon.ask("ledger")["items"] if item["media"] == "clip"}
        d.check(said[1] <= said[0], f"the second segment is surer than the first: {said}")
        page = daemon.ctl("predictions")
        d.check("first_segments" in page or "first" in page, page)
        daemon.stop()


def viewers_of_now_teach_it_as_well():
    with d.workplace() as (directory, start):
        daemon = node(start, directory, {"clip": 12})
        before = daemon.wait_for("a prediction", lambda: predicted(daemon, "clip"))["reached"]
        for _ in range(120):
            daemon.get("/m/clip/source/0.m4s")
        after = daemon.wait_for("a prediction", lambda: predicted(daemon, "clip"))["reached"]
        d.check(before > 11 and after < 0.8 * before, f"reached {before}, then {after}")
        daemon.stop()


sys.exit(d.run([nothing_is_made_that_nobody_comes_to, viewers_of_now_teach_it_as_well]))
