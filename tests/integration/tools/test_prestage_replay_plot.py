#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pictures that prestage-replay draws. Usage: test_prestage_replay_plot.py PRESTAGE_REPLAY"""
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zlib

REPLAY = sys.argv[1]
BINS = "horizon,said,happened,rows\n" + "".join(
    f"{h},{i / 10},{i / 10},{10 ** (6 - i // 2)}\n" for h in ("5m", "15m", "60m") for i in range(11))
CURVE = "start_s,actual,expected,q10,q25,q75,q90\n" + "".join(
    f"{1700006400 + 300 * i},{i % 7},3,1,2,4,5\n" for i in range(300))
HITS = "requests=9\n" + "".join(f"hit_{p}_{s}={s / 20 + len(p) / 40:.4f}\n"
                                for p in ("ours", "lru", "belady", "strange_one") for s in (1, 5, 10))
INPUTS = {"calibration": BINS, "curves": CURVE, "hits": HITS}


def plot(*words, text=""):
    return subprocess.run([REPLAY, "plot", *words], input=text, capture_output=True, text=True, timeout=50)


def read_png(path):
    """Width, height and the rows of RGB bytes, as libpng filtered them; every chunk's sum is checked."""
    data, at, chunks = path.read_bytes(), 8, []
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        at += 12 + length
    assert chunks[0][0] == b"IHDR" and chunks[-1][0] == b"IEND"
    width, height = struct.unpack(">II", chunks[0][1][:8])
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(pixels) == height * (1 + 3 * width)
    return width, height, pixels


class Plot(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def draw(self, picture, ending, *words, text=None):
        output = self.path / f"{picture}.{ending}"
        done = plot(picture, "--input", "-", "--output", output, *words, text=text or INPUTS[picture])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return output

    def test_each_picture_is_a_whole_png(self):
        for picture in INPUTS:
            width, height, pixels = read_png(self.draw(picture, "png"))
            self.assertGreater(width, 800)
            self.assertGreater(height, 800)
            self.assertGreater(len(set(pixels)), 50, "something is drawn")

    def test_each_picture_is_a_well_formed_svg(self):
        for picture in INPUTS:
            path = self.draw(picture, "svg")
            root = xml.etree.ElementTree.parse(path).getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
            self.assertGreater(len(list(root.iter("{http://www.w3.org/2000/svg}path"))), 20)
            if shutil.which("xmllint"):
                subprocess.run(["xmllint", "--noout", "--nonet", path], check=True, timeout=20)

    def test_the_same_figures_draw_the_same_bytes(self):
        for picture in INPUTS:
            for ending in "png", "svg":
                once = self.draw(picture, ending).read_bytes()
                self.assertEqual(once, self.draw(picture, ending).read_bytes())

    def test_the_trace_is_named_in_the_title(self):
        named = [self.draw("hits", "svg", "--trace", name).read_bytes() for name in ("one", "other")]
        self.assertNotEqual(*named)
        folder = self.path / "of.a.folder"
        folder.mkdir()
        (folder / "one.txt").write_text(HITS)
        by_name = self.path / "by-name.svg"
        self.assertEqual(plot("hits", "--input", folder / "one.txt", "--output", by_name).returncode, 0)
        self.assertEqual(by_name.read_bytes(), named[0])

    def test_one_figure_is_enough(self):
        for picture in INPUTS:
            few = "".join(INPUTS[picture].splitlines(keepends=True)[:2])
            self.draw(picture, "png", text=few)
        self.draw("hits", "svg", text="hit_lru_5=0\n")

    def test_bad_input_is_refused_by_line_and_draws_nothing(self):
        output = self.path / "none.svg"
        horizons = "horizon,said,happened,rows\n" + "".join(f"{i},0,0,1\n" for i in range(5))
        policies = "".join(f"hit_p{i}_1=0\n" for i in range(17))
        for picture, text, why in [("calibration", BINS + "5m,2,0,1\n", "-:35: said is not from 0 to 1: 2"),
                                   ("calibration", horizons, "-: more than 4 horizons"),
                                   ("curves", CURVE + "1,1,1,1,1,1,1\n", "-:302: start_s does not rise"),
                                   ("hits", HITS + "hit_lru_x=1\n", "-:14: the size is not a number: x"),
                                   ("hits", policies, "-: more than 16 policies")]:
            done = plot(picture, "--input", "-", "--output", output, text=text)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr, f"prestage-replay: {why}\n")
            self.assertFalse(output.exists())

    def test_what_cannot_be_opened_is_named(self):
        done = plot("hits", "--input", self.path / "none.txt", "--output", self.path / "a.svg")
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"prestage-replay: {self.path}/none.txt: No such file or directory\n"))
        done = plot("hits", "--input", "-", "--output", self.path / "none/a.svg", text=HITS)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"prestage-replay: {self.path}/none/a.svg: No such file or directory\n"))

    def test_a_full_disk_is_told_and_leaves_nothing(self):
        for ending in "png", "svg":
            link = self.path / f"full.{ending}"
            link.symlink_to("/dev/full")
            done = plot("hits", "--input", "-", "--output", link, text=HITS)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Input/output error", done.stderr)
            self.assertFalse(link.is_symlink())

    def test_wrong_usage_is_refused(self):
        good = ["--input", "-", "--output", self.path / "a.svg"]
        for words in ([], good, ["hits"], ["hits", "--input", "-"], ["hits", "--output", self.path / "a.svg"],
                      ["pie", *good], ["hits", "hits", *good], ["hits", *good, "--colour", "red"],
                      ["hits", *good, "--trace", "x" * 101],
                      ["hits", "--input", "-", "--output", self.path / "a.gif"],
                      ["hits", "--input", "-", "--output", self.path / "svg"]):
            done = plot(*words, text=HITS)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("usage:", done.stderr)
        self.assertIn("--trace", plot("--help").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
