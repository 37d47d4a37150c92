#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""prestagectl against a server with made-up answers. Usage: test_prestagectl.py PRESTAGECTL SERVER"""
import json
import os
import pathlib
import pty
import subprocess
import sys
import unittest

from served import Served

PRESTAGECTL, SERVER = sys.argv[1:3]
OK, REFUSED, USAGE, NO_DAEMON = range(4)


class Prestagectl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.served = Served(SERVER).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.served.__exit__()

    def run_it(self, *words, status=OK, socket=None):
        done = subprocess.run([PRESTAGECTL, "--socket", socket or self.served.socket, *words],
                              capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done.stdout if status == OK else done.stderr

    def test_status_has_units_groups_and_lists(self):
        lines = [line.split() for line in self.run_it("status").splitlines()]
        self.assertIn(["uptime", "90.50", "s"], lines)
        self.assertIn(["emulated", "yes"], lines)
        self.assertIn(["tier:"], lines)
        self.assertIn(["hit", "share", "87.5", "%"], lines)
        self.assertIn(["dram", "64.0", "MiB"], lines)
        self.assertIn(["turn", "count", "-"], lines)  # the daemon did not say
        self.assertIn(["no", "NIC", "feed"], lines)

    def test_terminal_commands_in_names_are_defused(self):
        out = self.run_it("status")
        self.assertNotIn("\033", out)
        self.assertIn("esc?[2Jape\ufffd", out)

    def test_tables_are_aligned(self):
        lines = self.run_it("predictions").splitlines()
        self.assertEqual(len(lines), 4)
        column = lines[0].index("profile")
        for line in lines[1:]:
            self.assertEqual(line.index("mobile-360p"), column)
        self.assertIn("50.0 %", lines[1])

    def test_parameters_are_passed(self):
        self.assertEqual(len(self.run_it("predictions", "limit=2").splitlines()), 3)
        self.assertIn("`limit` must be u64 of at most 4096",
                      self.run_it("predictions", "limit=x", status=REFUSED))
        self.assertIn("no parameter `lmit`", self.run_it("predictions", "lmit=2", status=REFUSED))
        self.run_it("predictions", "limit", status=USAGE)
        for words in [], ["export"], ["forget", "192.0.2.1"], ["erase", "a", "b"], ["erase", "x" * 257]:
            self.assertIn("export|erase|opt-out|opt-in PEER", self.run_it("peers", *words, status=USAGE))

    def test_why_says_what_makes_it_so(self):
        lines = self.run_it("predictions", "--why", "title", "mobile-360p").splitlines()
        self.assertEqual(lines[0], "title in one (reason: rate, stored: -)")
        self.assertIn("  within 15 min  1.250 starts, 50.0 % sure of one", lines)
        self.assertIn("  x 2.5      asked for in the last 5 minutes: 3", lines)
        self.assertIn("title in all", self.run_it("predictions", "--why", "title"))

    def test_why_without_a_title_is_of_the_best(self):
        out = self.run_it("--why", "predictions")
        self.assertIn("esc?[2Jape", out)
        self.assertNotIn("\033", out)
        self.assertIn("no factor stands out", out)
        self.assertEqual(json.loads(self.run_it("predictions", "--why", "--json"))[0]["factors"], [])

    def test_why_is_for_predictions_only(self):
        self.run_it("predictions", "--why", "a", "b", "c", status=USAGE)
        self.assertIn("--why goes with", self.run_it("ledger", "--why", status=USAGE))
        self.assertIn("no such title", self.run_it("predictions", "--why", "other", status=REFUSED))

    def test_nothing_is_said_so(self):
        self.assertTrue(self.run_it("devices").endswith("\ncompute units:\nnone\n"))
        self.assertEqual(json.loads(self.run_it("--json", "devices")), [])
        self.assertIn("jobs: none\n", self.run_it("queues"))

    def test_devices_shows_the_cards_first(self):
        lines = [line.split() for line in self.run_it("devices").splitlines()]
        self.assertEqual(lines[0], ["cards:"])
        self.assertEqual(lines[1][:3], ["name", "device", "emulated"])
        self.assertEqual(lines[2][:3], ["emu-small", "-", "yes"])
        self.assertIn("lost", lines[2])

    def test_json_is_whole(self):
        status = json.loads(self.run_it("--json", "status"))
        self.assertEqual(status["tier"]["dram_bytes"], 64 << 20)
        self.assertEqual(status["extra"], 1)
        self.assertIs(status["emulated"], True)
        self.assertIsNone(json.loads(self.run_it("predictions", "limit=1", "--json"))[0]["reason"])

    def test_refusals_give_code_and_reason(self):
        self.assertEqual(json.loads(self.run_it("--json", "media.add", "id=a", "url=b"))["id"], "a")
        self.assertIn("(invalid)", self.run_it("media.add", "id=a/b", "url=c", status=REFUSED))
        self.assertIn("(unsupported)", self.run_it("tier", status=REFUSED))
        self.assertIn("`url` is missing", self.run_it("media.add", "id=a", status=REFUSED))

    def test_call_takes_and_gives_json(self):
        self.assertEqual(len(json.loads(self.run_it("call", "predictions", '{"limit": 1}'))), 1)
        self.run_it("call", "predictions", "[1]", status=USAGE)
        self.run_it("call", "predictions", '{"limit": 1', status=USAGE)
        self.run_it("call", status=USAGE)
        self.assertIn("unknown_method", self.run_it("call", "nope", status=REFUSED))

    def test_api_is_the_table(self):
        api = json.loads(self.run_it("api", "--json"))
        methods = {method["name"]: method for method in api["methods"]}
        self.assertEqual(methods["media.add"]["role"], "operate")
        self.assertEqual([p["name"] for p in methods["media.add"]["params"]],
                         ["id", "url", "tenant", "category", "sequel_of", "born_s", "length_s"])
        self.assertTrue(all(methods[name]["fields"] for name in methods))
        self.assertIn("predictions", self.run_it("api"))

    def test_help_needs_no_daemon_and_says_more_with_one(self):
        absent = self.served.socket + ".absent"
        self.assertIn("usage:", self.run_it("--help", socket=absent))
        self.assertIn("usage:", self.run_it("status", "--help", socket=absent))
        self.assertIn("url  where the origin has it", self.run_it("media.add", "--help"))

    def test_without_a_daemon_it_says_where_and_what_to_do(self):
        absent = self.served.socket + ".absent"
        said = self.run_it("status", status=NO_DAEMON, socket=absent)
        self.assertIn(absent, said)
        self.assertIn("is prestaged running", said)

    def test_wrong_usage_is_told_apart(self):
        self.run_it(status=USAGE)
        self.run_it("--nonsense", status=USAGE)
        self.run_it("nonsense", status=USAGE)
        self.assertIn("pool.reserve only", self.run_it("--hold", "status", status=USAGE))

    def test_top_draws_pages(self):
        out = self.run_it("--count", "1", "top")
        self.assertIn("uptime", out)
        self.assertNotIn("version", out)  # only what fits on a screen
        self.assertNotIn("\033", out)  # not on a terminal
        self.run_it("top", status=NO_DAEMON, socket=self.served.socket + ".absent")

    def test_top_leaves_the_terminal_as_it_was(self):
        for key in (b"q", b"\x03"):  # Ctrl-C comes through the terminal
            child, terminal = pty.fork()
            if child == 0:
                os.execv(PRESTAGECTL, [PRESTAGECTL, "--socket", self.served.socket, "top"])
            seen = b""
            while b"devices:" not in seen:
                seen += os.read(terminal, 65536)
            os.write(terminal, key)
            try:
                while True:
                    seen += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                pass
            os.close(terminal)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertTrue(seen.startswith(b"\033[?1049h"))
            self.assertTrue(seen.endswith(b"\033[?25h\033[?1049l"))

    def test_shutdown_ends_the_server_and_removes_its_socket(self):
        with Served(SERVER) as other:
            self.assertIn("stopping", self.run_it("shutdown", socket=other.socket))
            self.assertEqual(other.ended(), 0)
            self.assertFalse(pathlib.Path(other.socket).exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
