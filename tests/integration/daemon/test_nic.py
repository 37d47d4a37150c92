# SPDX-License-Identifier: BSD-3-Clause
"""prestage-nic mirrors a server's interface: every request is counted once, and a dead NIC hurts nobody."""
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "support"), os.path.join(HERE, "..", "dpdk")]
import daemon as d
import nic_process

SERVER = "10.79.0.2"
PROFILES = [d.transcode("mobile-144p", 256, 144, "100k"), {"name": "source", "kind": "copy", "segment": "2s"}]

MEDIA = [{"id": "bbb", "url": d.BBB}, {"id": "frog", "url": d.CLIPS / "mdn_frog.mp4"}]


class Edge:
    """The server's side: prestaged and, beside it, prestage-nic; and how viewers reach it."""

    def __init__(self, ns, directory, start):
        self.ns, self.directory, self.start = ns, directory, start
        self.inside = ["ip", "netns", "exec", ns.names["srv"]]
        self.port = 0
        self.sent = self.starts = 0  # requests that viewers made, and those for media playlists

    def start_daemon(self):
        changes = {"profiles": PROFILES, "media": MEDIA, "listen": {"address": SERVER, "port": self.port},
                   "demand": {"own_server": "nic", "nic_socket": self.directory / "nic.sock"}}
        self.daemon = self.start(changes, prefix=self.inside, address=SERVER).ready()
        self.port = self.daemon.port  # from now on: prestage-nic watches it

    def start_nic(self):
        args = [*self.inside, d.NIC, "--mirror", "s0", "--server", f"{SERVER}:{self.port}", "--to",
                f"unix:{self.directory}/nic.sock", "--epoch-ms", "100", "--region", "10.79.0.0/24=3"]
        self.nic = self.start("prestage-nic", args, self.directory, kind=d.Process)
        self.nic.wait_for("prestage-nic's connection", lambda: self.demand()["nic_connected"])

    def demand(self):
        return self.daemon.ask("status")["demand"]

    def view(self, paths, *options, status="200"):
        """A viewer asks for these, over one connection."""
        paths = list(paths)
        args = [word for path in paths for word in ("-o", "/dev/null", f"http://{SERVER}:{self.port}/m/{path}")]
        done = self.ns.run("cli", "curl", "-s", "-w", "%{http_code} ", *options, *args)
        d.equal(done.stdout.split(), [status] * len(paths), f"answers to {paths}")
        self.sent += len(paths)
        self.starts += sum(path.endswith("/index.m3u8") for path in paths)

    def watch(self, media="bbb", profile="mobile-144p", segments=4):
        base = f"{media}/{profile}/"
        self.view([base + "index.m3u8", base + "init.mp4"] + [f"{base}{k}.m4s" for k in range(segments)])

    def check_counts(self, sent, starts):
        """The NIC's count, the server's and the viewers' agree, and the predictor learnt of each start."""
        d.wait_for(f"the NIC's count of {sent}", lambda: self.demand()["nic_media_requests"] >= sent, 20)
        d.wait_for(f"{starts} starts learnt",
                   lambda: self.daemon.ask("status")["predict"]["starts"] >= starts, 20)
        status = self.daemon.ask("status")
        d.equal(status["demand"]["nic_media_requests"], sent, "requests that the NIC counted")
        d.equal(status["predict"]["starts"], starts, "starts learnt from")
        d.equal(status["demand"]["nic_shed"], 0, "requests the NIC had no room for")
        d.equal(status["demand"]["samples_log"], 0, "samples of the log, though the NIC counts")
        d.check(status["demand"]["samples_nic"] > 0, "no samples from the NIC")


def every_request_is_counted_once(edge):
    edge.view(["bbb/master.m3u8"])
    edge.watch()
    edge.watch(profile="source", segments=2)
    edge.watch(media="frog")
    edge.view(["unknown/mobile-144p/0.m4s", "bbb/mobile-144p/99.m4s"], status="404")
    edge.view(["bbb/mobile-144p/0.m4s"], "--head")
    edge.check_counts(edge.sent, edge.starts)
    d.equal(edge.daemon.ask("status")["deliver"]["requests"], edge.sent, "requests that the server counted")
    d.equal(edge.daemon.ask("status")["degraded"], [], "degraded")


def viewers_do_not_notice_a_dead_nic(edge):
    counted, starts = edge.sent, edge.starts
    edge.nic.kill()
    edge.watch()
    edge.watch(media="frog", segments=5)
    d.wait_for("the daemon to see it", lambda: not edge.demand()["nic_connected"], 10)
    d.equal(edge.daemon.ask("status")["degraded"], ["demand: prestage-nic is not connected"], "degraded")
    edge.check_counts(counted, starts)
    d.equal(edge.daemon.ask("status")["deliver"]["requests"], edge.sent, "requests that the server counted")
    edge.missed = edge.sent - counted, edge.starts - starts


def a_nic_that_came_back_counts_on(edge):
    edge.start_nic()
    edge.watch()
    edge.watch(media="frog")
    edge.check_counts(edge.sent - edge.missed[0], edge.starts - edge.missed[1])
    d.equal(edge.daemon.ask("status")["degraded"], [], "degraded")


def a_nic_goes_on_with_the_next_daemon(edge):
    edge.daemon.kill()
    edge.start_daemon()
    edge.nic.wait_for("prestage-nic's return", lambda: edge.demand()["nic_connected"])
    before = edge.demand()["nic_media_requests"]
    starts = edge.starts
    edge.sent = 0
    edge.watch()
    edge.check_counts(before + edge.sent, edge.starts - starts)
    d.equal(edge.daemon.ask("status")["deliver"]["requests"], edge.sent, "requests that the server counted")


def both_end_cleanly(edge):
    d.equal(edge.nic.end(), 0, f"exit status of prestage-nic\n{edge.nic.log()}\nstatus")
    edge.daemon.stop()


def namespaces():
    done = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines()}


def main():
    nic_process.need_namespaces()
    if not d.NIC.exists():
        d.skip("prestage-nic is not built")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a time-out removes them too
    with nic_process.Namespaces("cli", "srv") as ns, d.workplace() as (directory, start):
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.79.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        edge = Edge(ns, directory, start)
        edge.start_daemon()
        edge.start_nic()
        failed = d.run([every_request_is_counted_once, viewers_do_not_notice_a_dead_nic,
                        a_nic_that_came_back_counts_on, a_nic_goes_on_with_the_next_daemon,
                        both_end_cleanly], edge)
        names = set(ns.names.values())
    d.check(not names & namespaces(), "a namespace is left behind")
    return failed


sys.exit(main())
