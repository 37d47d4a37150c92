#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""prestage-mark from end to end on a real clip. Usage: test_prestage_mark.py PRESTAGE_MARK DATA"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

MARK, DATA = sys.argv[1:3]
CLIP = pathlib.Path(DATA, "clips/mdn_frog.mp4")  # 8 s
KEY = ["--key", "0123456789abcdef"]
SEGMENTS, SENT = 9, "ABBABAABA"  # of one second; the last one is short


def run(*words):
    return subprocess.run([MARK, *map(str, words)], capture_output=True, text=True, timeout=300)


class Mark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.marked = pathlib.Path(cls.folder.name, "marked.mp4")
        done = run("embed", CLIP, cls.marked, *KEY, "--pattern", SENT, "--segment", 1, "--size", "320x180",
                   "--qp", 28, "--effort", 0, "--quiet")
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return pathlib.Path(self.folder.name, name)

    def read(self, file, *words):
        done = run("read", file, "--segment", 1, "--json", "--quiet", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def bits(self, said):
        return "".join(segment["bit"] for segment in said["segments"])

    def test_what_was_embedded_is_read(self):
        said = self.read(self.marked, *KEY)
        self.assertTrue(said["alignment"]["sure"])
        self.assertEqual(self.bits(said), SENT)
        self.assertEqual([segment["segment"] for segment in said["segments"]], list(range(SEGMENTS)))
        for segment in said["segments"][:8]:
            self.assertGreater(abs(segment["z"]), 2, segment)

    def test_another_key_reads_nothing(self):
        said = self.read(self.marked, "--key", "fedcba9876543210", "--search", "none")
        self.assertFalse(said["alignment"]["sure"])
        for segment in said["segments"]:
            self.assertLess(abs(segment["z"]), 4.5, segment)
            self.assertEqual(segment["confidence"], .5)

    def test_unmarked_pictures_read_nothing(self):
        said = self.read(CLIP, *KEY, "--search", "none")
        self.assertFalse(said["alignment"]["sure"])

    @unittest.skipUnless(shutil.which("ffmpeg"), "no ffmpeg")
    def test_trimmed_cropped_scaled_and_slower_is_read(self):
        changed = self.path("changed.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", "1", "-i", self.marked, "-vf",
                        "crop=304:170:10:4,scale=426:240", "-r", "24", "-c:v", "libx264", "-preset", "veryfast",
                        "-b:v", "600k", changed], check=True, timeout=120)
        said = self.read(changed, *KEY, "--fps", 30, "--starts", 20)
        self.assertTrue(said["alignment"]["sure"])
        self.assertEqual(said["alignment"]["first_segment"], 1)
        self.assertAlmostEqual(said["alignment"]["left"], 10 / 320, delta=.02)
        self.assertAlmostEqual(said["alignment"]["width"], .95, delta=.02)
        wrong = sum(a != b for a, b in zip(self.bits(said), SENT[1:8]))
        self.assertLessEqual(wrong, 1)

    def test_text_says_the_same(self):
        done = run("read", self.marked, "--segment", 1, *KEY)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith("aligned=yes tries=1 "), lines[0])
        self.assertTrue(lines[1].startswith("segment=0 bit=A z="), lines[1])

    def test_a_key_is_made_of_secret_and_title(self):
        secret = self.path("mark.secret")
        secret.write_bytes(struct.pack("<Q", 0x1122334455667788))
        out = self.path("by-secret.mp4")
        key = ["--secret-file", secret, "--media", "frog"]
        done = run("embed", CLIP, out, *key, "--pattern", "AB", "--segment", 4, "--size", "160x90", "--effort", 0,
                   "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run("read", out, *key, "--segment", 4, "--json", "--quiet", "--search", "none")
        self.assertEqual(self.bits(json.loads(done.stdout))[:2], "AB")

    def test_a_viewer_is_named_with_evidence(self):
        book, out = self.path("book"), self.path("viewer.mp4")
        done = run("codes", *KEY, "--viewers", 5, "--segments", 8, "--colluders", 1, "--out", book)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.stat(book).st_mode & 0o777, 0o600)
        word = dict(line.split() for line in book.read_text().splitlines()[6:])["3"]
        pattern = "".join("BA"[int(bit)] for bit in f"{int(word, 16):08b}")
        done = run("embed", CLIP, out, *KEY, "--pattern", pattern, "--segment", 1, "--size", "320x180", "--effort", 0,
                   "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = self.read(out, *KEY, "--codes", book)["suspects"]
        self.assertEqual((said["viewers"], said["segments_used"]), (5, 8))
        self.assertEqual(said["highest"][0]["viewer"], "3")
        self.assertGreater(said["highest"][0]["score"], said["highest"][1]["score"] + 1)
        # Eight bits are 2.4 decimal digits: too few for one in a million, and it is not claimed.
        self.assertEqual(said["candidates"], 0)
        self.assertFalse(said["highest"][0]["candidate"])
        self.assertEqual(said["false_accusation_max"], 1e-6)
        self.assertIn("human", said["notice"])

    def test_the_same_key_makes_the_same_book_and_none_is_overwritten(self):
        book = self.path("again")
        words = ["codes", *KEY, "--viewers", 3, "--segments", 40]
        self.assertEqual(run(*words, "--out", book).returncode, 0)
        self.assertEqual(run(*words).stdout, book.read_text())
        self.assertNotEqual(run("codes", "--key", "1", *words[3:]).stdout, book.read_text())
        done = run(*words, "--out", book)
        self.assertEqual(done.returncode, 1)
        self.assertIn("exists", done.stderr)

    def test_a_broken_book_is_refused_with_its_line(self):
        book = self.path("broken")
        done = run("codes", *KEY, "--viewers", 2, "--segments", 8)
        book.write_text(done.stdout.replace("\n2 ", "\n2  "))
        done = run("read", self.marked, "--segment", 1, *KEY, "--codes", book)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("broken:8: ", done.stderr)
        book.write_text("\n".join(book.read_text().splitlines()[:7]) + "\n")
        done = run("read", self.marked, "--segment", 1, *KEY, "--codes", book)
        self.assertIn("2 were announced", done.stderr)

    def test_wrong_usage_is_refused(self):
        for words in ([], ["guess"], ["read"], ["read", self.marked], ["read", self.marked, "--key", "xyz"],
                      ["read", self.marked, *KEY, "--media", "a"], ["read", self.marked, *KEY, "--segment", "0"],
                      ["read", self.marked, *KEY, "--fps", "0"], ["read", self.marked, *KEY, "--search", "hard"],
                      ["read", self.marked, "--secret-file", CLIP, "--media", "a"],
                      ["embed", CLIP, "x.mp4", *KEY], ["embed", CLIP, "x.mp4", *KEY, "--pattern", "AC"],
                      ["embed", CLIP, "x.mp4", *KEY, "--pattern", "A", "--size", "3x2"],
                      ["codes", *KEY], ["codes", *KEY, "--viewers", "0"],
                      ["codes", *KEY, "--viewers", "1", "--colluders", "33"]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertNotEqual(done.stderr, "")

    def test_what_cannot_be_read_or_written_is_said(self):
        for words, why in ((["read", "/nowhere.mp4", *KEY], "No such file"),
                           (["read", pathlib.Path(DATA, "clips/README.md"), *KEY], "no video"),
                           (["embed", "/nowhere.mp4", "x.mp4", *KEY, "--pattern", "A"], "No such file"),
                           (["embed", CLIP, "/nowhere/x.mp4", *KEY, "--pattern", "A"], "No such file"),
                           (["embed", CLIP, self.path("x.mp4"), *KEY, "--pattern", "A", "--size", "1920x1080"],
                            "size")):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertIn(why, done.stderr)

    def test_help_names_the_commands(self):
        self.assertIn("embed", run("--help").stdout)
        for command in "read", "embed", "codes":
            self.assertIn("--secret-file", run(command, "--help").stdout)


unittest.main(argv=sys.argv[:1])
