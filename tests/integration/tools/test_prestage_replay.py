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
HORIZONS = ["5m", "15m", "60m"]
BASELINES = ["base", "ewma", "ewma_isotonic", "hawkes", "ftrl", "xgboost"]
POLICIES = ["lru", "fifo", "arc", "s3fifo", "sieve", "belady", "clairvoyant"]
# a and b by turns, a minute apart, and something new each time in between.
CSV = "t,obj,user\n" + "".join(f"{60 * i},{'ab'[i % 2]},u\n{60 * i + 1},new-{i},u\n" for i in range(40))


def run(*words, text=None):
    return subprocess.run([REPLAY, *words], input=text or "", capture_output=True, text=True, timeout=300)


def figures(done):
    return dict(line.split("=") for line in done.stdout.splitlines())


class Replay(unittest.TestCase):
    def test_help_names_the_subcommands_and_each_has_its_own(self):
        self.assertIn("predict", run("--help").stdout)
        self.assertIn("cache", run("--help").stdout)
        self.assertIn("--shuffle", run("predict", "--help").stdout)
        self.assertIn("--budget-per-min", run("cache", "--help").stdout)

    def test_wrong_usage_is_refused(self):
        for words in [], ["guess"]:
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertIn("usage:", done.stderr)
        for words in ([], ["--sizes", "0"], ["--sizes", "5,1"], ["--budget-per-min", "-1"],
                      ["--budget-per-min", "1000001"], ["--format", "x"], ["more"],
                      ["--policies", ""], ["--policies", "lru,"], ["--policies", "guess"], ["--without", "guess"]):
            done = run("cache", *(["--trace", "-"] if words else []), *words, text=CSV)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
        for words in ([], ["-"], ["--trace"], ["--trace", "-", "--format", "json"], ["--trace", "-", "more"],
                      ["--trace", "-", "--baselines", "guess"]):
            done = run("predict", *words, text=CSV)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("usage:", done.stderr)

    def test_cache_prints_every_policy_and_size(self):
        done = run("cache", "--trace", "-", "--sizes", "2.5,5,10", "--budget-per-min", "1", text=CSV)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = figures(done)
        self.assertEqual((printed["requests"], printed["objects"], printed["capacity_5"]), ("80", "42", "2"))
        for policy in POLICIES:
            for size in "2.5", "5", "10":
                self.assertRegex(printed[f"hit_{policy}_{size}"], r"^[01]\.\d{4}$")
                if policy in ("belady", "clairvoyant") and printed[f"hit_{policy}_{size}"] != "0.0000":
                    self.assertRegex(printed[f"share_of_{policy}_ours_{size}"], r"^\d+\.\d{4}$")
        for size in "2.5", "5", "10":
            self.assertRegex(printed[f"hit_ours_{size}"], r"^[01]\.\d{4}$")
            self.assertRegex(printed[f"staged_ours_{size}"], r"^\d+$")
            self.assertRegex(printed[f"used_ours_{size}"], r"^[01]\.\d{4}$")
        self.assertEqual(len(printed), 4 + 3 + 3 * len(POLICIES) + 3 * 5)
        # LRU of two has lost a by its turn; MIN lets pass by what is new; one place holds one of both.
        self.assertEqual([printed[f"hit_{p}_5"] for p in ("lru", "belady")], ["0.0000", "0.5000"])
        self.assertEqual([printed[f"hit_{p}_2.5"] for p in ("belady", "clairvoyant")], ["0.2500", "0.5000"])

    def test_cache_runs_ours_by_hints_and_an_oracle_by_rates(self):
        with tempfile.TemporaryDirectory() as folder:
            trace, rates, hints = (os.path.join(folder, name) for name in ("t", "r", "h"))
            made = run("generate", "--days", "1", "--media", "200", "--users", "200", "--requests", "10000",
                       "--quiet", "--trace", trace, "--rates", rates, "--hints", hints)
            self.assertEqual(made.returncode, 0, made.stderr)
            cache = "cache", "--trace", trace, "--sizes", "5", "--policies", "ours,lru,belady"
            done = run(*cache, "--rates", rates, "--hints", hints)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            blind = run(*cache, "--without", "counts-long,sequels,looks,category,hours,age,siblings,trend")
            self.assertEqual((blind.returncode, blind.stderr), (0, ""))
            broken = run(*cache, "--rates", trace)
            self.assertEqual(broken.returncode, 1)
        printed, without = figures(done), figures(blind)
        self.assertNotIn("hit_arc_5", printed)
        self.assertNotIn("share_of_clairvoyant_ours_5", printed)
        self.assertNotIn("hit_oracle_5", without)
        for who in "ours", "ours_hints", "oracle":
            self.assertEqual({f"{key}_{who}_5" for key in ("hit", "share_of_belady", "staged", "used")} - set(printed), set())
            self.assertLessEqual(int(printed[f"staged_{who}_5"]), 24 * 60 * 10 + 10)
        self.assertEqual(without["hit_lru_5"], printed["hit_lru_5"])
        self.assertGreater(float(printed["hit_ours_5"]), float(printed["hit_lru_5"]))
        self.assertNotEqual(*([who[f"{key}_ours_5"] for key in ("hit", "staged", "used")] for who in (without, printed)))

    def test_curves_are_judged_beside_blind_ones_and_true_rates(self):
        with tempfile.TemporaryDirectory() as folder:
            trace, rates, hints = (os.path.join(folder, name) for name in ("t", "r", "h"))
            made = run("generate", "--days", "1", "--media", "200", "--users", "200", "--requests", "10000",
                       "--quiet", "--trace", trace, "--rates", rates, "--hints", hints)
            self.assertEqual(made.returncode, 0, made.stderr)
            done = run("curves", "--trace", trace, "--rates", rates, "--hints", hints)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            curve = pathlib.Path(folder) / "curve.csv"
            again = run("curves", "--trace", trace, "--rates", rates, "--hints", hints, "--curve", curve)
            self.assertEqual(done.stdout, again.stdout)
            rows = [line.split(",") for line in curve.read_text().splitlines()]
            self.assertEqual(rows[0][:4], ["start_s", "actual", "expected", "q05"])
            self.assertGreater(len(rows), 200)
            self.assertTrue(all(float(a[0]) + 300 == float(b[0]) for a, b in zip(rows[1:], rows[2:])))
            broken = run("curves", "--trace", trace, "--rates", trace)
            self.assertEqual((broken.returncode, broken.stdout), (1, ""))
            self.assertIn("not t,obj,rate", broken.stderr)
        printed = {key: value if key.startswith("best") else float(value) for key, value in figures(done).items()}
        for kind in "total", "class":
            for horizon in "5m", "15m", "60m":
                name = f"{kind}_{horizon}"
                self.assertAlmostEqual(printed[f"mase_{name}"],
                                       printed[f"wape_{name}"] / printed[f"wape_{name}_persistence"], delta=0.002)
                self.assertEqual(printed[f"wape_{name}_best_single"],
                                 printed[f"expert_{name}_{printed[f'best_single_{name}']}"])
                self.assertLess(printed[f"mase_{name}"], 1.0)
                self.assertGreater(printed[f"mase_{name}"], 0.95 * printed[f"mase_{name}_floor"])
                self.assertLess(printed[f"over_best_single_{name}"], 1.1)
            self.assertLess(printed[f"cover_{kind}_5m_worst"], 0.05)
        for horizon in "5m", "15m", "60m":
            self.assertGreater(printed[f"wape_sparse_{horizon}_over_floor"], 1.0)
            self.assertAlmostEqual(printed[f"cover_part_{horizon}_p90"], 0.9, delta=0.04)
            self.assertAlmostEqual(printed[f"cover_part_{horizon}_p50"], 0.5, delta=0.06)

    def test_curves_refuse_wrong_usage_and_too_little(self):
        for words in [], ["--trace"], ["--trace", "-", "more"], ["--trace", "-", "--format", "x"]:
            done = run("curves", *words, text=CSV)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
        done = run("curves", "--trace", "-", text="t,obj\n1,a\n2,a\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("too short", done.stderr)

    def test_bad_lines_are_counted_and_the_first_is_named(self):
        for command in "cache", "predict":
            done = run(command, "--trace", "-", text="t,obj\n1,a\nx,a\n2\n3,a\n")
            self.assertEqual((done.returncode, figures(done)["bad_lines"]), (0, "2"))
            self.assertIn("-:3: the first of 2 bad lines", done.stderr)

    def test_what_cannot_be_read_is_refused_by_line(self):
        for command in "cache", "predict":
            for text, why in [("t,obj\n1,a\n2,\"b\"\n", "-:3: quoted"), ("time,obj\n1,a\n", "-:1: no header"),
                              ("t,obj,cat,cat\n1,a,1,1\n", "-:1: no header"),
                              ("", "-: no line is a request"), ("t,obj\n", "-: no line is a request")]:
                done = run(command, "--trace", "-", text=text)
                self.assertEqual((done.returncode, done.stdout), (1, ""), text)
                self.assertIn(why, done.stderr)
            with tempfile.TemporaryDirectory() as folder:
                done = run(command, "--trace", os.path.join(folder, "none"))
                self.assertEqual(done.returncode, 1)
                self.assertIn("No such file", done.stderr)

    def test_hints_that_cannot_be_read_are_refused_by_line(self):
        with tempfile.TemporaryDirectory() as folder:
            hints = pathlib.Path(folder) / "hints.csv"
            for text, why in [("", "no header"), ("emit_t,due_t\n1,2\n", ":1: no header"),
                              ("emit_t,due_t,obj\n1,2,\"a\"\n", ":2: quoted")]:
                hints.write_text(text)
                done = run("predict", "--trace", "-", "--hints", hints, text=CSV)
                self.assertEqual((done.returncode, done.stdout), (1, ""), text)
                self.assertIn(why, done.stderr)
            hints.write_text("emit_t,due_t,obj,device,user\n1,2,a,1,u\n1,2,a,256,u\n")
            done = run("predict", "--trace", "-", "--hints", hints, text=CSV)
            self.assertEqual((done.returncode, figures(done)["hints"], figures(done)["hints_bad_lines"]),
                             (0, "1", "1"))
            self.assertIn(":3: the first of 1 bad lines", done.stderr)

    def test_predict_judges_ours_and_the_baselines_on_a_made_up_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            trace, hints, bins = (pathlib.Path(folder) / name for name in ("t.csv", "h.csv", "bins.csv"))
            made = run("generate", "--quiet", "--trace", trace, "--hints", hints, "--days", "1", "--media", "200",
                       "--users", "300", "--requests", "8000")
            self.assertEqual(made.returncode, 0)
            words = ["predict", "--trace", trace, "--hints", hints]
            done = run(*words, "--calibration", bins)
            again = run(*words)
            shuffled = figures(run(*words, "--shuffle", "--baselines", "none"))
            lines = bins.read_text().splitlines()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, again.stdout)
        printed = figures(done)
        self.assertEqual(printed["bad_lines"], "0")
        self.assertGreater(int(printed["rows"]), 10000)
        names = [f"{what}_{h}{p05}" for h in HORIZONS for what, p05 in
                 (("logloss", ""), ("brier", ""), ("ece", ""), ("ece", "_p05"))]
        there = [b for b in BASELINES if printed.get(b) != "absent"]
        for name in names + ["precision_at_10pct", "recall_at_10pct", "base_rate"] + \
                [f"logloss_5m_{b}" for b in there] + [f"ece_5m_p05_{b}" for b in there]:
            self.assertRegex(printed[name], r"^\d\.\d{4}$", name)
        # Who learns beats who says the same of all; the bins hold every row once, and give the same error.
        for name in [""] + [f"_{b}" for b in there if b not in ("base", "ewma")]:
            self.assertLess(float(printed[f"logloss_5m{name}"]), float(printed["logloss_5m_base"]), name)
        self.assertEqual(lines[0], "horizon,said,happened,rows")
        table = [line.split(",") for line in lines[1:]]
        for horizon, name in zip(HORIZONS, ("rows", "rows_15m", "rows_60m")):
            mine = [(float(said), float(happened), int(rows)) for h, said, happened, rows in table if h == horizon]
            total = sum(rows for _, _, rows in mine)
            self.assertEqual(total, int(printed[name]))
            error = sum(abs(said - happened) * rows for said, happened, rows in mine) / total
            self.assertAlmostEqual(error, float(printed[f"ece_{horizon}"]), places=3)
        # A prediction handed to another object is worth nothing.
        self.assertGreater(float(shuffled["logloss_5m"]), float(printed["logloss_5m_base"]))
        self.assertLess(float(shuffled["recall_at_10pct"]), 0.2)
        self.assertGreater(float(printed["recall_at_10pct"]), 0.3)

    def test_predict_lives_through_clocks_that_jump(self):
        lines = CSV.splitlines()
        text = "\n".join(lines + ["9999999999,far,u", "9999999999,far,u"] + lines[1:]) + "\n"
        done = run("predict", "--trace", "-", text=text)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertGreater(int(figures(done)["ticks_left_out"]), 10000000)

    def test_a_web_servers_log_is_read(self):
        lines = [f'h{i % 3} - - [01/Aug/1995:00:{i // 60:02}:{i % 60:02} -0400] "GET /{name}.gif HTTP/1.0" 200 1839\n'
                 for i, name in enumerate("abacadaeabacadaeabacadae")]
        for words in [], ["--format", "common"]:
            done = run("cache", "--trace", "-", *words, text="".join(lines) + "torn\n")
            printed = figures(done)
            self.assertEqual((printed["requests"], printed["objects"], printed["bad_lines"]), ("24", "5", "1"))
            self.assertIn("-:25: the first of 1 bad lines", done.stderr)

    def test_both_read_what_the_workload_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            history = pathlib.Path(folder) / "history.txt"
            subprocess.run([WORKLOAD, "--seed", "1", "--history", history], check=True,
                           stdout=subprocess.DEVNULL, timeout=30)
            cache = figures(run("cache", "--trace", history))
            predict = figures(run("predict", "--trace", history, "--baselines", "base,ewma"))
        self.assertEqual(cache["requests"], predict["requests"])
        self.assertEqual(cache["objects"], predict["objects"])
        self.assertGreaterEqual(float(cache["hit_belady_5"]), float(cache["hit_arc_5"]))
        self.assertGreater(float(predict["recall_at_10pct"]), 0.1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
