# SPDX-License-Identifier: BSD-3-Clause
"""Three edges and a hub under load, while servers die and lines are cut, round after round.

A round: the leader of the hub is killed; the hub is cut off; an edge (prestaged and its nats-server)
is killed; an edge is parted from all others. Each is healed before the next. Viewers play and peers
put, take and claim messages at every edge all the while. Then everything that was promised must be
there once. The card is emulated.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import crowd  # noqa: E402
import daemon as d  # noqa: E402
import edges  # noqa: E402

SEGMENTS = 15  # of the clip
TITLES = 400   # the same clip under many names: there is always something to make
GAP_S_MAX = 10.0
SHOWN_MAX = 8
DENIED_S_MAX = 1.0
DUPLICATES_MAX = 0.01


class Campaign:
    def __init__(self, options, directory):
        self.options, self.random = options, random.Random(options.seed)
        media = [{"id": f"clip-{n}", "url": d.BBB} for n in range(TITLES)] + [{"id": edges.MEDIA, "url": d.BBB}]
        self.titles = [m["id"] for m in media[:-1]]
        self.cluster = edges.Cluster(directory, media)
        self.oracle, self.figures = crowd.Oracle(), {}
        self.before = {name: (0, 0) for name in edges.EDGES}  # of processes that were killed
        self.begun = []   # (when, phase)
        self.phases = {}  # segments made and first seen in each kind of phase

    # ---- counting ----

    def count(self, name):
        """Segments that an edge made, and those of them that it made since nobody could answer it."""
        pipeline, status = self.cluster.edges[name].ask("status")["pipeline"], self.cluster.status(name)
        return (self.before[name][0] + pipeline["made_real_time"] + pipeline["made_speculative"],
                self.before[name][1] + status["claims_unknown"] + status["impatient"] + status["fetch_failed"])

    def made(self):
        return sum(self.count(name)[0] for name in edges.EDGES)

    def unanswered(self):
        return sum(self.count(name)[1] for name in edges.EDGES)

    def seen(self):
        return len(set().union(*(viewer.seen for viewer in self.viewers)))

    def phase(self, name, hurt, heal):
        made, seen = self.made(), self.seen()
        self.begun.append((time.monotonic(), name))
        hurt()
        time.sleep(self.options.phase)
        heal()
        if name != "calm":
            self.cluster.wait_until_whole(60)
        time.sleep(1)  # what was asked for before is made
        counts = self.phases.setdefault(name, [0, 0])
        counts[0] += self.made() - made
        counts[1] += self.seen() - seen
        lost = len(self.oracle.missing())
        print(f"soak: phase={name} made={counts[0]} segments={counts[1]} promised={len(self.oracle.promised)} "
              f"not_yet_claimed={lost}", flush=True)

    # ---- what happens ----

    def kill_leader(self):
        self.victim = self.cluster.leader() or "h1"
        self.cluster.kill_server(self.victim)

    def restart_leader(self):
        self.cluster.start_server(self.victim)

    def kill_edge(self):
        self.victim = self.random.choice(list(edges.EDGES))
        self.before[self.victim] = self.count(self.victim)
        self.died = time.monotonic()
        self.cluster.kill_server(self.victim)
        self.cluster.kill_edge(self.victim)

    def restart_edge(self):
        self.cluster.start_server(self.victim)
        self.cluster.start_edge(self.victim)
        self.cluster.edges[self.victim].ready()
        for viewer in self.viewers:
            if viewer.edge == self.victim:
                viewer.away.append((self.died, time.monotonic()))

    def part_edge(self):
        self.victim = self.random.choice(list(edges.EDGES))
        self.cluster.net.cut(self.victim)

    def round(self):
        net = self.cluster.net
        self.phase("calm", lambda: None, lambda: None)
        self.phase("leader_killed", self.kill_leader, self.restart_leader)
        self.phase("hub_cut", lambda: net.cut(*edges.HUBS), lambda: net.heal(*edges.HUBS))
        self.phase("edge_killed", self.kill_edge, self.restart_edge)
        self.phase("edge_parted", self.part_edge, lambda: net.heal(self.victim))

    # ---- the whole ----

    def begin(self):
        self.cluster.start().wait_until_whole()
        names = list(edges.EDGES)
        early, pace = self.options.promise_early, self.options.pace
        self.viewers = [crowd.Viewer(self.cluster, name, self.titles, SEGMENTS, pace) for name in names]
        self.putters = [crowd.Putter(self.cluster, name, self.oracle, 0.05, early) for name in names]
        self.takers = [crowd.Taker(self.cluster, name, self.oracle) for name in names]
        credentials = subprocess.run([edges.NATS_TOOL, "peer", "--dir", self.cluster.site, "--edge", "e1", "--peer",
                                      "prober", "--minutes", "1440"], capture_output=True, text=True, check=True).stdout
        self.probers = [crowd.Prober(self.cluster, name, credentials) for name in names]
        for one in [*self.viewers, *self.putters, *self.takers, *self.probers]:
            one.start()

    def drain(self):
        """Nobody puts any more; the takers have until nothing is missing, or a while."""
        for one in [*self.putters, *self.viewers, *self.probers]:
            one.end()
        until = time.monotonic() + self.options.drain
        while self.oracle.missing() and time.monotonic() < until:
            time.sleep(0.2)
        for one in self.takers:
            one.end()
        for one in [*self.viewers, *self.putters, *self.takers, *self.probers]:
            if one.broken is not None:
                raise one.broken

    def run(self):
        try:
            self.begin()
            until = time.monotonic() + self.options.minutes * 60
            rounds = 0
            while rounds == 0 or time.monotonic() < until:
                self.round()
                rounds += 1
            self.drain()
            return self.sums(rounds)
        finally:
            self.cluster.close()

    def phase_at(self, when):
        return next((name for at, name in reversed(self.begun) if at <= when), "begin")

    def explain(self):
        """Where to look: some of the messages that were lost or claimed twice."""
        for body in self.oracle.missing()[:SHOWN_MAX]:
            print(f"soak: lost={body} promised_in={self.phase_at(self.oracle.promised[body])} "
                  f"seconds_before_end={time.monotonic() - self.oracle.promised[body]:.0f}")
        for body, when in self.oracle.claimed_again[:SHOWN_MAX]:
            print(f"soak: claimed_again={body} in={self.phase_at(when)} "
                  f"promised_in={self.phase_at(self.oracle.promised.get(body, when))}")

    def sums(self, rounds):
        self.explain()
        made, segments = (sum(counts[i] for counts in self.phases.values()) for i in (0, 1))
        duplicates, unanswered = max(0, made - segments), self.unanswered()
        took = sorted(t for one in self.probers for t in one.took_s)
        missing = self.oracle.missing()
        return {
            "rounds": rounds, "seed": self.options.seed, "emulated": "true",
            "messages_promised": len(self.oracle.promised), "messages_lost": len(missing),
            "messages_claimed": len(self.oracle.claimed), "messages_claimed_twice": len(self.oracle.claimed_again),
            "messages_claimed_unsure": len(self.oracle.unsure - set(self.oracle.claimed)),
            "messages_crossed": self.oracle.crossed(), "puts_tried_again": sum(p.tried_again for p in self.putters),
            "segments_served": sum(v.served for v in self.viewers), "viewer_retries": sum(v.failed for v in self.viewers),
            "segments": segments, "made": made, "duplicates": duplicates,
            **{f"duplicates_{name}": max(0, counts[0] - counts[1]) for name, counts in self.phases.items()},
            "claims_unanswered": unanswered, "duplicate_share": round(duplicates / max(1, segments), 4),
            "duplicate_share_answered": round(max(0, duplicates - unanswered) / max(1, segments), 4),
            **{f"longest_gap_{v.edge}_s": round(v.longest_gap_s(), 2) for v in self.viewers},
            "longest_gap_s": round(max(v.longest_gap_s() for v in self.viewers), 2),
            "denied_asked": len(took), "denied_not_refused": sum(p.not_refused for p in self.probers),
            "denied_max_ms": round(took[-1] * 1000, 1) if took else "none",
        }


def main():
    parser = argparse.ArgumentParser(prog="tools/soak cluster", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of rounds; one at least (default 10)")
    parser.add_argument("--phase", type=float, default=8, help="seconds of each fault (default 8)")
    parser.add_argument("--pace", type=float, default=0.7, help="seconds from segment to segment (default 0.7)")
    parser.add_argument("--drain", type=float, default=60, help="seconds to claim what is left (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="which edge is hurt (default 1)")
    parser.add_argument("--promise-early", action="store_true",
                        help="negative control: puts count as promised before they are kept; losses must be seen")
    options = parser.parse_args()
    why = edges.why_not()
    if why is not None:
        print("skipped:", why)
        return d.SKIP
    with d.workplace() as (directory, _):
        figures = Campaign(options, directory).run()
    for key, value in figures.items():
        print(f"soak: {key}={value}")
    bars = {"messages crossed edges": figures["messages_crossed"] > 0,
            "no message was claimed twice": figures["messages_claimed_twice"] == 0,
            "delivery never stopped": figures["longest_gap_s"] <= GAP_S_MAX,
            "all that is denied was refused": figures["denied_asked"] > 0 and figures["denied_not_refused"] == 0,
            "and at once": figures["denied_asked"] > 0 and figures["denied_max_ms"] <= DENIED_S_MAX * 1000,
            "segments were made once where claims were answered": figures["duplicate_share_answered"] <= DUPLICATES_MAX}
    if options.promise_early:
        bars = {"promised before kept, messages are lost": figures["messages_lost"] > 0}
    else:
        bars["no promised message was lost"] = figures["messages_lost"] == 0
    for what, holds in bars.items():
        if not holds:
            print(f"soak: FAILED {what}")
    print(f"soak: checks={'passed' if all(bars.values()) else 'failed'}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
