# SPDX-License-Identifier: BSD-3-Clause
"""The real cards' settings are whole and within budget, what is wrong with them is seen, and
bitstreams/build says what it would do."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["PS_SOURCE"])
CARDS = ("u50", "u55c", "u200", "u250")
KERNELS = ("scale", "h264enc", "mark")


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          **more)


def check_with(name, old, new):
    """bitstreams/check over a copy in which one text is another."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        shutil.copytree(ROOT / "bitstreams", copy / "bitstreams")
        (copy / "kernels/abi").mkdir(parents=True)
        shutil.copy(ROOT / "kernels/abi/arguments.def", copy / "kernels/abi")
        path = copy / name
        text = path.read_text()
        assert old in text, f"{name} has no {old}"
        path.write_text(text.replace(old, new, 1))
        return run(sys.executable, ROOT / "bitstreams/check", copy)


def build(*arguments, path=None):
    environment = dict(os.environ)
    if path is not None:
        environment["PATH"] = path
    return run(shutil.which("bash"), ROOT / "bitstreams/build", *arguments, env=environment)


class RealCards(unittest.TestCase):
    def test_all_cards_are_whole_and_within_budget(self):
        result = run(sys.executable, ROOT / "bitstreams/check")
        self.assertEqual(result.returncode, 0, result.stdout)
        for card in CARDS:
            self.assertIn(f"card={card} place=card", result.stdout)

    def test_what_is_wrong_is_seen(self):
        cfg = "bitstreams/u50/u50.cfg"
        wrong = [
            (cfg, "sp=scale_1.dst3:HBM[0:7]\n", "", "scale_1.dst3 has 0 memories"),
            (cfg, "sp=scale_1.dst3:", "sp=scale_1.dst9:", "no port scale_1.dst9"),
            (cfg, "sp=mark_1.src:", "sp=mark_2.src:", "no port mark_2.src"),
            (cfg, "nk=mark:1:mark_1", "nk=marks:1:mark_1", "no kernel marks"),
            (cfg, "nk=mark:1:mark_1", "nk=mark:2:mark_1", "2 units, 1 names"),
            (cfg, "slr=mark_1:SLR1\n", "", "mark_1 has no die"),
            (cfg, "slr=mark_1:SLR1", "slr=mark_1:SLR2", "not on this card"),
            (cfg, "nk=h264enc:1:h264enc_1", "nk=h264enc:2:h264enc_1.h264enc_2", "uram"),
            (cfg, "[connectivity]", "[connectivty]", "not understood"),
            ("kernels/abi/arguments.def", "PSK_OUT(dst0)", "PSK_OUT(first)", "scale_1.first has 0"),
            ("bitstreams/budget.conf", "cu scale    35000", "cu scale   350000", "lut"),
            ("bitstreams/budget.conf", "card u50 ", "card u51 ", "no such card"),
        ]
        for name, old, new, words in wrong:
            with self.subTest(words=words, new=new):
                result = check_with(name, old, new)
                self.assertEqual(result.returncode, 1)
                complaints = [l for l in result.stdout.splitlines() if not l.startswith("card=")]
                self.assertTrue(any(words in line for line in complaints), result.stdout)

    def test_the_build_says_what_it_would_run(self):
        for card in CARDS:
            with tempfile.TemporaryDirectory() as folder:
                out = pathlib.Path(folder, "out")
                result = build("--dry-run", "--out", out, "--mhz", "200", card)
                self.assertFalse(out.exists())
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = result.stdout.splitlines()
            compiles = [line for line in lines if line.startswith("v++ -c")]
            self.assertEqual(re.findall(r"-k (\w+)", " ".join(compiles)), list(KERNELS))
            self.assertIn(f"--config bitstreams/{card}/{card}.cfg", lines[-1])
            self.assertTrue(all(f"--platform xilinx_{card}_" in x and "--kernel_frequency 200" in x
                                for x in compiles + [lines[-1]]))
            for source in re.findall(r"kernels/\S+\.c", result.stdout):
                self.assertTrue((ROOT / source).is_file(), source)
                self.assertNotIn("_ref", source)

    def test_what_it_would_compile_does_compile_under_the_kernels_name(self):
        for line in build("--dry-run", "u50").stdout.splitlines():
            if line.startswith("v++ -c"):
                words = line.split()
                name = words[words.index("-k") + 1]
                for source in re.findall(r"kernels/\S+\.c", line):
                    with tempfile.TemporaryDirectory() as folder:
                        out = pathlib.Path(folder, "out.o")
                        result = run("cc", "-c", f"-Dpsk_{name}={name}", "-I.", "-o", out, source,
                                     "-Wno-unknown-pragmas", cwd=ROOT)
                        self.assertEqual(result.returncode, 0, result.stderr)
                        if source == f"kernels/{name}/{name}.c":
                            self.assertRegex(run("nm", out).stdout, rf" T {name}\n")

    def test_wrong_usage_and_a_missing_compiler_are_told_apart(self):
        self.assertEqual(build("--help").returncode, 0)
        for arguments in ([], ["u51"], ["--target", "sw", "u50"], ["--mhz", "fast", "u50"],
                          ["--mhz"], ["--wrong", "u50"], ["u50", "u250"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(build("--dry-run", *arguments).returncode, 2)
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("dirname", "sed"):
                os.symlink(shutil.which(tool), pathlib.Path(folder, tool))
            result = build("u50", path=folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("v++ is not in PATH", result.stderr)


if __name__ == "__main__":
    unittest.main()
