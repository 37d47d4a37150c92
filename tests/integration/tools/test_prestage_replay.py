#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""prestage-replay's subcommands. Usage: test_prestage_replay.py PRESTAGE_REPLAY PRESTAGE_WORKLOAD"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPLAY, WORKLOAD = sys.argv[1:3]
POLICIES = ["lru", "fifo", "arc", "s3fifo", "sieve", "belady", "clairvoyant"]
# a and b by turns, a minute apart, and something new each time in between.
CSV = "t,obj,user\n" + "".join(f"{60 * i},{'ab'[i % 2]},u\n{60 * i + 1},new-{i},u\n" for i in range(40))


def run(*words, text=None):
    return subprocess.run([REPLAY, *words], input=text or "", capture_output=True, text=True, timeout=50)


def figures(done):
    return dict(line.split("=") for line in done.stdout.splitlines())


class Replay(unittest.TestCase):
    def test_help_names_the_subcommands_and_each_has_its_own(self):
        self.assertIn("predict", run("--help").stdout)
        self.assertIn("cache", run("--help").stdout)
        self.assertIn("--shuffle", run("predict", "--help").stdout)
        self.assertIn("--budget-per-min", run("cache", "--help").stdout)

    def test_wrong_usage_is_refused(self):
        for words in [], ["guess"], ["predict"], ["predict", "--format", "json", "-"]:
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertIn("usage:", done.stderr)
        for words in ([], ["--sizes", "0"], ["--sizes", "5,1"], ["--budget-per-min", "-1"],
                      ["--budget-per-min", "1000001"], ["--format", "x"], ["more"]):
            done = run("cache", *(["--trace", "-"] if words else []), *words, text=CSV)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)

    def test_cache_prints_every_policy_and_size(self):
        done = run("cache", "--trace", "-", "--sizes", "2.5,5,10", "--budget-per-min", "1", text=CSV)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = figures(done)
        self.assertEqual((printed["requests"], printed["objects"], printed["capacity_5"]), ("80", "42", "2"))
        for policy in POLICIES:
            for size in "2.5", "5", "10":
                self.assertRegex(printed[f"hit_{policy}_{size}"], r"^[01]\.\d{4}$")
        self.assertEqual(len(printed), 4 + 3 + 3 * len(POLICIES))
        # LRU of two has lost a by its turn; MIN lets pass by what is new; one place holds one of both.
        self.assertEqual([printed[f"hit_{p}_5"] for p in ("lru", "belady")], ["0.0000", "0.5000"])
        self.assertEqual([printed[f"hit_{p}_2.5"] for p in ("belady", "clairvoyant")], ["0.2500", "0.5000"])

    def test_bad_lines_are_counted_and_the_first_is_named(self):
        done = run("cache", "--trace", "-", text="t,obj\n1,a\nx,a\n2\n3,a\n")
        self.assertEqual((done.returncode, figures(done)["bad_lines"]), (0, "2"))
        self.assertIn("-:3: the first of 2 bad lines", done.stderr)

    def test_what_cannot_be_read_is_refused_by_line(self):
        for text, why in [("t,obj\n1,a\n2,\"b\"\n", "-:3: quoted"), ("time,obj\n1,a\n", "-:1: no header"),
                          ("", "-: no line is a request"), ("t,obj\n", "-: no line is a request")]:
            done = run("cache", "--trace", "-", text=text)
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertIn(why, done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            done = run("cache", "--trace", os.path.join(folder, "none"))
            self.assertEqual(done.returncode, 1)
            self.assertIn("No such file", done.stderr)

    def test_both_read_what_the_workload_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            history = pathlib.Path(folder) / "history.txt"
            subprocess.run([WORKLOAD, "--seed", "1", "--history", history], check=True,
                           stdout=subprocess.DEVNULL, timeout=30)
            cache = figures(run("cache", "--trace", history))
            predict = figures(run("predict", history))
        self.assertEqual(cache["requests"], predict["requests"])
        self.assertEqual(cache["objects"], predict["resources"])
        self.assertGreaterEqual(float(cache["hit_belady_5"]), float(cache["hit_arc_5"]))
        self.assertGreater(float(predict["hit_ratio_expected"]), 0.0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
