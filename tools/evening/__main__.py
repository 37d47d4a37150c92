# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration: the same evening twice, reactive and prestage, and what viewers gained.

Run through tools/demo, which sets everything up first.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from evening import catalogue, judge, net, run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MINUTES = 30

# Small pictures and the least effort, because two cores stand for a card; sizes, rates and shares
# differ as on a real ladder.
PROFILES = [
    {"name": name, "kind": "transcode", "width": width, "height": height, "bitrate": bitrate,
     "segment": "4s", "effort": 0}
    for name, width, height, bitrate in (
        ("phone-144p", 256, 144, "110k"), ("phone-180p", 320, 180, "160k"),
        ("tablet-216p", 384, 216, "220k"), ("tv-240p", 426, 240, "280k"))
]
PROFILE_SHARES = "phone-144p:1:0.3,phone-180p:1:0.25,tablet-216p:2:0.2,tv-240p:3:0.25"


def say(text=""):
    print(f"demo: {text}" if text else "", flush=True)


def parse():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the evening (default 1)")
    parser.add_argument("--starts", type=int, default=220, help="viewing sessions (default 220)")
    parser.add_argument("--titles", type=int, default=110, help="titles in the catalogue (default 110)")
    parser.add_argument("--speed-up", type=float, default=15.0,
                        help="how much faster than real time the evening passes, 1 to 15 (default 15)")
    parser.add_argument("--origin-ms", type=float, default=40,
                        help="how late every answer of the origin starts, not sped up (default 40)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of the evening (default 30)")
    parser.add_argument("--inline", action="store_true", help="the NIC in the path instead of mirroring")
    parser.add_argument("--keep", action="store_true", help="stay up at the end, until interrupted")
    parser.add_argument("--build", default=str(ROOT / "build"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not 1 <= options.speed_up <= 15:
        parser.error("--speed-up must be from 1 to 15")
    if not 40 <= options.titles:
        parser.error("--titles must be 40 or more, or popularity means nothing")
    return options


def prepare(options, work):
    """Catalogue, history and session: everything that both runs share."""
    say(f"cutting {options.titles} titles from the clips in tests/data/clips (kept for the next time)")
    titles_dir = pathlib.Path(options.build) / "demo-catalogue"
    titles = catalogue.make(ROOT / "tests/data/clips", titles_dir, options.titles)
    (work / "titles.txt").write_text("\n".join(titles) + "\n")
    subprocess.run([
        f"{options.build}/tools/prestage-workload", "--seed", str(options.seed),
        "--t0", str(int(time.time())), "--minutes", str(options.minutes), "--starts", str(options.starts),
        "--titles", work / "titles.txt", "--never-seen", "8", "--flash", "auto", "--history-days", "7",
        "--profiles", PROFILE_SHARES, "--skew", "30", "--segments", "3",
        "--history", work / "history.txt", "--session", work / "session.txt",
        "--truth", work / "truth.txt"], check=True, stdout=subprocess.DEVNULL)
    return {
        "build": options.build, "titles": titles, "titles_dir": titles_dir, "speed_up": options.speed_up,
        "profiles": PROFILES, "regions": net.REGIONS, "addresses": net.VIEWERS,
        "server_address": net.SERVER, "port": run.PORT, "origin_port": run.ORIGIN_PORT,
        "origin_latency_ms": options.origin_ms, "dram": "8MiB", "nvme": "32MiB", "threshold": 0.15,
        "history": work / "history.txt", "session": work / "session.txt",
    }


def progress(minutes, speed_up):
    last = [0.0]

    def show(current, elapsed):
        if elapsed - last[0] < 5:
            return
        last[0] = elapsed
        s = current.status()
        cus, deliver, tier = s["cus"], s["deliver"], s["tier"]
        say(f"{current.mode:9} minute {elapsed * speed_up / 60:4.1f} of {minutes:.0f} · "
            f"{deliver['starts']:3d} starts · CUs {cus['real_time']} for viewers, "
            f"{cus['speculative']} ahead, {cus['idle']} idle · "
            f"buffer {tier['nvme_used_bytes'] / 1e6:4.1f} MB · "
            f"{100 * tier['hit_share']:3.0f} % there when asked for")

    return show


def play(mode, evening, work, network, options, failures):
    """One whole run. Returns (figures, what became of speculation, run still up)."""
    current = run.Run(mode, evening, work, network)
    try:
        current.start()
        before = current.status()
        kill_after = options.minutes * 60 / options.speed_up / 2 if mode == "prestage" else None
        seen, killed = current.play_session(progress(options.minutes, options.speed_up), kill_after)
        if killed:
            say(f"CU {killed} was killed half-way; viewers noticed {len(seen['errors'])} errors")
        seconds, complaints = current.play_with_ffmpeg(evening["titles"][0], PROFILES[0]["name"])
        say(f"ffmpeg played {evening['titles'][0]} for {seconds:.1f} s")
        if abs(seconds - catalogue.TITLE_SECONDS) > 0.5 or complaints:
            failures.append(f"{mode}: ffmpeg played {seconds} s, saying {complaints}")
        status = current.settle_counts()
        figures = judge.figures_of(seen, status, current.ask("queues"), current.ask("tier"))
        failures += [f"{mode}: {error}" for error in (seen["errors"] + seen["mismatches"])[:5]]
        failures += [f"{mode}: not decodable: {c}" for c in judge.undecodable(current.dir / "segments")]
        ours = figures["server_media_requests"]
        if figures["nic_media_requests"] != ours:
            failures.append(f"{mode}: the NIC counted {figures['nic_media_requests']}, the server {ours}")
        return figures, judge.speculation_of(before, status), current
    except BaseException:
        current.stop()
        raise


def demonstrate(options, work, network, failures):
    evening = prepare(options, work)
    say(f"an evening's {options.minutes:.0f} minutes in {options.minutes * 60 / options.speed_up:.0f} s "
        f"(speed-up {options.speed_up:g}: every horizon, turn and viewer alike), {options.starts} starts, "
        f"{len(evening['titles'])} titles, card emulated")
    reactive, _, current = play("reactive", evening, work, network, options, failures)
    failures += current.stop()
    prestage, speculation, current = play("prestage", evening, work, network, options, failures)
    try:
        conclude(reactive, prestage, speculation, failures)
        say(f"playable while this runs: http://{net.SERVER_SIDE}:{run.PORT}/m/"
            f"{evening['titles'][0]}/master.m3u8 (also in namespace {network.viewers} at {net.SERVER})")
        if options.keep:
            say(f"staying up; look with {options.build}/tools/prestagectl --socket {current.socket} top; "
                "end with Ctrl-C")
            signal_wait()
    finally:
        failures += current.stop()


def signal_wait():
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def conclude(reactive, prestage, speculation, failures):
    floor_ms = 0.1  # below this both waits are nothing
    extra = {"rt_wait_p99_ratio": max(prestage["rt_wait_ms_p99"], floor_ms) /
                                  max(reactive["rt_wait_ms_p99"], floor_ms),
             "server_media_requests": prestage["server_media_requests"],
             "nic_media_requests": prestage["nic_media_requests"],
             "emulated": "true"}
    print(f"\n{judge.table(reactive, prestage)}\n")
    print(speculation["ledger"][0])
    print(f"\nof what was said this evening, so much happened:\n"
          f"{judge.calibration_table(speculation['calibration']['5m'], speculation['calibration']['15m'])}\n")
    print(f"this evening: said {100 * speculation['said_15m']:.1f} %, happened {100 * speculation['happened_15m']:.1f} % "
          f"(within 15 min, {speculation['labels_15m']} predictions); "
          f"said {100 * speculation['said_5m']:.1f} %, happened {100 * speculation['happened_5m']:.1f} % "
          f"(within 5 min, {speculation['labels_5m']}).\n"
          f"calibration_error is over all {speculation['labels_with_history']} judged predictions, those made "
          "while the history was read included\n")
    for key, value in judge.key_values(reactive, prestage, speculation, extra).items():
        say(f"{key}={value}")
    for what, holds in judge.gain_checks(reactive, prestage, speculation, extra):
        if not holds:
            failures.append(f"not so: {what}")


def main():
    options = parse()
    missing = net.why_not()
    if missing:
        say(f"cannot run: {missing}")
        return 2
    work = pathlib.Path(options.build) / "demo"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    failures = []
    network = net.Net(options.inline)
    try:
        demonstrate(options, work, network, failures)
    except run.Failed as error:
        failures.append(str(error))
    except KeyboardInterrupt:
        failures.append("interrupted")
    finally:
        network.close()
    failures += [f"namespace {name} is still there" for name in network.leftovers()]
    for failure in failures:
        say(f"FAILED {failure}")
    say("checks=failed" if failures else "checks=passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
