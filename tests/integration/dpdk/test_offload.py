# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's virtual devices answer when asked to count: software, with the reason."""
import os
import subprocess

import nic_process as np

PROGRAM = os.environ["PS_OFFLOAD_VDEVS"]
# With and without tc in the kernel; Linux names ENOTSUP so.
TAP_WHY = ("EOPNOTSUPP", "EINVAL")


def ask(ns, *devices):
    command = [PROGRAM, *devices]
    if ns is not None:
        command = ["ip", "netns", "exec", ns.names["nic"], *command]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if run.returncode == np.SKIP:
        np.skip("DPDK cannot start: " + run.stderr)
    assert run.returncode == 0, run
    answers = [np.fields(line) for line in run.stdout.splitlines() if line.startswith("device=")]
    assert len(answers) == len(devices), run.stdout
    for answer in answers:
        assert answer["hardware"] == 0 and answer["software"] == 9, answer
    return {answer["device"]: answer["why"] for answer in answers}


def main():
    assert ask(None, "net_null0") == {"net_null0": "ENOSYS"}
    np.need_namespaces()
    with np.Namespaces("nic", "far") as ns:
        ns.join("nic", "o0", "far", "o1")
        assert ask(ns, "net_af_packet0,iface=o0") == {"net_af_packet0": "ENOSYS"}
        if not os.path.exists("/dev/net/tun"):
            np.skip("net_tap needs /dev/net/tun")
        # Its rules go to the kernel's traffic control: it takes patterns, and counts nothing.
        assert ask(ns, "net_tap0,iface=otap0")["net_tap0"] in TAP_WHY, "tap"
    print("ok")


main()
