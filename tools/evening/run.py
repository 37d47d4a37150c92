# SPDX-License-Identifier: BSD-3-Clause
"""One run of the evening: origin, prestaged, prestage-nic and the viewers, from start to figures."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

PORT = 8080
ORIGIN_PORT = 8081
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENDS_WITHIN_SECONDS = 20


class Failed(Exception):
    """A process did not do what the run needs; the message says which and shows its last words."""


class Process:
    """A child with its output in a file, ended by pid."""

    def __init__(self, name, args, log_dir, env=None):
        self.name = name
        self.log = log_dir / f"{name}.log"
        self.file = self.log.open("w")
        self.child = subprocess.Popen([str(a) for a in args], stdout=subprocess.PIPE, stderr=self.file,
                                      stdin=subprocess.DEVNULL, text=True,
                                      env={**os.environ, **(env or {})})

    def alive(self):
        return self.child.poll() is None

    def last_words(self):
        self.file.flush()
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def end(self):
        """Ask it to end; say so when it had to be killed."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.communicate(timeout=ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()
            raise Failed(f"{self.name} did not end within {ENDS_WITHIN_SECONDS} s of SIGTERM") from None
        finally:
            self.file.close()
        return self.child.returncode


def wait_until(what, seconds, condition, process=None):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        if process and not process.alive():
            break
        time.sleep(0.05)
    said = f":\n{process.last_words()}" if process else ""
    raise Failed(f"{what} did not happen within {seconds} s{said}")


def write_config(path, settings, profiles, media_file, regions, history):
    """prestage.conf for one run; settings is {section: {key: value}}, section "" the top level."""
    lines = [f"{key}: {value}" for key, value in settings[""].items()]
    lines.append(f'media_file: "{media_file}"')
    for section, keys in settings.items():
        if section:
            lines.append(f"{section}:")
            lines += [f"  {key}: {value}" for key, value in keys.items()]
    if history:
        lines.insert(lines.index("demand:") + 1, f'  history: "{history}"')
    lines.append("profiles:")
    for profile in profiles:
        first = "- "
        for key, value in profile.items():
            lines.append(f"  {first}{key}: {value}")
            first = "  "
    if regions:
        lines.append("regions:")
        for prefix, region in regions.items():
            lines += [f'  - prefix: "{prefix}"', f"    region: {region}"]
    path.write_text("\n".join(lines) + "\n")


class Run:
    """The processes of one run. mode: prestage, reactive or shuffled."""

    def __init__(self, mode, evening, work, net=None):
        self.mode, self.evening, self.net = mode, evening, net
        self.dir = work / mode
        self.dir.mkdir(parents=True, exist_ok=True)
        for old in self.dir.glob("buffer.*"):
            old.unlink()
        self.build = pathlib.Path(evening["build"])
        self.socket = self.dir / "control.sock"
        self.nic_socket = self.dir / "nic.sock"
        self.address = evening["server_address"]
        self.origin = self.daemon = self.nic = None

    # ---- starting ----

    def inside(self, namespace, args):
        return self.net.command(namespace, args) if self.net else list(args)

    def start(self):
        server = self.net.server if self.net else None
        self.origin = Process("origin", self.inside(server, [
            sys.executable, ROOT / "tests/support/origin.py", "--root", self.evening["titles_dir"],
            "--bind", "127.0.0.1", "--port", self.evening["origin_port"],
            "--latency-ms", self.evening["origin_latency_ms"]]), self.dir)
        if "port=" not in self.origin.child.stdout.readline():
            raise Failed(f"the origin did not start:\n{self.origin.last_words()}")
        self.write_files()
        self.start_daemon()
        if self.net:
            self.start_nic()

    def write_files(self):
        media = [f"{title} http://127.0.0.1:{self.evening['origin_port']}/{title}.mp4"
                 for title in self.evening["titles"]]
        (self.dir / "media.txt").write_text("\n".join(media) + "\n")
        speculate = self.mode != "reactive"
        settings = {
            "": {"time_scale": self.evening["speed_up"], "turn": "1s", "log_level": "info"},
            "listen": {"address": self.address, "port": self.evening["port"]},
            "demand": {"own_server": "nic" if self.net else "log", "nic_socket": f'"{self.nic_socket}"'},
            "card": {"xclbin": f'"{self.build}/bitstreams/emu-small.xclbin"',
                     "emulation_dir": f'"{self.build}/kernels/emu/xrt"'},
            "tier": {"dram": self.evening["dram"], "path": f'"{self.dir}/buffer.nvme"',
                     "size": self.evening["nvme"], "zone": "512KiB",
                     "policy": "confidence" if speculate else "s3fifo"},
            "predict": {"confidence_threshold": self.evening["threshold"]},
            "speculate": {"enabled": str(speculate).lower(),
                          "shuffle": str(self.mode == "shuffled").lower(),
                          "making_max": 6, "segments_ahead": 1, "first_segments": 1},
            "pipeline": {"workers": 8, "batch_frames": 4},
            "control": {"socket": f'"{self.socket}"'},
        }
        write_config(self.dir / "prestage.conf", settings, self.evening["profiles"],
                     self.dir / "media.txt", self.evening["regions"],
                     self.evening["history"] if speculate else None)

    def start_daemon(self):
        server = self.net.server if self.net else None
        self.daemon = Process("prestaged", self.inside(server, [
            self.build / "host/daemon/prestaged", "--config", self.dir / "prestage.conf"]), self.dir)
        wait_until("prestaged answering on its control socket", 60, self.try_status, self.daemon)

    def start_nic(self):
        regions = [arg for prefix, region in self.evening["regions"].items()
                   for arg in ("--region", f"{prefix}={region}")]
        self.nic = Process("prestage-nic", self.net.command(self.net.nic_namespace(), [
            self.build / "dpdk/prestage-nic", *self.net.nic_arguments(),
            "--server", f"{self.address}:{self.evening['port']}", "--to", f"unix:{self.nic_socket}",
            "--epoch-ms", "100", *regions]), self.dir)
        wait_until("prestage-nic connecting", 30,
                   lambda: self.status()["demand"]["nic_connected"], self.nic)

    # ---- looking ----

    def ask(self, method, *words):
        result = subprocess.run([self.build / "tools/prestagectl", "--socket", self.socket, "--json",
                                 method, *words], capture_output=True, text=True, check=False, timeout=20)
        if result.returncode != 0:
            raise Failed(f"prestagectl {method}: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def status(self):
        return self.ask("status")

    def try_status(self):
        try:
            return self.status()
        except Failed:
            return None

    def url(self, media, profile):
        return f"http://{self.address}:{self.evening['port']}/m/{media}/{profile}/index.m3u8"

    # ---- acting ----

    def play_session(self, on_progress, kill_cu_after=None):
        """Let the viewers watch; returns what they saw."""
        viewers = self.net.viewers if self.net else None
        audience = Process("viewers", self.inside(viewers, [
            sys.executable, HERE / "viewers.py", "--server", f"{self.address}:{self.evening['port']}",
            "--session", self.evening["session"], "--speed-up", self.evening["speed_up"],
            "--keep", self.dir / "segments", "--addresses", ",".join(self.evening["addresses"])]),
            self.dir)
        began = time.monotonic()
        killed = None
        while audience.alive():
            try:
                audience.child.wait(1.0)
            except subprocess.TimeoutExpired:
                pass
            elapsed = time.monotonic() - began
            self.check_alive()
            if kill_cu_after is not None and killed is None and elapsed >= kill_cu_after:
                killed = self.kill_a_cu()
            on_progress(self, elapsed)
        out, _ = audience.child.communicate()
        audience.file.close()
        if audience.child.returncode != 0:
            raise Failed(f"the viewers failed:\n{audience.last_words()}")
        return json.loads(out), killed

    def check_alive(self):
        for process in (self.origin, self.daemon, self.nic):
            if process and not process.alive():
                raise Failed(f"{process.name} ended by itself:\n{process.last_words()}")

    def cu_workers(self):
        """Pids of the emulated compute units of our daemon, with what each runs."""
        workers = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    argv = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except (OSError, ValueError, IndexError):
                    continue
                if argv[0].endswith("prestage-cu") and self.is_ours(parent):
                    workers[int(entry.name)] = " ".join(argv[1:]).strip()
        return workers

    def is_ours(self, pid):
        """Whether pid is our daemon, or `ip netns exec` become our daemon."""
        return pid == self.daemon.child.pid

    def kill_a_cu(self):
        """kill -9 an encoder's worker; returns its name."""
        for pid, name in sorted(self.cu_workers().items()):
            if "h264enc" in name:
                os.kill(pid, signal.SIGKILL)
                return name
        raise Failed("no encoder CU was found to kill")

    def play_with_ffmpeg(self, media, profile):
        """A real player plays one stream to its end. Returns (seconds played, what it complained of)."""
        viewers = self.net.viewers if self.net else None
        result = subprocess.run(self.inside(viewers, [
            "ffmpeg", "-nostdin", "-v", "warning", "-stats", "-i", self.url(media, profile), "-f", "null", "-"]),
            capture_output=True, text=True, check=False, timeout=120)
        lines = [line for line in result.stderr.replace("\r", "\n").splitlines() if line.strip()]
        times = [line.split("time=")[1].split()[0] for line in lines if "time=" in line]
        hours, minutes, seconds = (times[-1] if times else "0:0:0").split(":")
        complaints = [line for line in lines if "time=" not in line]
        if result.returncode != 0:
            complaints.append(f"exit status {result.returncode}")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds), complaints

    def settle_counts(self):
        """Status once NIC and server agree, or after a while if they never do."""
        for _ in range(40):
            status = self.status()
            if not self.net or status["demand"]["nic_media_requests"] == status["deliver"]["requests"]:
                return status
            time.sleep(0.1)
        return status

    def stop(self):
        """End everything; returns what was left behind, as sentences."""
        left = []
        workers = list(self.cu_workers()) if self.daemon else []
        for process in (self.nic, self.daemon, self.origin):
            if process:
                code = process.end()
                if code not in (0, -signal.SIGTERM):
                    left.append(f"{process.name} ended with status {code}: {process.last_words()}")
        left += [f"worker {pid} of prestaged is still there" for pid in workers
                 if pathlib.Path(f"/proc/{pid}").exists()]
        self.origin = self.daemon = self.nic = None
        return left
