#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""prestage-sim edges as a person would call it. Usage: test_prestage_sim_edges.py PRESTAGE_SIM"""
import subprocess
import sys
import unittest

SIM = sys.argv[1]
SMALL = ("--edges", "100", "--peers", "50000", "--titles", "500", "--seconds", "10")


def run(*words):
    return subprocess.run([SIM, "edges", *words], capture_output=True, text=True, timeout=50)


def figures(*words):
    done = run(*SMALL, *words)
    assert done.returncode == 0, done.stderr
    return dict(line.removeprefix("edges: ").split("=") for line in done.stdout.splitlines())


class Edges(unittest.TestCase):
    def test_help_and_mistakes(self):
        self.assertIn("--hub-kv", run("--help").stdout)
        self.assertIn("prestage-sim edges", subprocess.run([SIM, "--help"], capture_output=True, text=True).stdout)
        for words in (["--edges", "0"], ["--frobnicate", "1"], ["--edges"]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(words[0], done.stderr)

    def test_time_is_virtual_and_the_same_seed_says_the_same(self):
        first, again, other = figures(), figures(), figures("--seed", "2")
        self.assertEqual(first.pop("time"), "virtual")
        for printed in first, again, other:
            printed.pop("real_s"), printed.pop("seed"), printed.pop("time", None)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_a_cluster_makes_what_each_edge_alone_would_make(self):
        together, alone = figures("--bets", "0"), figures("--bets", "0", "--group", "1")
        self.assertEqual(float(alone["fetched_s"]), 0)
        self.assertLess(float(together["made_s"]), float(alone["made_s"]) / 10)
        self.assertEqual(float(alone["use_hub_messages_peak"]), 0)

    def test_a_smaller_server_breaks_first_and_sooner(self):
        found = figures("--search", "--hub-msgs", "5000")
        self.assertEqual((found["breaks_first"], found["holds"]), ("hub_messages", "0"))
        self.assertLess(float(found["breaks_at_factor"]), 1)


unittest.main(argv=sys.argv[:1])
