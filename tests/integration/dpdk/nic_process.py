# SPDX-License-Identifier: BSD-3-Clause
"""Runs the real prestage-nic, and what it needs around it: namespaces, a web server, its log."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

NIC = os.environ.get("PS_NIC", "build/dpdk/prestage-nic")
SKIP = 77
WAIT_S = 20


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)


def need_namespaces():
    """Skip unless we may make a namespace and a veth pair in it."""
    if os.geteuid() != 0:
        skip("needs root to make network namespaces")
    if shutil.which("ip") is None or shutil.which("curl") is None:
        skip("needs ip and curl")
    name = f"psnic{os.getpid()}t"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    if made.returncode != 0:
        skip("cannot make a network namespace: " + made.stderr.decode().strip())
    subprocess.run(["ip", "netns", "del", name], check=True)


def fields(line):
    """`key=value` words of a line, numbers as numbers."""
    pairs = (word.split("=", 1) for word in line.split() if "=" in word)
    return {k: int(v) if re.fullmatch(r"\d+", v) else v for k, v in pairs}


class Output:
    """What --print wrote: totals, and counts summed over epochs by (media, profile, region)."""

    def __init__(self, text):
        self.lines = text.splitlines()
        totals = [line for line in self.lines if line.startswith("total ")]
        self.totals = fields(totals[-1]) if totals else None
        self.counts = {}
        for line in self.lines:
            if line.startswith("record "):
                f = fields(line)
                at = self.counts.setdefault((f["media"], f["profile"], f["region"]), [0, 0, 0])
                for i, kind in enumerate(("starts", "segments", "other")):
                    at[i] += f[kind]

    def counted(self):
        return sum(sum(counts) for counts in self.counts.values())


def read_capture(path, *args):
    """prestage-nic --pcap, to its end. Needs no root: give it up where we have it."""
    run = subprocess.run([NIC, "--pcap", path, "--print", *args], capture_output=True, text=True,
                         timeout=60, preexec_fn=give_up_root)
    if run.returncode != 0:
        raise AssertionError(f"prestage-nic ended with {run.returncode}: {run.stderr}")
    return Output(run.stdout)


def give_up_root():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def wait_for(what, condition):
    until = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.02)


class Namespaces:
    """`with Namespaces("cli", "srv") as ns:`; whatever happens, they are removed."""

    def __init__(self, *roles):
        self.names = {role: f"psnic{os.getpid()}{role}" for role in roles}
        self.processes = []

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
        for name in self.names.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], check=False)

    def join(self, role_a, if_a, role_b, if_b):
        """A veth pair; IPv6 off, so that nothing but the test speaks."""
        a, b = self.names[role_a], self.names[role_b]
        ip("link", "add", if_a, "netns", a, "type", "veth", "peer", "name", if_b, "netns", b)
        for name, interface in ((a, if_a), (b, if_b)):
            ip("netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1")
            ip("-n", name, "link", "set", interface, "up")

    def address(self, role, interface, cidr):
        ip("-n", self.names[role], "addr", "add", cidr, "dev", interface)

    def run(self, role, *command, **options):
        return subprocess.run(["ip", "netns", "exec", self.names[role], *command], check=True,
                              capture_output=True, text=True, timeout=120, **options)

    def start(self, role, *command, **options):
        """The process itself, not a wrapper: its pid is the command's."""
        process = subprocess.Popen(["ip", "netns", "exec", self.names[role], *command], text=True,
                                   **options)
        self.processes.append(process)
        return process


def ip(*args):
    subprocess.run(["ip", *args], check=True)


class Nic:
    """A running prestage-nic whose output is read when it is stopped."""

    def __init__(self, ns, role, directory, *args):
        self.stats_file = os.path.join(directory, "stats")
        if os.path.exists(self.stats_file):
            os.unlink(self.stats_file)
        self.printed = os.path.join(directory, "printed")  # a pipe that nobody reads gets full
        with open(self.printed, "w", encoding="ascii") as printed:
            self.process = ns.start(role, NIC, "--print", "--epoch-ms", "100", "--stats-file",
                                    self.stats_file, *args, stdout=printed,
                                    stderr=subprocess.PIPE)
        wait_for("prestage-nic's first epoch",
                 lambda: os.path.exists(self.stats_file) or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError("prestage-nic ended early: " + self.process.stderr.read())

    def stats(self):
        with open(self.stats_file, encoding="ascii") as file:
            return fields(file.read())

    def said(self, event):
        """The next line of its log that names the event."""
        while line := self.process.stderr.readline():
            if f" {event} " in line:
                return line
        raise AssertionError("the log ended without " + event)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.end(0)

    def end(self, status):
        """Its output, once it has ended with that status."""
        _, self.errors = self.process.communicate(timeout=30)
        if self.process.returncode != status:
            raise AssertionError(
                f"prestage-nic ended with {self.process.returncode}: {self.errors}")
        with open(self.printed, encoding="ascii") as printed:
            return Output(printed.read())


def telemetry(nic, command):
    """What a running prestage-nic with --telemetry answers, as dpdk-telemetry.py asks."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(f"/run/dpdk/prestage-nic-{nic.process.pid}/dpdk_telemetry.v2")
        sock.recv(4096)
        sock.send(command.encode())
        return json.loads(sock.recv(65536))[command.split(",")[0]]


class WebServer:
    """python3's http.server with HTTP/1.1 and an access log: the truth to count against."""

    CODE = """
import http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", "2000")
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(b"x" * 2000)
    def do_HEAD(self):
        self.answer(b"")
    def log_message(self, form, *args):
        print(self.command, self.path, flush=True)
http.server.ThreadingHTTPServer.request_queue_size = 64
http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler).serve_forever()
"""

    def __init__(self, ns, role, directory):
        self.log_path = os.path.join(directory, "access.log")
        with open(self.log_path, "w", encoding="ascii") as log:
            ns.start(role, sys.executable, "-c", self.CODE, stdout=log, stderr=log)
        wait_for("the web server", lambda: subprocess.run(
            ["ip", "netns", "exec", ns.names[role], "curl", "-so/dev/null",
             "http://127.0.0.1/ready"], check=False).returncode == 0)

    def requests(self):
        with open(self.log_path, encoding="ascii") as log:
            return [line.split()[1] for line in log if " /m/" in line]
