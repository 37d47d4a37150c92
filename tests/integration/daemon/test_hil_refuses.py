# SPDX-License-Identifier: BSD-3-Clause
"""The hardware test must not pass without the hardware: a control for tests/hil."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import daemon as d

HIL = d.SOURCE / "tests/hil/test_real_devices.py"
EMULATED = {"PS_HIL_XCLBIN": str(d.EMULATED_CARD["xclbin"])}


def run_hil(named):
    """The hardware test with these names and no others. @return (status, what it said)."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PS_HIL_") and k != "XILINX_XRT"}
    done = subprocess.run([sys.executable, HIL], env={**env, **named}, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def check_fails(named, *words):
    status, said = run_hil(named)
    d.equal(status, 1, f"exit status with {named}\n{said}\nstatus")
    d.check("FAILED" in said and any(word in said for word in words), f"{words} not in {said}")


def unnamed_devices_are_skipped_with_the_reason():
    status, said = run_hil({})
    d.equal(status, d.SKIP, f"exit status with nothing named\n{said}\nstatus")
    d.check("skipped: none of PS_HIL_XCLBIN" in said, said)


def a_card_that_is_not_there_fails():
    check_fails({"PS_HIL_XCLBIN": "/nowhere/card.xclbin"}, "the card was not opened")
    check_fails({**EMULATED}, "XILINX_XRT is not set")


def an_emulated_card_fails():
    check_fails({**EMULATED, "XILINX_XRT": str(d.EMULATED_CARD["emulation_dir"])}, "XILINX_XRT names an emulation")


def an_emulated_card_in_disguise_fails():
    """Without what tells the daemon, the test itself has to see it."""
    with d.workplace() as (directory, _):
        lib = directory / "lib"
        lib.mkdir()
        for file in (d.EMULATED_CARD["emulation_dir"] / "lib").iterdir():
            if file.is_file() and file.name != "libxrt.version":
                (lib / file.name).symlink_to(file)
        check_fails({**EMULATED, "XILINX_XRT": str(directory)}, "processes of an emulated card",
                    "the emulation driver is loaded", "emulated:")


def a_nic_that_is_not_there_fails():
    reached = {"PS_HIL_SERVER": "127.0.0.1", "PS_HIL_VIEWER": "env"}
    check_fails({"PS_HIL_NIC": "nosuchnic0", **reached}, "is no interface of a device")
    check_fails({"PS_HIL_NIC": "lo", **reached}, "is no interface of a device")
    check_fails({"PS_HIL_NIC": "0000:ff:1f.7", **reached}, "prestage-nic ended with")
    check_fails({"PS_HIL_NIC": "0000:ff:1f.7"}, "PS_HIL_NIC needs")


def storage_that_is_no_nvme_fails():
    check_fails({"PS_HIL_NVME": "/nowhere"}, "does not exist")
    check_fails({"PS_HIL_NVME": "/dev/shm"}, "is on no block device", "is no NVMe device")
    check_fails({"PS_HIL_NVME": "/dev/null"}, "is on no block device", "is no NVMe device")


sys.exit(d.run([unnamed_devices_are_skipped_with_the_reason, a_card_that_is_not_there_fails,
                an_emulated_card_fails, an_emulated_card_in_disguise_fails,
                a_nic_that_is_not_there_fails, storage_that_is_no_nvme_fails]))
