# SPDX-License-Identifier: BSD-3-Clause
"""The demand stream between the real programs, over the unix socket and TLS: whoever is killed or stopped, each
request is counted once or the shortfall is stated; and who has no key gets nothing in."""
import http.client
import os
import re
import shutil
import signal
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "support"), os.path.join(HERE, "..", "dpdk")]
import daemon as d
import nic_process

KEY, OTHER_KEY = "5a" * 32, "a5" * 32


class Origin:
    """The watched server: answers everything with nothing. Not prestaged, which is stopped and killed here."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    @staticmethod
    def answer(connection):
        data = b""
        while got := connection.recv(65536):
            data += got
            requests = data.count(b"\r\n\r\n")
            data = data.rsplit(b"\r\n\r\n", 1)[-1] if requests else data
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * requests)


class Edge:
    """A daemon that takes streams both ways, the server that is watched, and its viewers."""

    def __init__(self, directory, start):
        self.directory, self.start, self.origin = directory, start, Origin()
        self.port = d.free_port()
        self.keys = self.write_key("daemon.keys", f"edge-1:{KEY}\nedge-2:{OTHER_KEY}\n")
        self.sent = 0

    def write_key(self, name, text, mode=0o600):
        path = self.directory / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def start_daemon(self, **demand):
        settings = {"own_server": "nic", "nic_socket": self.directory / "nic.sock",
                    "nic_listen": f"127.0.0.1:{self.port}", "nic_psk_file": self.keys, **demand}
        self.daemon = self.start({"card": None, "demand": settings})
        return self.daemon

    def start_nic(self, way, key=None):
        to = [f"unix:{self.directory}/nic.sock"]
        if way == "tls":
            to = [f"tls:127.0.0.1:{self.port}", "--psk-file", key or self.write_key("nic.key", f"edge-1:{KEY}\n")]
        args = [d.NIC, "--mirror", "lo", "--server", f"127.0.0.1:{self.origin.port}", "--epoch-ms", "50",
                "--stats-file", self.directory / "stats", "--to", *to]
        self.nic = self.start("prestage-nic", args, self.directory, kind=d.Process)
        return self.nic

    def shown(self):
        """The one prestage-nic that is connected, or nothing."""
        nics = self.daemon.ask("nic.show")
        d.check(len(nics) <= 1, f"one NIC, not {nics}")
        return nics[0] if nics else {"requests_counted": -1, "requests_received": -1, "requests_before": -1}

    def connected(self):
        self.nic.wait_for("prestage-nic's connection", lambda: "boot" in self.shown())

    def view(self, count):
        connection = http.client.HTTPConnection("127.0.0.1", self.origin.port, timeout=20)
        for n in range(count):
            connection.request("GET", f"/m/clip-{n % 7}/hd-720p/{n}.m4s")
            connection.getresponse().read()
        connection.close()
        self.sent += count

    def counted_by_nic(self, count):
        def counted():
            stats = nic_process.fields((self.directory / "stats").read_text())
            return stats["media_requests"] == count
        self.nic.wait_for(f"{count} requests counted", counted)

    def received(self, count, before=0):
        """All that were counted arrived here, but those that an earlier daemon took."""
        d.wait_for(f"{count} requests received", lambda: self.shown()["requests_received"] >= count, 20)
        shown = self.shown()
        d.equal(shown["requests_received"], count, "requests received")
        d.equal(shown["requests_before"], before, "requests before")
        d.equal(shown["requests_counted"], count + before, "requests counted")
        d.equal(shown["requests_missing"], 0, "requests missing")


def a_daemon_that_is_stopped_misses_nothing(edge, way):
    edge.start_daemon().ready()
    edge.start_nic(way)
    edge.connected()
    edge.view(300)
    edge.received(300)
    os.kill(edge.daemon.pid, signal.SIGSTOP)
    for _ in range(30):
        edge.view(20)
        time.sleep(0.1)
    edge.counted_by_nic(900)
    os.kill(edge.daemon.pid, signal.SIGCONT)
    edge.received(900)
    d.check(edge.shown()["from"].startswith("tls:edge-1@127.0.0.1:" if way == "tls" else "unix"), edge.shown())


def a_daemon_that_is_killed_leaves_the_rest_to_the_next(edge, way):
    """Killed with counts on their way: what it had not acknowledged goes to its successor, all else is its own."""
    took = edge.shown()["requests_received"]
    os.kill(edge.daemon.pid, signal.SIGSTOP)
    edge.view(200)
    edge.counted_by_nic(took + 200)
    edge.daemon.kill()
    edge.view(50)
    edge.counted_by_nic(took + 250)
    edge.start_daemon().ready()
    edge.connected()
    edge.view(10)
    edge.received(260, before=took)


def a_nic_that_is_killed_is_stated(edge, way):
    boot = edge.shown()["boot"]
    edge.nic.kill()
    d.wait_for("its end", lambda: "boot" not in edge.shown(), 10)
    edge.start_nic(way)
    edge.connected()
    edge.view(40)
    edge.received(40)
    shown = edge.shown()
    d.check(shown["boot"] != boot and 0 < shown["unwatched_s"] < 60, shown)
    d.check(any("nobody counted" in warning for warning in shown["warnings"]), shown["warnings"])


def what_is_shown_is_for_people_too(edge, way):
    text = edge.daemon.ctl("nic")
    for wanted in ("requests  40 counted", "40 received, 0 missing, 0 before", "net_af_packet", "http", "clip-0",
                   "warning: ", "media by requests", "tls:edge-1@" if way == "tls" else "unix"):
        d.check(wanted in text, f"no {wanted!r} in\n{text}")
    shown = edge.shown()
    d.equal({item["name"]: item["requests"] for item in shown["media"]},
            {f"clip-{n}": 6 if n < 5 else 5 for n in range(7)}, "top media")
    d.equal([port["name"] for port in shown["ports"]], ["lo"], "ports")
    d.equal(shown["classes"][0]["name"], "http", "the first class")
    d.check(shown["classes"][0]["packets"] > 0, shown["classes"])
    d.wait_for("a rate", lambda: edge.shown()["classes"][0]["packets_per_s"] is not None, 10)
    d.equal({c["name"]: c["value"] for c in shown["counters"]}["media_requests"], 40, "its counter")
    d.equal(edge.nic.end(), 0, "exit status of prestage-nic")
    d.check(edge.daemon.ctl("nic").startswith("no prestage-nic is connected; "), "nobody")
    edge.daemon.stop()


def refused(edge):
    return [line for line in edge.daemon.log().splitlines() if "nic_refused" in line]


def a_wrong_key_is_refused_and_both_say_so(edge):
    edge.start_daemon().ready()
    for identity, key in (("edge-1", OTHER_KEY), ("edge-9", KEY)):
        before = len(refused(edge))
        edge.start_nic("tls", edge.write_key("wrong.key", f"{identity}:{key}\n"))
        edge.nic.wait_for("its line", lambda: "not_connected" in edge.nic.log())
        d.check(re.search(r"WARN nic not_connected to=tls:127.0.0.1:\d+ error=EACCES why=\"the key", edge.nic.log()),
                edge.nic.log())
        d.wait_for("the daemon's line", lambda: len(refused(edge)) > before, 20)
        d.check("its key or identity is not ours" in refused(edge)[-1], refused(edge))
        d.equal(edge.daemon.ask("nic.show"), [], "nobody is connected")
        d.equal(edge.nic.log().count("not_connected"), 1, "lines of one reason")
        edge.nic.kill()
        time.sleep(1.1)  # the daemon says it once a second
    d.equal(edge.daemon.ask("status")["demand"]["nic_packets"], 0, "packets told of")


def hello():
    return struct.pack("<HHI", 1, 0, 24) + struct.pack("<IIQQ", 0x44535350, 2, 1, 0)


def plain_tcp_is_refused(edge):
    before = len(refused(edge))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=20) as connection:
        connection.sendall(hello())
        try:
            while connection.recv(4096):  # an alert, perhaps; then its end
                pass
        except ConnectionResetError:
            pass
    d.wait_for("the daemon's line", lambda: len(refused(edge)) > before, 20)
    d.check("no TLS" in refused(edge)[-1], refused(edge))


def who_stays_silent_is_hung_up_on(edge):
    """On both ways in; and where there are too many, who showed no key gives way to who comes."""
    time.sleep(1.1)
    silent = [socket.create_connection(("127.0.0.1", edge.port), timeout=20) for _ in range(3)]
    local = socket.socket(socket.AF_UNIX)
    local.settimeout(20)
    local.connect(str(edge.directory / "nic.sock"))
    before = edge.daemon.ask("status")["demand"]["nic_refused"]
    fifth = socket.create_connection(("127.0.0.1", edge.port), timeout=20)
    d.equal(silent.pop(0).recv(1), b"", "the first, where a fifth came")
    d.equal(edge.daemon.ask("status")["demand"]["nic_refused"], before + 1, "refused")
    begun = time.monotonic()
    for connection in (*silent, local, fifth):
        d.equal(connection.recv(1), b"", "a silent one's end")
        connection.close()
    d.check(time.monotonic() - begun < 15, "that took too long")
    d.equal(edge.daemon.ask("status")["demand"]["nic_refused"], before + 5, "refused")
    edge.start_nic("tls", edge.write_key("nic2.key", f"edge-2:{OTHER_KEY}\n"))
    edge.connected()
    d.check(edge.shown()["from"].startswith("tls:edge-2@"), edge.shown())
    d.equal(edge.nic.end(), 0, "exit status of prestage-nic")
    edge.daemon.stop()


def a_key_that_others_can_read_is_refused(edge):
    edge.start_daemon(nic_psk_file=edge.write_key("open.keys", f"edge-1:{KEY}\n", 0o644))
    d.check(edge.daemon.child.wait(20) != 0 and "nic_psk_file_refused" in edge.daemon.log(), edge.daemon.log())
    edge.start_nic("tls", edge.write_key("open.key", f"edge-1:{KEY}\n", 0o644))
    d.equal(edge.nic.child.wait(20), 1, "exit status of prestage-nic")
    d.check("others can reach it" in edge.nic.log() and KEY not in edge.nic.log(), edge.nic.log())
    edge.start_daemon(nic_psk_file=None)
    d.check(edge.daemon.child.wait(20) != 0 and "needs a `nic_psk_file`" in edge.daemon.log(), edge.daemon.log())


def in_namespace():
    """Run in a network namespace of our own, where nobody else's packets are on lo."""
    if os.environ.get("PS_OWN_NET") == "1":
        return
    nic_process.need_namespaces()
    if shutil.which("unshare") is None or not d.NIC.exists():
        d.skip("needs unshare and prestage-nic")
    os.environ["PS_OWN_NET"] = "1"
    os.execvp("unshare", ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable,
                          os.path.abspath(__file__)])


def main():
    in_namespace()
    failed = 0
    for way in ("unix", "tls"):
        with d.workplace() as (directory, start):
            failed |= d.run([a_daemon_that_is_stopped_misses_nothing, a_daemon_that_is_killed_leaves_the_rest_to_the_next,
                             a_nic_that_is_killed_is_stated, what_is_shown_is_for_people_too],
                            Edge(directory, start), way)
    with d.workplace() as (directory, start):
        failed |= d.run([a_wrong_key_is_refused_and_both_say_so, plain_tcp_is_refused, who_stays_silent_is_hung_up_on,
                         a_key_that_others_can_read_is_refused], Edge(directory, start))
    return failed


sys.exit(main())
