# SPDX-License-Identifier: BSD-3-Clause
"""Calls between two pages of a headless Chromium that have only collections to find each other.

Everything happens in a network namespace of its own: WebRTC gathers no candidates without a default
route, and finds those of an interface that leads nowhere there.
"""
import contextlib
import http.client
import http.server
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

import browser
import daemon as d

SERVER = d.BUILD / "tests/integration/messaging/collections-server"
PAGE = d.SOURCE / "tests/players/call.html"
CLIENT = d.SOURCE / "docs/examples/collections.js"
ADDRESS = "10.98.7.1"
INSIDE = "PS_CALLS_INSIDE"
FLAGS = [*browser.FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
         "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks",
         "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
         "--disable-backgrounding-occluded-windows", "--remote-debugging-port=0"]
CALL_S = 30


def in_namespace():
    """Go on in a namespace whose one interface leads nowhere; returns there only."""
    if os.environ.get(INSIDE) is None:
        if os.geteuid() != 0:
            d.skip("network namespaces need root")
        os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    for command in (["link", "set", "lo", "up"], ["link", "add", "here", "type", "veth", "peer", "name", "nowhere"],
                    ["addr", "add", ADDRESS + "/24", "dev", "here"], ["link", "set", "here", "up"],
                    ["link", "set", "nowhere", "up"], ["route", "add", "default", "dev", "here"]):
        if subprocess.run(["ip", *command], capture_output=True).returncode != 0:
            d.skip("no interface can be made here")


def skip_unless_there():
    if shutil.which("chromium") is None:
        d.skip("chromium is not installed; tools/setup installs it")


class Edge:
    """Collections by HTTP, and tokens for whoever a test needs."""

    def __init__(self, directory, rate=50):
        self.process = d.Process("collections-server", [SERVER, "127.0.0.1:0", str(rate)], directory)
        line = self.process.wait_for("ready", lambda: re.search(r"ready port=(\d+)", self.process.log()))
        self.port = int(line[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def request(self, method, path, token=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=d.WAIT_S)
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if text.startswith("{") else text
        finally:
            connection.close()

    def token(self, peer, actions, media=None):
        query = {"peer": peer, "act": actions, **({"media": media} if media else {})}
        status, text = self.request("GET", "/token?" + urllib.parse.urlencode(query))
        d.equal(status, 200, f"a token for {peer}")
        return text

    def end(self):
        d.equal(self.process.end(), 0, f"exit status of {self.process.name}\n{self.process.log()[-3000:]}\nstatus")

    def open(self, path, token):
        d.equal(self.request("PUT", path, token, {})[0], 204, f"opening {path}")


class DaemonEdge(Edge):
    """The same by prestaged, whose operator issues the tokens; it knows the titles of so many runs."""

    def __init__(self, start, runs):
        titles = [{"id": f"film-{run + 1}", "url": d.BBB} for run in range(runs)]
        self.metrics_port = d.free_port()
        self.process = start({"messaging": {"budget": "64MiB"}, "media": titles,
                              "metrics": {"listen": f"127.0.0.1:{self.metrics_port}"}}).ready()
        self.port, self.url = self.process.port, self.process.url("")

    def token(self, peer, actions, media=None):
        more = [f"media={media}"] if media else []
        return self.process.ctl("token", "issue", peer, actions, *more).strip()


class Handler(http.server.BaseHTTPRequestHandler):
    """The pages, from another origin than the collections; and their reports."""
    protocol_version = "HTTP/1.1"
    FILES = {"/": (PAGE, "text/html"), "/collections.js": (CLIENT, "text/javascript")}

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        file, kind = self.FILES.get(urllib.parse.urlsplit(self.path).path, (None, None))
        if file is None:
            return self.answer(404, "text/plain", b"")
        return self.answer(200, kind, file.read_bytes())

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.said[self.path].put(said)
        self.answer(200, "text/plain", b"")


class Pages:
    """One Chromium, whose pages are opened and closed by its own small HTTP interface."""

    def __init__(self, directory):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.said = {"/report": queue.Queue(), "/ready": queue.Queue()}
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.profile = directory / "chromium"
        self.browser = d.Process("chromium", ["chromium", *FLAGS, f"--user-data-dir={self.profile}",
                                              "about:blank"], directory, {"HOME": str(directory)})
        port = self.profile / "DevToolsActivePort"
        self.browser.wait_for("its port", lambda: port.exists() and port.read_text().count("\n") > 0)
        self.port = int(port.read_text().split()[0])

    def command(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=d.WAIT_S)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def open(self, **query):
        url = f"http://127.0.0.1:{self.server.server_address[1]}/?{urllib.parse.urlencode(query)}"
        return json.loads(self.command("PUT", "/json/new?" + urllib.parse.quote(url, safe="")))["id"]

    def close(self, page):
        self.command("GET", f"/json/close/{page}")

    def said(self, what, run, seconds=CALL_S):
        """The next thing of this run that a page says."""
        until = time.monotonic() + seconds
        while True:
            try:
                said = self.server.said[what].get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise d.Failed(f"no {what} of run {run} within {seconds} s\n"
                               f"{self.browser.log()[-2000:]}") from None
            if said["run"] == str(run):
                return said

    def end(self):
        self.browser.end()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        shutil.rmtree(self.profile, ignore_errors=True)


@contextlib.contextmanager
def pages(directory):
    made = Pages(directory)
    try:
        yield made
    finally:
        made.end()


def call(pages, edge, run, kind="data", way="events", ahead=False):
    """One call, from two pages that know nothing of each other. @return what both saw, by role."""
    media, names = f"film-{run}", {"callee": f"callee-{run}", "caller": f"caller-{run}"}
    may = {"callee": "put,fetch", "caller": "put"}
    tokens = {role: edge.token(name, may[role], media) for role, name in names.items()}
    if ahead:
        edge.open(f"/c/r/{media}/hd", edge.token("orchestrator", "create", media))
    opened = []
    try:
        for role in ("callee", "caller"):
            opened.append(pages.open(role=role, name=names[role], token=tokens[role], edge=edge.url,
                                     media=media, profile="hd", run=run, kind=kind, way=way))
            if role == "callee" and (ahead or way == "events"):
                pages.said("/ready", run)  # someone is there before the crowd
        seen = [pages.said("/report", run) for _ in names]
    finally:
        for page in opened:
            pages.close(page)
    return {one["role"]: one for one in seen}
