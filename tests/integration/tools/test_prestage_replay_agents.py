#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Agents of a trace's viewers, and liars among them. Usage: test_prestage_replay_agents.py PRESTAGE_REPLAY"""
import os
import subprocess
import sys
import tempfile
import unittest

REPLAY = sys.argv[1]
VOICES = ["", "_honest", "_agents", "_liars"]


def run(*words):
    return subprocess.run([REPLAY, *words], capture_output=True, text=True, timeout=300)


def figures(done):
    return dict(line.split("=") for line in done.stdout.splitlines())


def is_kept(done):
    """Agents help, liars among them cost little, and alone they do no harm. In shares of the skill."""
    skill = {who: float(figures(done)[f"skill_5m{who}"]) for who in VOICES}
    return (skill["_agents"] > skill[""] + 0.02 and skill["_agents"] > skill["_honest"] - 0.01 and
            skill["_liars"] > skill[""] - 0.005), skill


class Agents(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.trace = os.path.join(self.folder.name, "t")
        made = run("generate", "--quiet", "--trace", self.trace, "--days", "1", "--media", "150", "--users", "300",
                   "--requests", "9000", "--crowds", "0")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.agents = ["--trace", self.trace, "--agents", "30", "--liars", "20"]

    def tearDown(self):
        self.folder.cleanup()

    def test_agents_help_and_liars_do_not_harm_as_long_as_they_are_judged(self):
        judged = run("predict", "--baselines", "none", *self.agents)
        by_their_word = run("predict", "--baselines", "none", "--without", "trust", *self.agents)
        for done in judged, by_their_word:
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(is_kept(judged)[0], is_kept(judged))
        self.assertFalse(is_kept(by_their_word)[0], is_kept(by_their_word))

    def test_buffers_are_run_with_them(self):
        done = run("cache", "--sizes", "5", "--policies", "ours", *self.agents)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for who in VOICES:
            self.assertIn(f"hit_ours{who}_5", figures(done))

    def test_shares_that_are_none_are_refused(self):
        for words in ["--agents", "101"], ["--liars", "-1"], ["--agents-seed", "x"]:
            self.assertEqual(run("predict", "--trace", self.trace, *words).returncode, 2, words)


unittest.main(argv=sys.argv[:1])
