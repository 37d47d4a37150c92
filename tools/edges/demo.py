# SPDX-License-Identifier: BSD-3-Clause
"""What tools/demo-cluster shows: one edge makes and the others fetch; a message crosses edges; the
hub is cut off and delivery goes on; the hub comes back. Each step is a line, and is checked."""
import json
import sys
import time

import daemon as d
import edges

CLIP = f"/m/{edges.RESOURCE}/"
ROOM = f"/c/r/{edges.RESOURCE}"


class Demo:
    def __init__(self, cluster):
        self.cluster, self.failed = cluster, []

    def line(self, what, holds, saw):
        print(f"demo: {'ok    ' if holds else 'FAILED'}  {what:<58}  {saw}", flush=True)
        if not holds:
            self.failed.append(what)

    def ask(self, edge, method, path, body=None, token=None):
        """(status, bytes, milliseconds) of one request from within the edge's namespace."""
        answer = []

        def work():
            begin = time.monotonic()
            http = edges.Http(edge, token)
            status, _, data = http.ask(method, path, body)
            http.close()
            answer.extend((status, data, (time.monotonic() - begin) * 1000))
        self.cluster.inside(edge, work)
        return answer

    def segment(self, edge, index):
        status, data, ms = self.ask(edge, "GET", f"{CLIP}{index}.m4s")
        return (data if status == 200 else b""), ms

    def counts(self, key):
        return {name: self.cluster.status(name)[key] for name in edges.EDGES}

    def made_once(self):
        bodies, times = [], []
        for name in edges.EDGES:
            for index in range(3):
                data, ms = self.segment(name, index)
                bodies.append((index, data))
                times.append(f"{name}:{ms:.0f}ms" if index == 0 else "")
        self.line("three viewers at three edges get the same segments", len(set(bodies)) == 3 and all(b for _, b in bodies),
                  " ".join(filter(None, times)))
        made, fetched = self.counts("made"), self.counts("fetched")
        self.line("one edge made them, its neighbours fetched them", sum(made.values()) == 3 and sum(fetched.values()) == 6,
                  f"made={made['e1']}/{made['e2']}/{made['e3']} fetched={fetched['e1']}/{fetched['e2']}/{fetched['e3']}")

    def message_crosses(self, what, text):
        asker = self.cluster.token("ann", "put")
        server = self.cluster.token("ben", "put", "fetch")
        status, data, _ = self.ask("e1", "POST", ROOM, {"body": text}, asker)
        begin = time.monotonic()
        found = None
        while found is None and time.monotonic() < begin + 15:
            _, answer, _ = self.ask("e2", "GET", ROOM + "?max=64", token=server)
            found = next((m for m in json.loads(answer)["messages"] if m["body"] == text), None)
        took = (time.monotonic() - begin) * 1000
        claimed = self.ask("e2", "DELETE", f"{ROOM}/{found['id']}", token=server)[0] if found else 0
        self.line(what, status == 201 and claimed in (200, 204),
                  f"put={status} seen_ms={took:.0f} claimed={claimed}" if found else f"put={status} {data[:60]!r} not seen")

    def refused(self):
        status, _, ms = self.ask("e3", "POST", ROOM, {"body": "x"}, self.cluster.token("eve", "fetch"))
        self.line("what a token does not allow is refused at once", status == 403 and ms < 1000, f"status={status} ms={ms:.0f}")

    def alone(self):
        self.cluster.net.cut(*edges.HUBS)
        time.sleep(1)
        times, good = [], True
        for name in edges.EDGES:
            data, ms = self.segment(name, 7)
            good = good and len(data) > 100
            times.append(f"{name}:{ms:.0f}ms")
        self.line("hub cut off: each edge goes on delivering", good, " ".join(times))
        token = self.cluster.token("ann", "put")
        status, _, ms = self.ask("e1", "POST", ROOM, {"body": "while cut"}, token)
        self.line("and its peers' messages are still kept", status == 201, f"put={status} ms={ms:.0f}")

    def healed(self):
        self.cluster.net.heal(*edges.HUBS)
        begin = time.monotonic()
        self.cluster.wait_until_whole(60)
        self.line("hub back: the edges are one again", True, f"after_s={time.monotonic() - begin:.1f}")
        made = sum(self.counts("made").values())
        same = len({self.segment(name, 9)[0] for name in edges.EDGES}) == 1
        self.line("and again one edge makes for all", same and sum(self.counts("made").values()) == made + 1,
                  f"made={sum(self.counts('made').values()) - made}")

    def run(self):
        self.made_once()
        self.message_crosses("a message put at e1 is seen and claimed at e2", "offer")
        self.refused()
        self.alone()
        self.healed()
        self.message_crosses("messages cross edges again", "offer after the cut")
        return self.failed


def main():
    why = edges.why_not()
    if why is not None:
        print(f"demo: {why}")
        return d.SKIP
    with d.workplace() as (directory, _):
        print("demo: three edges, a hub of three nats-servers, namespaces; cards=emulated", flush=True)
        cluster = edges.Cluster(directory)
        try:
            cluster.start().wait_until_whole()
            failed = Demo(cluster).run()
        finally:
            cluster.close()
    print(f"demo: checks={'failed' if failed else 'passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
