# SPDX-License-Identifier: BSD-3-Clause
"""prestage-nic among others' servers, clients and faults, round after round, for minutes or hours.

A round is what tools/test runs once: every way of asking on every path in both modes, a player, a
long file, and every fault, with a host that stops reading for a minute. Each round holds each count
against lighttpd's log; what a round misses is said, and the campaign's status is then 1.
"""
import argparse
import os
import re
import subprocess
import sys
import time

SOURCE = os.environ.get("PS_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
TESTS = os.path.join(SOURCE, "tests", "integration", "dpdk")
SKIP = 77


def run_part(name, *args):
    """@return whether it passed; requests counted, logged, and those that nobody was there for."""
    run = subprocess.run([sys.executable, os.path.join(TESTS, f"test_{name}.py"), *args],
                         capture_output=True, text=True, check=False)
    if run.returncode == SKIP:
        sys.exit("soak: " + run.stdout.strip())
    if run.returncode != 0:
        print(f"soak: {name} failed\n{run.stdout}{run.stderr}", flush=True)
    lines = [line for line in run.stdout.splitlines() if "wrong_" not in line]
    pairs = [pair for line in lines for pair in re.findall(r" \w+=(\d+)/(\d+)", line)]
    missed = [n for line in lines for n in re.findall(r" missed_while_\w+=(\d+)", line)]
    return run.returncode == 0, [sum(int(pair[0]) for pair in pairs),
                                 sum(int(pair[1]) for pair in pairs), sum(map(int, missed))]


def main():
    parser = argparse.ArgumentParser(prog="tools/soak nic", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--stall", type=float, default=60,
                        help="seconds that the host does not read")
    options = parser.parse_args()
    until = time.monotonic() + options.minutes * 60
    rounds, failed, sums = 0, 0, [0, 0, 0]
    while rounds == 0 or time.monotonic() < until:
        for name, args in (("servers", ()), ("viewing", ()),
                           ("faults", ("--stall", str(options.stall)))):
            passed, counts = run_part(name, *args)
            failed += not passed
            sums = [a + b for a, b in zip(sums, counts)]
        rounds += 1
        print(f"soak: rounds={rounds} counted={sums[0]} logged={sums[1]} "
              f"missed_while_dead_or_down={sums[2]} failed={failed}", flush=True)
    sys.exit(1 if failed or sums[0] + sums[2] != sums[1] else 0)


main()
