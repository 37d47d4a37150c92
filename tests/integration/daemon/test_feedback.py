# SPDX-License-Identifier: BSD-3-Clause
"""What the daemon says of its bets and its model adds up, and what is said to it is taken or refused."""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

PROFILE = d.transcode("mobile-180p", 320, 180)
FATES = ("used", "late", "wasted", "evicted_unused", "still_there")


def changes(directory, **more):
    return {"profiles": [PROFILE], "speculate": {"enabled": True, "segments_ahead": 2},
            "predict": {"confidence_threshold": 0.05}, "tier": {"state_dir": directory / "state"},
            "media": [{"id": "bbb", "url": d.BBB, "category": "film", "born": 1600000000},
                      {"id": "two", "url": d.BBB, "sequel_of": "bbb"}], **more}


def refused(daemon, *args):
    """What prestagectl says when the daemon refuses."""
    done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, *args], capture_output=True,
                          text=True, timeout=30)
    d.equal(done.returncode, 1, f"exit status of {args}: {done.stderr}")
    return done.stderr


def check_adds_up(rows, what):
    for row in rows if isinstance(rows, list) else [rows]:
        d.equal(sum(row[fate] for fate in FATES), row["staged"], f"fates of {what} {row}")


def watch(daemon, media, segments):
    daemon.get(f"/m/{media}/mobile-180p/index.m3u8")
    for k in range(segments):
        daemon.get(f"/m/{media}/mobile-180p/{k}.m4s")


def the_ledger_adds_up():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        watch(daemon, "two", 2)
        watch(daemon, "bbb", 3)
        daemon.wait_for("what follows of bbb to be there", lambda: any(
            (item["media"], item["fate"]) == ("bbb", "stored") for item in daemon.ask("ledger")["items"]))
        watch(daemon, "bbb", 6)
        ledger = daemon.ask("ledger")
        d.check(ledger["totals"]["used"] > 0, f"nothing was used: {ledger['totals']}")
        totals = ledger["totals"]
        d.equal((totals["adds_up"], totals["forgotten"]), (True, 0), "adds_up and forgotten")
        check_adds_up(totals, "totals")
        check_adds_up(ledger["reasons"], "a reason")
        check_adds_up(ledger["classes"], "a class")
        for rows in ("reasons", "classes"):
            d.equal(sum(row["staged"] for row in ledger[rows]), totals["staged"], f"staged over {rows}")
        d.check({row["reason"] for row in ledger["reasons"]} >= {"follow"}, f"{ledger['reasons']}")
        follow = next(row for row in ledger["trust"] if row["reason"] == "follow")
        d.check(0 < follow["useful"] <= 1 and follow["trust"] > 0, f"{follow}")
        status = daemon.ask("status")
        check_adds_up(status["speculation"], "status")
        d.check(status["speculation"]["adds_up"], "status says it does not add up")
        shadow, deliver = status["shadow"], status["deliver"]
        d.equal(shadow["requests"], deliver["segments"], "requests that the shadow saw")
        d.equal(shadow["hits"], deliver["hits"] + deliver["waits_making"], "hits as the shadow was told")
        d.equal((shadow["resting"], shadow["sampled"]), (False, 1.0), "resting, sampled")
        d.check("adds up" in daemon.ctl("ledger"), "prestagectl ledger does not show that it adds up")
        daemon.stop()


def predictions_say_why():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        watch(daemon, "bbb", 1)
        listed = daemon.wait_for("predictions", lambda: daemon.ask("predictions"))
        for key in ("expected_5m", "expected_15m", "expected_60m", "p_5m", "p_15m", "p_60m", "reason"):
            d.check(key in listed[0], f"no {key} in {listed[0]}")
        out = daemon.ctl("predictions", "--why", "bbb", "mobile-180p")
        d.check(out.startswith("bbb in mobile-180p (reason: "), out)
        d.check("within 60 min" in out, out)
        d.check(daemon.ctl("predictions", "--why", "two").startswith("two in mobile-180p"), "two")
        d.check(" in mobile-180p" in daemon.ctl("predictions", "--why"), "the best ones")
        d.check("no such title" in refused(daemon, "predictions", "--why", "other"), "an unknown title")
        d.check("no such title" in refused(daemon, "predictions", "--why", "bbb", "other"), "a profile")
        daemon.stop()


def looks_are_taken_or_refused_and_counted():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        daemon.ctl("looks.put", "media=bbb", "due_in_s=600", "source=agent-1", "probability=0.5")
        daemon.ctl("looks.put", "media=bbb", "profile=mobile-180p", "due_in_s=60", "source=agent-1", "device=1")
        for bad, why in ((("media=none", "due_in_s=1", "source=x"), "no such title"),
                         (("media=bbb", "profile=none", "due_in_s=1", "source=x"), "no such title"),
                         (("media=bbb", "due_in_s=1", "source=a b"), "not valid"),
                         (("media=bbb", "due_in_s=1", "source=x", "probability=1.5"), "not valid"),
                         (("media=bbb", "due_in_s=1", "source=x", "probability=0"), "not valid"),
                         (("media=bbb", "due_in_s=-1", "source=x"), "past its time"),
                         (("media=bbb", "due_in_s=90000", "source=x"), "too far ahead"),
                         (("media=bbb", "due_in_s=soon", "source=x"), "`due_in_s` must be"),
                         (("media=bbb", "due_in_s=1"), "`source` is missing")):
            said = refused(daemon, "looks.put", *bad)
            d.check(why in said, f"{bad}: {said}")
        looks = daemon.ask("status")["looks"]
        d.equal(looks, {"taken": 2, "late": 1, "early": 1, "refused": 5, "full": 0}, "looks")
        daemon.stop()


def facts_come_from_configuration_api_and_probe():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        watch(daemon, "bbb", 1)
        media = {m["id"]: m for m in daemon.ask("media")["media"]}
        d.equal((media["bbb"]["born_s"], media["bbb"]["length_s"]), (1600000000, 30), "born, length of bbb")
        d.equal(media["two"]["sequel_of"], "bbb", "sequel_of two")
        daemon.ctl("media.add", "id=three", f"url={d.BBB}", "sequel_of=two", "born_s=1700000000", "category=film")
        said = json.loads(daemon.ctl("--json", "media.describe", "id=three", "length_s=99"))
        d.equal(said, {"id": "three", "born_s": 1700000000, "length_s": 99, "sequel_of": "two"}, "three")
        d.check("not valid" in refused(daemon, "media.describe", "id=three", "sequel_of=three"), "its own sequel")
        d.check("not valid" in refused(daemon, "media.add", "id=four", f"url={d.BBB}", "sequel_of=/"), "no id")
        d.check("no such title" in refused(daemon, "media.describe", "id=four"), "four was added all the same")
        daemon.stop()


def the_model_is_saved_beside_the_loop():
    with d.workplace() as (directory, start):
        # Ten minutes of prestage's time are three seconds.
        daemon = start(changes(directory, time_scale=200)).ready()
        watch(daemon, "bbb", 1)
        model = daemon.wait_for("a save", lambda: (m := daemon.ask("status")["model"])["saves"] > 0 and m)
        d.equal((model["origin"], model["save_errors"]), ("new", 0), "origin and errors")
        d.equal((directory / "state/model.bin").stat().st_size, model["size_bytes"], "bytes of model.bin")
        shutil.rmtree(directory / "state")
        daemon.wait_for("a save that fails", lambda: daemon.ask("status")["model"]["save_errors"] > 0)
        d.check(any("model" in line for line in daemon.ask("status")["degraded"]), "degraded says nothing")
        (directory / "state").mkdir()
        daemon.wait_for("a save again", lambda: not any("model" in l for l in daemon.ask("status")["degraded"]))
        d.equal(daemon.log().count("model_not_saved"), 1, "times that failing was said")
        daemon.stop()
        for name in ("model.bin", "feedback.bin"):
            d.check((directory / "state" / name).exists(), f"the end saved no {name}")


def a_damaged_model_is_kept_aside_and_rebuilt():
    with d.workplace() as (directory, start):
        now = int(time.time())
        (directory / "history.txt").write_text(
            "".join(f"{now - 600 + n} bbb mobile-180p 0 0 0\n" for n in range(10)))
        settings = changes(directory, demand={"history": directory / "history.txt"})
        first = start(settings).ready()
        first.wait_for("a turn", lambda: first.ask("status")["turn_count"] > 0)
        first.stop()
        path = directory / "state/model.bin"
        feedback = directory / "state/feedback.bin"
        feedback.write_bytes(feedback.read_bytes()[1:])
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        daemon = start(settings).ready()
        status = daemon.ask("status")
        d.equal((status["model"]["origin"], status["predict"]["starts"]), ("refused", 10), "origin and starts")
        daemon.wait_for("a turn", lambda: daemon.ask("status")["turn_count"] > 0)
        d.check("model_refused" in daemon.log() and "begins_from=history" in daemon.log(), daemon.log())
        d.equal((directory / "state/model.bin.refused").read_bytes(), bytes(damaged), "what was kept aside")
        d.check((directory / "state/feedback.bin.refused").exists(), "feedback.bin was not kept aside")
        daemon.stop()
        again = start(settings).ready()
        d.equal(again.ask("status")["model"]["origin"], "loaded", "origin after the rebuilt one was saved")
        d.check("refused" not in again.log(), again.log())
        again.stop()


sys.exit(d.run([the_ledger_adds_up, predictions_say_why, looks_are_taken_or_refused_and_counted,
                facts_come_from_configuration_api_and_probe, the_model_is_saved_beside_the_loop,
                a_damaged_model_is_kept_aside_and_rebuilt]))
