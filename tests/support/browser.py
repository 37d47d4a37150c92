# SPDX-License-Identifier: BSD-3-Clause
"""A real browser that plays what a daemon serves: Chromium without a window, and hls.js.

The page, hls.js and the daemon's streams come from one server here, so that they are of one origin;
the page posts what it saw, and nothing else has to be driven.
"""
import contextlib
import http.server
import json
import queue
import shutil
import threading
import urllib.parse

import daemon as d

PAGE = d.SOURCE / "tests/players/play.html"
MODULES = d.BUILD / "players/node_modules"
HLS = MODULES / "hls.js/dist/hls.min.js"
# Nothing of it may need a screen, a GPU, a sandbox of its own or a network.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--autoplay-policy=no-user-gesture-required"]
TYPES = {".html": "text/html", ".js": "text/javascript"}
PLAY_S = 120


def skip_unless_there():
    if shutil.which("chromium") is None:
        d.skip("chromium is not installed; tools/setup installs it")
    if not HLS.exists():
        d.skip(f"hls.js is not in {MODULES}; tools/setup puts it there where npm works")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith("/m/"):
            status, headers, body = self.server.daemon.request(self.path)
            self.server.requests.append((path, status))
            return self.answer(status, headers.get("Content-Type", "application/octet-stream"), body)
        file = PAGE if path == "/" else MODULES / path.removeprefix("/players/")
        if not file.is_file() or MODULES not in file.parents and file != PAGE:
            return self.answer(404, "text/plain", b"")
        return self.answer(200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())

    def do_POST(self):
        self.server.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(200, "text/plain", b"")


@contextlib.contextmanager
def served(daemon):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.daemon, server.reports, server.requests = daemon, queue.Queue(), []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def play(daemon, directory, path):
    """Play it to its end. @return what the page saw, and the requests that the daemon answered."""
    with served(daemon) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/?stream={urllib.parse.quote(path)}"
        profile = directory / "chromium"
        browser = d.Process("chromium", ["chromium", *FLAGS, f"--user-data-dir={profile}", url], directory,
                            {"HOME": str(directory)})
        try:
            seen = server.reports.get(timeout=PLAY_S)
        except queue.Empty:
            raise d.Failed(f"no report of {path} within {PLAY_S} s; {server.requests}\n"
                           f"{browser.log()[-2000:]}") from None
        finally:
            browser.end()
            shutil.rmtree(profile, ignore_errors=True)
        return seen, server.requests
