# SPDX-License-Identifier: BSD-3-Clause
"""
Five minutes of an evening at fifteen times the speed, twice: with the predictions, and with the
predictions dealt to other resources. The gain has to come from predicting, not from being busy.

Judged by what was there when first asked for, never by times. Viewers watch one segment, so that
following a viewer cannot help either run.
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "support"), os.path.join(HERE, "..", "..", "..", "tools")]
import daemon as d
from evening import catalogue, judge, run

SEED, STARTS, MINUTES, SPEED_UP = 2, 40, 5, 15
CUTS, TITLES = 8, 120
STAGED_BEFORE = 40  # segments made before the viewers come: an evening has begun when we join it
DROP_MIN = 0.15     # of the share of first segments that were there
PROFILES = [d.transcode("mobile-144p", 256, 144, "120k", "4s"), d.transcode("tablet-180p", 320, 180, "200k", "4s")]


def make_catalogue(directory):
    """Many titles of few cuts: to the predictor they are as different as any."""
    directory.mkdir(parents=True, exist_ok=True)
    cuts = catalogue.make(d.CLIPS, directory, CUTS)
    names = [f"{cuts[n % CUTS]}-{n:03d}" for n in range(TITLES)]
    for n, name in enumerate(names):
        link = directory / f"{name}.mp4"
        if not link.is_symlink():
            link.symlink_to(f"{cuts[n % CUTS]}.mp4")
    return names


def make_evening(work):
    titles_dir = d.BUILD / "tests/e2e-catalogue"
    titles = make_catalogue(titles_dir)
    (work / "titles.txt").write_text("\n".join(titles) + "\n")
    subprocess.run([
        d.BUILD / "tools/prestage-workload", "--seed", str(SEED), "--t0", str(int(time.time())),
        "--minutes", str(MINUTES), "--starts", str(STARTS), "--titles", work / "titles.txt", "--never-seen", "4",
        "--flash", "none", "--history-days", "7", "--profiles", "mobile-144p:1:0.6,tablet-180p:2:0.4",
        "--segments", "1", "--history", work / "history.txt", "--session", work / "session.txt",
        "--truth", work / "truth.txt"], check=True, stdout=subprocess.DEVNULL)
    return {
        "build": d.BUILD, "titles": titles, "titles_dir": titles_dir, "speed_up": SPEED_UP,
        "profiles": PROFILES, "regions": {"127.0.0.10/31": 1, "127.0.0.12/31": 2},
        "addresses": [f"127.0.0.{n}" for n in range(10, 14)], "server_address": "127.0.0.1",
        "origin_latency_ms": 5, "dram": "16MiB", "nvme": "24MiB", "threshold": 0.15,
        "history": work / "history.txt", "session": work / "session.txt",
    }


def check_ledger(mode, current):
    """The ledger adds up, and the buffer, which counts for itself, evicted as much unused as it says."""
    def figures():
        return current.ask("ledger")["totals"], current.ask("tier")["evicted_unused_segments"]
    d.wait_for(f"ledger and buffer to agree ({mode}): {figures()}",
               lambda: (seen := figures())[0]["evicted_unused"] == seen[1], 10)
    line, holds = judge.ledger_line(current.status()["speculation"])
    print(f"evening mode={mode} {line}", flush=True)
    d.check(holds, f"{mode}: {line}")


def play(mode, evening, work):
    """One evening. @return the daemon's status and its ledger at the end."""
    current = run.Run(mode, {**evening, "port": d.free_port(), "origin_port": d.free_port()}, work)
    try:
        current.start()
        d.wait_for(f"{STAGED_BEFORE} segments staged ({mode})",
                   lambda: current.status()["speculation"]["staged"] >= STAGED_BEFORE, 30)
        seen, _ = current.play_session(lambda *_: None)
        check_ledger(mode, current)
        status, ledger = current.status(), current.ask("ledger", "limit=4096")
    except run.Failed as error:
        raise d.Failed(str(error)) from None
    finally:
        left = current.stop()
    d.equal((seen["errors"], seen["mismatches"], left), ([], [], []), f"{mode}: errors, other bytes, left behind")
    d.equal(judge.undecodable(current.dir / "segments"), [], f"{mode}: segments that do not decode")
    return status, ledger


def hit_share(mode, status):
    deliver, speculation = status["deliver"], status["speculation"]
    print(f"evening mode={mode} starts={deliver['starts']} first_segments={deliver['segments']} "
          f"hits={deliver['hits']} waits={deliver['waits_making']} misses={deliver['misses']} "
          f"staged={speculation['staged']} used={speculation['used']} emulated={status['emulated']}", flush=True)
    d.equal(deliver["segments"], deliver["starts"], f"{mode}: one segment a start")
    return deliver["hits"] / deliver["segments"]


def shuffled_predictions_lose_the_gain(work):
    evening = make_evening(work)
    predicted, ledger = play("prestage", evening, work)
    shuffled, _ = play("shuffled", evening, work)
    d.equal(predicted["deliver"]["starts"], shuffled["deliver"]["starts"], "starts in both runs")
    d.check(predicted["predict"]["samples"] > 0 and predicted["demand"]["samples_history"] > 0,
            f"nothing was learnt: {predicted['predict']}")
    d.check({"used", "stored"} <= {item["fate"] for item in ledger["items"]}, "fates in the ledger")
    with_it, without = hit_share("prestage", predicted), hit_share("shuffled", shuffled)
    d.check(with_it - without >= DROP_MIN, f"first segments that were there: {with_it:.2f} with the "
            f"predictions, {without:.2f} with shuffled ones")
    d.check(predicted["speculation"]["used"] > shuffled["speculation"]["used"], "shuffled ones were used as much")


def main():
    with d.workplace() as (work, _):
        return d.run([shuffled_predictions_lose_the_gain], work)


sys.exit(main())
