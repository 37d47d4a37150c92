# SPDX-License-Identifier: BSD-3-Clause
"""Cards, CUs and the allocator under load and random faults of every kind, for minutes or hours.

Viewers ask for segments without pause, speculation takes what is left, and every few seconds
something breaks: CUs hang, crash, err, slow down, flip bits; device memory runs out; a card is lost
and comes back; a worker is killed. Every segment served must be, byte for byte, what an undisturbed
daemon makes, and whoever asks must get it. At the end nothing may be left: no process, descriptor,
device buffer or job.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import daemon as d

CARDS = 2
VIEWERS = 4
PAUSE_S = 0.02  # of a viewer between two segments
SERVED_WITHIN_S = 60  # a viewer who is told to come again does, for this long
SETTLES_WITHIN_S = 90
PROFILES = [
    d.transcode("phone-144p", 256, 144, "110k"),
    d.transcode("marked-180p", 320, 180, "160k", watermark="ab"),
    d.transcode("tv-240p", 426, 240, "280k"),
]
# Several times what the buffer holds, so that segments are made again and again.
TITLES = {f"{name}-{copy}": d.CLIPS / file for copy in range(5)
          for name, file in (("bbb", "bbb_480p_30s.mp4"), ("frog", "mdn_frog.mp4"))}
# What to inject, in the emulation driver's words (docs/hil.md), and for how many seconds at most.
FAULTS = {
    "hang": ("hang@h264enc x1", 2),
    "crash": ("crash 0.05", 4),
    "error": ("error 0.05", 4),
    "slow": ("slow 0.3 factor=4", 4),
    "flip": ("flip 0.05", 4),
    "ddr-full": ("ddr-full 0.5", 2),
    "card-lost": ("card-lost/1 1", 3),
}


class Campaign:
    def __init__(self, options, directory, start):
        self.options, self.directory, self.start = options, directory, start
        self.random = random.Random(options.seed)
        self.lock = threading.Lock()
        self.count = dict.fromkeys(("served", "told_to_wait", "lost", "wrong", "killed"), 0)
        self.injected = dict.fromkeys(FAULTS, 0)
        self.stop = threading.Event()

    def add(self, what):
        with self.lock:
            self.count[what] += 1

    def changes(self):
        return {
            "card": {"run_timeout": "2s", "fault_dir": self.directory},
            "cards": [{"xclbin": d.EMULATED_CARD["xclbin"], "device": n} for n in range(CARDS)],
            "tier": {"dram": "4MiB", "path": self.directory / "buffer.nvme", "size": "5MiB", "zone": "512KiB",
                     "state_dir": self.directory},
            "speculate": {"enabled": True},
            "predict": {"confidence_threshold": 0.05},
            "pipeline": {"verify": not self.options.no_output_check},
            "profiles": PROFILES,
            "media": [{"id": name, "url": path} for name, path in TITLES.items()],
        }

    # ---- what is right ----

    def truth(self):
        """sha256 of every segment, as an undisturbed daemon makes it."""
        daemon = self.start(self.changes()).ready()
        right = {}

        def learn(resource):
            media, profile = resource
            for name, data in d.fetch_resource(daemon, media, profile["name"]).items():
                right[f"/m/{media}/{profile['name']}/{name}"] = hashlib.sha256(data).digest()

        with concurrent.futures.ThreadPoolExecutor(VIEWERS) as pool:
            list(pool.map(learn, [(media, profile) for media in TITLES for profile in PROFILES]))
        daemon.stop()
        (self.directory / "buffer.nvme").unlink()
        return right

    # ---- viewers ----

    def fetch(self, daemon, path):
        """As a patient player: told to come again, it does. @return the body, or None."""
        until = time.monotonic() + SERVED_WITHIN_S
        while time.monotonic() < until:
            status, headers, body = daemon.request(path)
            if status == 200:
                return body
            if "Retry-After" not in headers:
                return None
            self.add("told_to_wait")
            time.sleep(min(float(headers["Retry-After"]), 2))
        return None

    def view(self, daemon, right, seed):
        paths = [path for path in right if not path.endswith("init.mp4")]
        chance = random.Random(seed)
        while not self.stop.is_set():
            at = chance.randrange(len(paths))
            for path in paths[at:at + 1 + chance.randrange(6)]:
                body = self.fetch(daemon, path)
                if body is None:
                    self.add("lost")
                    print(f"soak: lost {path}", flush=True)
                elif hashlib.sha256(body).digest() != right[path]:
                    self.add("wrong")
                    print(f"soak: wrong {path}", flush=True)
                else:
                    self.add("served")
                time.sleep(PAUSE_S)

    # ---- what goes wrong ----

    def kill_a_worker(self, daemon):
        workers = daemon.workers()
        if workers:
            try:
                os.kill(self.random.choice(workers), signal.SIGKILL)
                self.add("killed")
            except ProcessLookupError:
                pass

    def break_things(self, daemon, until):
        kinds = ["flip"] if self.options.no_output_check else [*FAULTS, "kill"]
        said = time.monotonic()
        while time.monotonic() < until and daemon.alive():
            kind = self.random.choice(kinds)
            if kind == "kill":
                self.kill_a_worker(daemon)
            else:
                spec, seconds = FAULTS[kind]
                daemon.ctl("fault.set", f"spec={spec}")
                self.injected[kind] += 1
                time.sleep(self.random.uniform(0.5, seconds))
                daemon.ctl("fault.set", "spec=")
            time.sleep(self.random.uniform(0.2, 2))
            if time.monotonic() - said > 15:
                said = time.monotonic()
                print(f"soak: {(until - said) / 60:.1f} minutes to go, "
                      + ", ".join(f"{n} {what}" for what, n in self.count.items()), flush=True)

    # ---- what is left ----

    @staticmethod
    def is_idle(daemon):
        queues = daemon.ask("queues")
        devices = daemon.ask("devices")
        return (not queues["jobs"] and not queues["making"]
                and all(cu["state"] == "idle" for cu in devices))

    @staticmethod
    def descriptors(daemon):
        """Open ones. Sources stay open on purpose, within limits, and do not count."""
        targets = (os.readlink(entry) for entry in pathlib.Path(f"/proc/{daemon.pid}/fd").iterdir())
        return sum(not target.startswith(str(d.CLIPS)) for target in targets)

    def settle(self, daemon):
        d.wait_for("an idle daemon", lambda: self.is_idle(daemon), SETTLES_WITHIN_S)
        time.sleep(1)

    def run(self):
        right = self.truth()
        print(f"soak: {len(right)} segments are known; {CARDS} cards, {VIEWERS} viewers, "
              f"{self.options.minutes:g} minutes, seed {self.options.seed}, emulated", flush=True)
        daemon = self.start(self.changes()).ready()
        for path in list(right)[:20]:
            self.fetch(daemon, path)
        self.settle(daemon)
        before = self.descriptors(daemon)
        viewers = [threading.Thread(target=self.view, args=(daemon, right, self.options.seed + n))
                   for n in range(1, VIEWERS + 1)]
        for viewer in viewers:
            viewer.start()
        try:
            self.break_things(daemon, time.monotonic() + self.options.minutes * 60)
        finally:
            self.stop.set()
            for viewer in viewers:
                viewer.join()
        self.settle(daemon)
        return self.judge(daemon, before)

    def judge(self, daemon, before):
        devices, status = daemon.ask("devices"), daemon.ask("status")
        figures = {
            **self.count,
            **{f"injected_{kind.replace('-', '_')}": n for kind, n in self.injected.items()},
            "verify_errors": status["pipeline"]["verify_errors"],
            "restarts": status["pipeline"]["restarts"],
            "cu_errors": sum(cu["errors"] for cu in devices),
            "cu_timeouts": sum(cu["timeouts"] for cu in devices),
            "descriptors_leaked": max(0, self.descriptors(daemon) - before),
            "buffers_leaked": status["pipeline"]["buffers_taken"],
            "processes_leaked": max(0, len(daemon.workers()) - len(devices)),
            "emulated": "true",
        }
        daemon.stop()
        for key, value in figures.items():
            print(f"soak: {key}={value}")
        return figures


def main():
    parser = argparse.ArgumentParser(prog="tools/soak alloc", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20, help="of faults (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="of viewers and faults (default 1)")
    parser.add_argument("--no-output-check", action="store_true",
                        help="negative control: only flipped bits, and nobody looks; wrong segments must be seen")
    options = parser.parse_args()
    with d.workplace() as (directory, start):
        figures = Campaign(options, directory, start).run()
    wrong = figures["wrong"]
    bars = {"somebody was served": figures["served"] > 0, "no real-time job was lost": figures["lost"] == 0}
    if options.no_output_check:
        bars["without the output check a wrong segment is served"] = wrong > 0
    else:
        bars["no wrong segment was served"] = wrong == 0
        bars["faults were felt"] = figures["cu_errors"] > 0 and figures["verify_errors"] > 0
        bars["nothing is left behind"] = not any(v for k, v in figures.items() if k.endswith("_leaked"))
    for what, holds in bars.items():
        if not holds:
            print(f"soak: FAILED {what}")
    print(f"soak: checks={'passed' if all(bars.values()) else 'failed'}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
