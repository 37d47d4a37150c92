# SPDX-License-Identifier: BSD-3-Clause
"""Runs the real prestaged for end-to-end tests: its configuration, its process, its viewers.

The environment names what meson built: PS_BUILD (the build folder) and PS_SOURCE (the tree).
Every process is ended by its pid, whatever happens; sockets and files live in a temporary folder.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIP = 77
WAIT_S = 60
BUILD = pathlib.Path(os.environ.get("PS_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("PS_SOURCE", pathlib.Path(__file__).resolve().parents[2])).resolve()
CLIPS = SOURCE / "tests/data/clips"
BBB = CLIPS / "bbb_480p_30s.mp4"
BBB_SECONDS = 30.0
PRESTAGED = BUILD / "host/daemon/prestaged"
PRESTAGECTL = BUILD / "tools/prestagectl"
NIC = BUILD / "dpdk/prestage-nic"
EMULATED_CARD = {"xclbin": BUILD / "bitstreams/emu-small.xclbin",
                 "emulation_dir": BUILD / "kernels/emu/xrt"}


class Failed(Exception):
    """Something did not happen that had to; the message says what, and the last words of whom."""


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)


def check(holds, what):
    """An assertion that says what it saw, and that python -O does not take away."""
    if not holds:
        raise Failed(what)


def equal(seen, wanted, what):
    check(seen == wanted, f"{what}: {seen!r}, not {wanted!r}")


def wait_for(what, condition, seconds=WAIT_S):
    until = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < until, f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


# ---- configuration ----


def yaml_scalar(value):
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else json.dumps(str(value))


def yaml_lines(settings):
    """The subset of YAML that prestage.conf needs: maps of scalars, and lists of such maps."""
    sections = {k: v for k, v in settings.items() if isinstance(v, (dict, list))}
    yield from (f"{k}: {yaml_scalar(v)}" for k, v in settings.items() if k not in sections)
    for name, section in sections.items():
        yield f"{name}:"
        for item in section if isinstance(section, list) else [section]:
            lead = "  - " if isinstance(section, list) else "  "
            for key, value in item.items():
                yield f"{lead}{key}: {yaml_scalar(value)}"
                lead = "    " if isinstance(section, list) else "  "


def transcode(name, width, height, bitrate="200k", segment="2s", **more):
    return {"name": name, "kind": "transcode", "width": width, "height": height,
            "bitrate": bitrate, "segment": segment, **more}


def settings_with(directory, changes):
    """Test defaults, with `changes` laid over them: {section: {key: value}}; None takes a key away."""
    settings = {
        "log_level": "info",
        "turn": "100ms",
        "listen": {"port": 0},
        "card": dict(EMULATED_CARD),
        "tier": {"dram": "32MiB", "path": directory / "buffer.nvme", "size": "64MiB"},
        "control": {"socket": directory / "control.sock"},
        "speculate": {"enabled": False},
        "profiles": [transcode("mobile-180p", 320, 180)],
        "media": [{"id": "bbb", "url": BBB}],
    }
    for name, value in changes.items():
        if isinstance(value, dict):
            section = {**settings.get(name, {}), **value}
            settings[name] = {k: v for k, v in section.items() if v is not None}
        else:
            settings[name] = value
    return {k: v for k, v in settings.items() if v not in (None, {})}


# ---- the process ----


def children_of(pid, name):
    """Pids of the living processes called `name` whose parent is pid."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue  # it ended meanwhile
        if f"({name})" in stat:
            state, parent = stat.rsplit(")", 1)[1].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def argv_of(pid):
    """Its command line; empty when it is gone."""
    if is_gone(pid):
        return []
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Process:
    """A child that writes to a log file."""

    def __init__(self, name, args, directory, env=None):
        self.name, self.log_path = name, directory / f"{name}-{time.monotonic_ns()}.log"
        with self.log_path.open("w") as log:
            self.child = subprocess.Popen([str(a) for a in args], stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        self.pid = self.child.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def alive(self):
        return self.child.poll() is None

    def wait_for(self, what, condition, seconds=WAIT_S):
        """wait_for(), but at once in vain when the process has ended."""
        def seen():
            result = condition()
            if not result and not self.alive():
                raise Failed(f"{self.name} ended with {self.child.returncode} before {what}:\n{self.log()}")
            return result
        try:
            return wait_for(what, seen, seconds)
        except Failed as error:
            raise Failed(f"{error}\n{self.log()[-2000:]}") from None

    def kill(self):
        """As a crash would end it."""
        self.child.kill()
        self.child.wait()

    def end(self, within_s=20):
        """SIGTERM; its exit status. One that does not end is killed, and that is a failure."""
        if self.alive():
            self.child.terminate()
        try:
            return self.child.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not end within {within_s} s of SIGTERM\n{self.log()[-2000:]}") from None


class Daemon(Process):
    """prestaged with a configuration file, and a viewer's and an operator's hands on it."""

    def __init__(self, directory, changes=None, prefix=(), env=None, address="127.0.0.1"):
        self.directory, self.address = directory, address
        settings = settings_with(directory, changes or {})
        self.socket = settings["control"]["socket"]
        conf = directory / "prestage.conf"
        conf.write_text("\n".join(yaml_lines(settings)) + "\n")
        super().__init__("prestaged", [*prefix, PRESTAGED, "--config", conf], directory, env)

    def ready(self):
        """Wait until it serves. @return itself."""
        line = self.wait_for("ready", lambda: re.search(r"daemon ready .*port=(\d+)", self.log()))
        self.port = int(line[1])
        return self

    def ctl(self, *args):
        """prestagectl as a person would call it; what it printed."""
        done = subprocess.run([PRESTAGECTL, "--socket", self.socket, *args], capture_output=True,
                              text=True, timeout=30)
        check(done.returncode == 0, f"prestagectl {args}: {done.stderr}\n{self.log()[-2000:]}")
        return done.stdout

    def ask(self, method):
        return json.loads(self.ctl("--json", method))

    def request(self, path, method="GET", headers=None, body=None):
        """One request. @return (status, headers, body)."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=WAIT_S)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.request(path)
        check(status == 200, f"GET {path}: {status} {body[:100]!r}\n{self.log()[-2000:]}")
        return body

    def url(self, path):
        return f"http://{self.address}:{self.port}{path}"

    def workers(self):
        """Pids of its emulated compute units."""
        return children_of(self.pid, "prestage-cu")

    def stop(self):
        """SIGTERM; it must end with 0 and leave no worker and no socket."""
        workers = self.workers()
        equal(self.end(), 0, f"exit status of prestaged; its log:\n{self.log()[-3000:]}\nstatus")
        wait_for("the CU workers' end", lambda: all(map(is_gone, workers)), 10)
        check(not pathlib.Path(self.socket).exists(), "the control socket is left behind")


@contextlib.contextmanager
def workplace():
    """A temporary folder, short enough for socket names; processes started in it do not outlive it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a time-out cleans up too
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ps-e2e-"))
    started = []

    def start(*args, kind=Daemon, **options):
        process = kind(*args, **options) if kind is not Daemon else Daemon(directory, *args, **options)
        started.append(process)
        return process
    try:
        yield directory, start
    finally:
        for process in started:
            if process.alive():
                process.kill()
        shutil.rmtree(directory, ignore_errors=True)


def taken_port():
    """A listening socket, so that its port is taken."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


def free_port():
    """For programs that cannot choose one themselves; it may be taken before they do."""
    listener, port = taken_port()
    listener.close()
    return port


# ---- media, judged by ffmpeg ----


def playlist(text):
    """(name of the init segment, [(seconds, name of a segment)]) of a media playlist."""
    init, seconds, segments = None, None, []
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            init = re.search(r'URI="([^"]*)"', line)[1]
        elif line.startswith("#EXTINF:"):
            seconds = float(line[8:].split(",")[0])
        elif line and not line.startswith("#"):
            segments.append((seconds, line))
    return init, segments


def fetch_resource(daemon, media, profile):
    """Everything of one resource: {name: bytes} in playing order, init first."""
    base = f"/m/{media}/{profile}/"
    init, segments = playlist(daemon.get(base + "index.m3u8").decode())
    return {name: daemon.get(base + name) for name in [init] + [name for _, name in segments]}


def play(source, *options):
    """Decode all streams to the end. @return (seconds played, what ffmpeg complained of)."""
    data = source if isinstance(source, bytes) else None
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-progress", "pipe:1", *options,
                           "-i", "pipe:0" if data is not None else source, "-map", "0", "-f", "null", "-"],
                          input=data, capture_output=True, timeout=180)
    times = re.findall(rb"out_time_us=(\d+)", done.stdout)
    complaints = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0:
        complaints += f" (exit status {done.returncode})"
    return (int(times[-1]) / 1e6 if times else 0.0), complaints


def check_plays(source, seconds, what, slack=0.1):
    played, complaints = play(source)
    equal(complaints, "", f"what ffmpeg said of {what}")
    check(abs(played - seconds) <= slack, f"ffmpeg played {played} s of {what}, not {seconds}")


def probe(url):
    """ffprobe's streams of a URL."""
    done = subprocess.run(["ffprobe", "-v", "warning", "-show_streams", "-of", "json", url],
                          capture_output=True, text=True, timeout=60)
    check(done.returncode == 0 and done.stderr == "", f"ffprobe {url}: {done.stderr}")
    return json.loads(done.stdout)["streams"]


def check_decodes(resource, what):
    """Each segment stands alone after the init segment."""
    names = list(resource)
    for name in names[1:]:
        _, complaints = play(resource[names[0]] + resource[name])
        equal(complaints, "", f"what ffmpeg said of {what}/{name}")


def run(tests, *args):
    """Call each test; say its name first, so that a failure has one. @return the exit status."""
    failed = 0
    for test in tests:
        print("test:", test.__name__.replace("_", " "), flush=True)
        try:
            test(*args)
        except Failed as error:
            print("FAILED", error, flush=True)
            failed = 1
    return failed
