# SPDX-License-Identifier: BSD-3-Clause
"""Viewers and peers of a cluster of edges, and the oracle that knows what was promised to them.

Each runs in a thread of its own, in its edge's namespace. Peers put numbered messages, take them and
claim them; a put counts as promised when its edge said so, and is judged message by message.
"""
import http.client
import itertools
import json
import threading
import time

import edges

QUIET = (OSError, http.client.HTTPException)


class Oracle:
    """Every message that was promised, and who has claimed it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.promised, self.claimed, self.claimed_again, self.unsure = {}, {}, [], set()

    def promise(self, body):
        with self.lock:
            self.promised[body] = time.monotonic()

    def claim(self, body, edge):
        with self.lock:
            if body in self.claimed:
                self.claimed_again.append((body, time.monotonic()))
            self.claimed[body] = edge

    def perhaps(self, body):
        """Somebody's claim had no answer, and now the message is gone: it was his, or another's."""
        with self.lock:
            self.unsure.add(body)

    def crossed(self):
        """Messages that were claimed at another edge than where they were put."""
        with self.lock:
            return sum(body.split("-")[0] != edge for body, edge in self.claimed.items())

    def missing(self):
        with self.lock:
            return [body for body in self.promised if body not in self.claimed and body not in self.unsure]


class Crowd(threading.Thread):
    """Somebody at an edge, who goes on until told to stop."""

    def __init__(self, cluster, edge, token=None):
        super().__init__(daemon=True)
        self.cluster, self.edge, self.http = cluster, edge, edges.Http(edge, token)
        self.over, self.broken = threading.Event(), None

    def run(self):
        try:
            self.cluster.net.enter(self.edge)
            while not self.over.is_set():
                self.once()
        except Exception as error:  # of the harness itself; the campaign asks
            self.broken = error
        finally:
            self.http.close()

    def end(self):
        self.over.set()
        self.join(60)


class Viewer(Crowd):
    """Plays one title after the other, a segment each `pace` seconds; what it waited is kept."""

    def __init__(self, cluster, edge, media, segments, pace):
        super().__init__(cluster, edge)
        self.names = ((m, s) for m in itertools.cycle(media) for s in range(segments))
        self.pace, self.good_at, self.away = pace, [], []
        self.served, self.failed, self.seen, self.slowest_s = 0, 0, set(), 0.0

    def once(self):
        media, segment = next(self.names)
        begin = time.monotonic()
        while not self.over.is_set():
            try:
                status, _, body = self.http.ask("GET", f"/m/{media}/{edges.NAME}/{segment}.m4s")
                if status == 200 and len(body) > 100:
                    break
            except QUIET:
                pass
            self.failed += 1
            self.over.wait(0.1)
        else:
            return
        now = time.monotonic()
        self.good_at.append(now)
        self.served, self.slowest_s = self.served + 1, max(self.slowest_s, now - begin)
        self.seen.add((media, segment))
        self.over.wait(max(0, begin + self.pace - now))

    def longest_gap_s(self):
        """Between two segments, but for the time when this edge was dead and until it served again."""
        gaps = [0.0]
        for before, after in zip(self.good_at, self.good_at[1:]):
            if not any(before <= died <= after or before <= back <= after for died, back in self.away):
                gaps.append(after - before)
        return max(gaps)


class Putter(Crowd):
    """Puts messages, each until it is promised; one at a time, numbered."""

    def __init__(self, cluster, edge, oracle, pace, early=False):
        super().__init__(cluster, edge, cluster.token(f"putter-{edge}", "put"))
        self.oracle, self.pace, self.early = oracle, pace, early
        self.sequence, self.count, self.tried_again, self.refusals = 0, 0, 0, {}

    def once(self):
        self.count += 1
        self.sequence += 1
        body = f"{self.edge}-{self.count}"
        if self.early:  # the negative control: promised before anybody has it, and never tried again
            self.oracle.promise(body)
        while not self.over.is_set():
            try:
                status, _, text = self.http.ask("POST", "/c/r/" + edges.RESOURCE,
                                                {"body": body, "sequence": self.sequence})
            except QUIET:
                status, text = 0, b""
            if status in (200, 201):
                self.oracle.promise(body)
                break
            if self.early:
                break
            self.tried_again += 1
            self.refusals[status] = self.refusals.get(status, 0) + 1
            if status == 409:
                self.sequence = json.loads(text)["expected"]
                continue
            self.over.wait(0.1)
        self.over.wait(self.pace)


class Taker(Crowd):
    """Fetches what comes and claims it."""

    def __init__(self, cluster, edge, oracle):
        super().__init__(cluster, edge, cluster.token(f"taker-{edge}", "put", "fetch"))
        self.oracle, self.cursor, self.waiting, self.unsure, self.later = oracle, "0", {}, set(), 0

    def once(self):
        path = "/c/r/" + edges.RESOURCE
        try:
            status, _, text = self.http.ask("GET", f"{path}?max=64&after={self.cursor}")
            if status == 200:
                answer = json.loads(text)
                self.cursor = answer["cursor"]
                self.waiting.update((m["id"], m["body"]) for m in answer["messages"])
            for message, body in list(self.waiting.items()):
                self.claim(f"{path}/{message}", message, body)
        except QUIET:
            self.cursor = "0"  # the edge begins anew, and so do its places
        self.over.wait(0.05)

    def claim(self, path, message, body):
        was_unsure = message in self.unsure
        self.unsure.add(message)  # until there is an answer
        status = self.http.ask("DELETE", path)[0]
        if status == 503:
            self.later += 1
            return
        if status in (200, 204):
            self.oracle.claim(body, self.edge)
        elif was_unsure:
            self.oracle.perhaps(body)
        self.unsure.discard(message)
        del self.waiting[message]


class Prober(Crowd):
    """Does what is not permitted, by HTTP and by NATS; how long the refusal takes is kept."""

    def __init__(self, cluster, edge, credentials):
        super().__init__(cluster, edge, cluster.token(f"prober-{edge}", "fetch"))
        self.credentials, self.took_s, self.asked, self.not_refused = credentials, [], 0, 0

    def once(self):
        import nats_client as nats
        begin = time.monotonic()
        try:
            status = self.http.ask("POST", "/c/r/" + edges.RESOURCE, {"body": "no", "sequence": 1})[0]
            self.judge(status == 403, time.monotonic() - begin)
            client = nats.Client(edges.EDGES[self.edge], credentials=self.credentials)
            for subject in ("$JS.API.INFO", "ps.c.e1.x", "ps.peer.e1.0000000000000000"):
                client.publish(subject, b"x")
                took = client.denied(2)
                self.judge(took is not None, took or 2.0)
            client.close()
        except (*QUIET, nats.Refused):
            pass  # nobody is there
        self.over.wait(1)

    def judge(self, refused, took_s):
        self.asked += 1
        self.not_refused += not refused
        self.took_s.append(took_s)
