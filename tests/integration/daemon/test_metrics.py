# SPDX-License-Identifier: BSD-3-Clause
"""What monitoring sees: /metrics by a strict reader (and promtool, where it is), /healthz, /readyz."""
import http.client
import math
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

COPY = [{"name": "source", "kind": "copy", "segment": "2s"}]
WATCHED = {"metrics": {"listen": "127.0.0.1:0"}, "card": None, "profiles": COPY}
SAMPLE = re.compile(r'([a-z_0-9]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"')


class Watched:
    """A daemon and the port that monitoring asks."""

    def __init__(self, start, changes=None):
        self.daemon = start({**WATCHED, **(changes or {})}).ready()
        self.port = int(re.search(r"metrics listening .*port=(\d+)", self.daemon.log())[1])

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=d.WAIT_S)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def page(self):
        status, headers, text = self.ask("/metrics")
        d.equal(status, 200, "status of /metrics")
        d.equal(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8", "its type")
        return text


def read_value(text):
    d.check(re.fullmatch(r"NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]?\d+)?", text), f"not a value: {text!r}")
    return float(text)


def check_histogram(name, samples):
    """Buckets grow to +Inf, and the last is the count."""
    buckets = [(float(dict(labels)["le"]), value) for (n, labels), value in samples.items() if n == name + "_bucket"]
    d.equal(buckets, sorted(buckets), f"order of the buckets of {name}")
    d.equal([v for _, v in buckets], sorted(v for _, v in buckets), f"counts of {name}")
    d.check(math.isinf(buckets[-1][0]), f"{name} has no +Inf")
    d.equal(samples[(name + "_count", ())], buckets[-1][1], f"count of {name}")
    d.check((name + "_sum", ()) in samples, f"{name} has no sum")


def read_page(text):
    """Every line must be what the format allows. @return ({family: type}, {(name, labels): value})."""
    d.check(text.endswith("\n"), "the last line does not end")
    types, samples, helped, family = {}, {}, set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            d.check(family not in helped, f"{family} begins twice")
            helped.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            d.equal(name, family, "family of a TYPE")
            d.check(kind in ("counter", "gauge", "histogram"), line)
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            d.check(match, f"not a sample: {line!r}")
            name, labels = match[1], tuple(LABEL.findall(match[2] or ""))
            base = re.sub(r"_(bucket|sum|count)$", "", name) if types.get(family) == "histogram" else name
            d.equal(base, family, f"family of {line!r}")
            d.check((name, labels) not in samples, f"twice: {line!r}")
            samples[(name, labels)] = read_value(match[3])
    for name, kind in types.items():
        if kind == "histogram":
            check_histogram(name, samples)
        elif kind == "counter":
            d.check(name.endswith("_total"), f"counter {name}")
            d.check(all(v >= 0 for (n, _), v in samples.items() if n == name), f"{name} is negative")
    return types, samples


def documented():
    """{name: (type, labels)} of docs/metrics.md."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w,]*) \|", (d.SOURCE / "docs/metrics.md").read_text(), re.M)
    return {name: (kind, tuple(labels.split(",")) if labels else ()) for name, kind, labels in rows}


def sum_of(samples, name, **wanted):
    return sum(v for (n, labels), v in samples.items()
               if n == name and all(dict(labels)[k] == x for k, x in wanted.items()))


def the_page_is_what_the_documents_say():
    with d.workplace() as (directory, start):
        node = Watched(start)
        node.daemon.get("/m/bbb/source/index.m3u8")
        node.daemon.get("/m/bbb/source/0.m4s")
        text = node.page()
        types, samples = read_page(text)
        rows = documented()
        absent = {"prestage_card_up", "prestage_card_losses_total", "prestage_card_power_watts",
                  "prestage_card_temperature_celsius"}  # there is no card
        d.equal(set(rows) - set(types), absent, "documented and not told")
        d.equal({n: rows[n][0] for n in types}, types, "types")
        for (name, labels), _ in samples.items():
            if name in rows and types[name] != "histogram":
                d.equal(tuple(k for k, _ in labels), rows[name][1], f"labels of {name}")
        for secret in ("bbb", "127.0.0.1"):
            d.check(secret not in text, f"{secret} is on the page")
        promtool = shutil.which("promtool")
        if promtool:
            done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
            d.equal((done.returncode, done.stdout + done.stderr), (0, ""), "promtool")
        print(f"families={len(types)} samples={len(samples)} promtool={'yes' if promtool else 'no'}")
        node.daemon.stop()


def figures_are_those_of_status():
    with d.workplace() as (directory, start):
        node = Watched(start, {"speculate": {"enabled": True}})
        node.daemon.get("/m/bbb/source/index.m3u8")
        for index in range(4):
            node.daemon.get(f"/m/bbb/source/{index}.m4s")
        _, before = read_page(node.page())
        said = node.daemon.ask("status")
        _, after = read_page(node.page())
        for name, value in (("prestage_deliver_starts_total", said["deliver"]["starts"]),
                            ("prestage_deliver_segments_total", said["deliver"]["segments"]),
                            ("prestage_deliver_sent_bytes_total", said["deliver"]["bytes"]),
                            ("prestage_deliver_segment_seconds_count", said["deliver"]["segments"]),
                            ("prestage_media", said["media_count"])):
            d.equal(sum_of(after, name), value, name)
        d.check(said["deliver"]["segments"] == 4, f"segments: {said['deliver']}")
        bets = sum_of(before, "prestage_bets_total"), sum_of(after, "prestage_bets_total")
        staged = sum_of(after, "prestage_bets_total") + sum_of(after, "prestage_bets_open")
        by_class = sum_of(after, "prestage_bets_by_class_total") + sum_of(after, "prestage_bets_open_by_class")
        d.check(staged > 0, "nothing was bet on")
        d.equal((staged, sum_of(after, "prestage_bets_add_up")), (by_class, 1), "bets")
        d.check(bets[0] <= bets[1], f"a counter fell: {bets}")
        used = sum_of(after, "prestage_bets_total", fate="used") + sum_of(after, "prestage_bets_total", fate="late")
        d.check(used >= said["speculation"]["used"] + said["speculation"]["late"], f"used {used}: {said['speculation']}")
        node.daemon.stop()


def alive_and_ready_are_two_questions():
    with d.workplace() as (directory, start):
        node = Watched(start, {"demand": {"nic_socket": directory / "nic.sock"}})
        d.equal(node.ask("/healthz")[::2], (200, "ok\n"), "/healthz")
        d.equal(node.ask("/readyz")[::2], (503, "card none\ntier ok\nnic failed\n"), "/readyz without prestage-nic")
        _, samples = read_page(node.page())
        d.equal((sum_of(samples, "prestage_degraded", part="nic"), sum_of(samples, "prestage_degraded")), (1, 1), "degraded")
        node.daemon.stop()
        node = Watched(start, {"card": {"xclbin": directory / "absent.xclbin", "emulation_dir": directory}})
        d.equal(node.ask("/healthz")[0], 200, "/healthz")
        d.equal(node.ask("/readyz")[::2], (503, "card failed\ntier ok\nnic none\n"), "/readyz without its card")
        node.daemon.stop()
        node = Watched(start, {"tier": {"path": None}})
        d.equal(node.ask("/readyz")[::2], (200, "card none\ntier none\nnic none\n"), "/readyz of what has no hardware")
        node.daemon.stop()


def nothing_else_is_answered():
    with d.workplace() as (directory, start):
        node = Watched(start)
        for path in ("/", "/metricsx", "/metrics/", "/healthz2", "/readyz/card", "/m/bbb/master.m3u8"):
            d.equal(node.ask(path)[0], 404, f"status of {path}")
        d.equal(node.ask("/metrics", "POST")[0], 405, "status of POST")
        status, _, body = node.ask("/metrics", "HEAD")
        d.equal((status, body), (200, ""), "HEAD")
        d.equal(node.daemon.request("/metrics")[0], 404, "/metrics where viewers connect")
        idle = [socket.create_connection(("127.0.0.1", node.port)) for _ in range(40)]
        node.daemon.get("/m/bbb/source/index.m3u8")  # who holds connections here takes none from viewers
        for connection in idle:
            connection.close()
        d.equal(node.ask("/healthz")[0], 200, "/healthz after that")
        node.daemon.stop()


def it_is_off_until_configured_and_must_be_able_to_listen():
    with d.workplace() as (directory, start):
        daemon = start({"card": None, "profiles": COPY}).ready()
        d.check("metrics listening" not in daemon.log(), "it listens without being asked to")
        daemon.stop()
        listener, port = d.taken_port()
        for where in (f"127.0.0.1:{port}", "localhost:9464", "127.0.0.1"):
            refused = start({**WATCHED, "metrics": {"listen": where}})
            d.equal(refused.child.wait(d.WAIT_S), 1, f"exit status with {where}")
            d.check("metrics cannot_listen" in refused.log(), refused.log())
        listener.close()


sys.exit(d.run([the_page_is_what_the_documents_say, figures_are_those_of_status, alive_and_ready_are_two_questions,
                nothing_else_is_answered, it_is_off_until_configured_and_must_be_able_to_listen]))
