# SPDX-License-Identifier: BSD-3-Clause
"""
The end-to-end playback on real parts, as named in the environment; at least one must be:

  PS_HIL_XCLBIN  xclbin for the card, and PS_HIL_DEVICE its index (0 unless given); XRT's own
                 environment (XILINX_XRT) must be set up
  PS_HIL_NIC     interface or PCI address that prestage-nic watches; viewers must come through it:
                 PS_HIL_SERVER is the address prestaged listens at, PS_HIL_VIEWER a command that
                 runs another one where viewers are, e.g. "ssh viewer" or "ip netns exec viewers"
  PS_HIL_NVME    NVMe block device, blank or of an earlier run, or a directory on a file system on one

What is not named is done without: no card plays copies only, no NVMe uses memory. Exit 77 with the
reason when nothing is named; what is named and not really used is a failure, never a pass.
"""
import contextlib
import os
import pathlib
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import daemon as d
import stream

NAMED = {name: os.environ.get(f"PS_HIL_{name}", "") for name in
         ("XCLBIN", "DEVICE", "NIC", "SERVER", "VIEWER", "NVME")}


def block_device_of(path):
    """The block device that holds path, as /sys/dev/block names it."""
    info = os.stat(path)
    number = info.st_rdev if pathlib.Path(path).is_block_device() else info.st_dev
    return pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")


def written_sectors(path):
    """What the kernel counted as written to that device, in 512-byte sectors."""
    stat = block_device_of(path) / "stat"
    d.check(stat.exists(), f"{path} is on no block device")
    return int(stat.read_text().split()[6])


def check_is_nvme(path):
    d.check(pathlib.Path(path).exists(), f"PS_HIL_NVME={path} does not exist")
    device = block_device_of(path)
    d.check(device.exists(), f"PS_HIL_NVME={path} is on no block device")
    where = str(device.resolve())
    d.check("/nvme" in where, f"PS_HIL_NVME={path} is on {where}, which is no NVMe device")


def check_is_hardware(nic):
    """An interface that stands for a device; of a PCI address prestage-nic will say what is wrong."""
    here = pathlib.Path("/sys/class/net") / nic
    d.check(":" in nic or (here / "device").exists(), f"PS_HIL_NIC={nic} is no interface of a device")


def settings():
    profiles = stream.PROFILES
    changes = {"profiles": profiles, "listen": {"address": NAMED["SERVER"] or "127.0.0.1"}}
    changes["card"] = {"emulation_dir": None, "xclbin": NAMED["XCLBIN"] or None}
    if NAMED["XCLBIN"]:
        changes["card"]["device"] = int(NAMED["DEVICE"] or 0)
    else:
        changes["profiles"] = [p for p in profiles if p["kind"] != "transcode"]
    changes["tier"] = {"path": None}
    if NAMED["NVME"]:
        path = pathlib.Path(NAMED["NVME"])
        changes["tier"] = {"path": path / f"prestage-hil-{os.getpid()}" if path.is_dir() else path}
    return changes


def check_card_is_real(daemon):
    """It is open, is not emulated, and nothing of the emulation runs."""
    status = daemon.ask("status")
    d.check(status["device"] != "none", f"the card was not opened: {status['degraded']}\n{daemon.log()}")
    d.check(not status["emulated"] and "emulated" not in status["device"], f"the card is emulated: {status['device']}")
    d.equal(daemon.workers(), [], "processes of an emulated card")
    maps = pathlib.Path(f"/proc/{daemon.pid}/maps").read_text()
    d.check(str(d.EMULATED_CARD["emulation_dir"]) not in maps, "the emulation driver is loaded")


def check_card_was_used(daemon):
    cus = daemon.ask("devices")
    for kernel in ("scale", "h264enc", "mark"):
        runs = sum(cu["runs"] for cu in cus if cu["kernel"] == kernel)
        d.check(runs > 0, f"no {kernel} ran on the card: {cus}")
    d.equal([cu["name"] for cu in cus if cu["errors"] + cu["timeouts"] > 0], [], "CUs with errors")


def start_nic(daemon, start, directory):
    args = [d.NIC, "--mirror", NAMED["NIC"], "--server", f"{daemon.address}:{daemon.port}",
            "--to", f"unix:{directory}/nic.sock", "--epoch-ms", "100"]
    nic = start("prestage-nic", args, directory, kind=d.Process)
    nic.wait_for("prestage-nic's connection", lambda: daemon.ask("status")["demand"]["nic_connected"])
    return nic


def check_nic_counts(daemon, nic):
    """Viewers come through the NIC: it counts each of their requests, as the server does."""
    viewer = shlex.split(NAMED["VIEWER"])
    before = daemon.ask("status")
    names = ["index.m3u8", "init.mp4", "0.m4s", "1.m4s"]
    for name in names:
        subprocess.run([*viewer, "curl", "-sfo", "/dev/null", daemon.url(f"/m/bbb/source/{name}")],
                       check=True, timeout=60)

    def grown(part, key):
        return daemon.ask("status")[part][key] - before[part][key]
    nic.wait_for("the NIC's count", lambda: grown("demand", "nic_media_requests") >= len(names), 20)
    d.equal(grown("demand", "nic_media_requests"), len(names), "requests that the NIC counted")
    d.equal(grown("deliver", "requests"), len(names), "requests that the server counted")
    d.equal(nic.end(), 0, "exit status of prestage-nic")


def check_playback(daemon):
    stream.check_plays_to_its_end(daemon, "bbb", d.BBB_SECONDS)
    stream.check_streams(daemon, "bbb")
    for profile in stream.PROFILES:
        d.check_decodes(d.fetch_resource(daemon, "bbb", profile["name"]), profile["name"])


def check_nvme_was_used(daemon, before):
    tier = daemon.wait_for("all to be durable", lambda: durable(daemon))
    d.check(not tier["dram_only"] and tier["io_errors"] == 0, f"the tier does without the device: {tier}")
    written = 512 * (written_sectors(NAMED["NVME"]) - before)
    d.check(0 < tier["written_bytes"] <= written, f"the kernel saw {written} bytes written, of {tier['written_bytes']}")


def durable(daemon):
    tier = daemon.ask("tier")
    return tier if tier["durable_segments"] > 0 and tier["accepted_segments"] + tier["written_segments"] == 0 else None


def the_named_devices_do_the_work(directory, start):
    if NAMED["NVME"]:
        check_is_nvme(NAMED["NVME"])
        written = written_sectors(NAMED["NVME"])
    changes = settings()
    if NAMED["NIC"]:
        d.check(NAMED["SERVER"] and NAMED["VIEWER"], "PS_HIL_NIC needs PS_HIL_SERVER and PS_HIL_VIEWER")
        check_is_hardware(NAMED["NIC"])
        changes["demand"] = {"own_server": "nic", "nic_socket": directory / "nic.sock"}
    daemon = start(changes, address=NAMED["SERVER"] or "127.0.0.1").ready()
    stream.PROFILES[:] = changes["profiles"]
    if NAMED["XCLBIN"]:
        check_card_is_real(daemon)
    if NAMED["NIC"]:
        check_nic_counts(daemon, start_nic(daemon, start, directory))
    check_playback(daemon)
    if NAMED["XCLBIN"]:
        check_card_was_used(daemon)
    if NAMED["NVME"]:
        check_nvme_was_used(daemon, written)
    daemon.stop()


def main():
    if not any(NAMED[name] for name in ("XCLBIN", "NIC", "NVME")):
        d.skip("none of PS_HIL_XCLBIN, PS_HIL_NIC and PS_HIL_NVME is set: no device is named")
    with d.workplace() as (directory, start):
        failed = d.run([the_named_devices_do_the_work], directory, start)
    if NAMED["NVME"]:
        with contextlib.suppress(OSError):  # a directory's file is ours; a block device has none
            os.unlink(pathlib.Path(NAMED["NVME"]) / f"prestage-hil-{os.getpid()}")
    if not failed:
        print("touched:", ", ".join(f"{k}={NAMED[k]}" for k in ("XCLBIN", "NIC", "NVME") if NAMED[k]))
    return failed


sys.exit(main())
