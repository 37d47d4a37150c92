# SPDX-License-Identifier: BSD-3-Clause
"""Captures made by others' programs: each count is tshark's, which tools/check-captures kept."""
import importlib.machinery
import importlib.util
import os
import re
import shutil
import stat
import tempfile

import nic_process as np

DATA = os.path.join(os.environ["PS_TEST_DATA"], "captures")
TOOL = os.path.join(os.environ["PS_TEST_DATA"], "..", "..", "tools", "check-captures")


def load_tool():
    loader = importlib.machinery.SourceFileLoader("check_captures", TOOL)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def read_expected():
    """By capture, then by name; the first lines say which tshark counted."""
    with open(os.path.join(DATA, "expected.txt"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines[0].startswith("# Counts by TShark"), lines[0]
    expected = {}
    for line in lines:
        if not line.startswith("#"):
            found = re.fullmatch(r"capture=(\S+) (\S+=\S+) tshark=(\d+)", line)
            expected.setdefault(found[1], {})[found[2]] = int(found[3])
    return expected


def counted(tool, path, *args):
    with tempfile.TemporaryDirectory() as directory:
        # The process runs as nobody, who must reach the copy.
        os.chmod(directory, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
        copy = tool.as_ethernet(path, directory)
        os.chmod(copy, stat.S_IRUSR | stat.S_IROTH)
        return np.read_capture(copy, *args)


def every_count_is_tsharks(tool, expected):
    kept = {name for name in os.listdir(DATA) if name.endswith(".pcap")}
    assert kept == set(expected), (kept, set(expected))
    for name, counts in expected.items():
        out = counted(tool, os.path.join(DATA, name), *tool.NIC_ARGS)
        assert tool.read_ours("\n".join(out.lines)) == counts, name


def names_are_not_read_unless_asked_for(tool, _):
    out = counted(tool, os.path.join(DATA, "made_tls_hellos.pcap"), "--server", "0.0.0.0:80")
    assert out.totals["tls_packets"] > 0 and out.totals["tls_hellos"] == 0
    assert not [line for line in out.lines if line.startswith("tls_name ")]


def claims_are_listed_and_are_no_demand(tool, _):
    out = counted(tool, os.path.join(DATA, "made_rtp_and_claims.pcap"), "--server", "0.0.0.0:80",
                  "--region", "127.0.0.0/8=4")
    claims = [np.fields(line) for line in out.lines if line.startswith("claim ")]
    sums = {}
    for f in claims:
        key = (f["media"], f["region"], f["device"], f["access"])
        sums[key] = sums.get(key, 0) + f["count"]
    assert sums == {("key:0000000000000001", 4, 2, 3): 2, ("key:0000000000000001", 4, 3, 3): 1,
                    ("key:0000000000000007", 4, 0, 0): 1}, sums
    assert sum(sums.values()) + out.totals["claims_shed"] == out.totals["peer_demand_packets"]
    assert out.totals["media_requests"] == out.counted() == 0


def main():
    tool, expected = load_tool(), read_expected()
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
        np.NIC = shutil.copy(np.NIC, directory)
        for check in (every_count_is_tsharks, names_are_not_read_unless_asked_for,
                      claims_are_listed_and_are_no_demand):
            check(tool, expected)
            print("ok", check.__name__, flush=True)


main()
