# SPDX-License-Identifier: BSD-3-Clause
"""When a part is missing, wrong or taken: what still works does, and what is wrong is said."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

PROFILES = [{"name": "source", "kind": "copy", "segment": "2s"},
            {"name": "audio-aac", "kind": "audio", "segment": "2s"},
            d.transcode("mobile-144p", 256, 144, "100k")]
MADE = "/m/bbb/mobile-144p/"


def check_serves_without_a_card(daemon, why):
    """What needs no compute unit plays to its end, the rest is refused at once and explained."""
    for profile in ("source", "audio-aac"):
        d.check_plays(daemon.url(f"/m/bbb/{profile}/index.m3u8"), d.BBB_SECONDS, profile)
    status, headers, _ = daemon.request(MADE + "0.m4s")
    d.equal(status, 503, "status of a segment that has to be transcoded")
    d.check("Retry-After" in headers, f"no Retry-After: {headers}")
    said = daemon.ask("status")
    d.equal((said["device"], said["emulated"]), ("none", False), "card in status")
    d.check(any(why in sentence for sentence in said["degraded"]), f"degraded: {said['degraded']}")
    d.check(why in daemon.ctl("status"), "prestagectl status does not print why it is degraded")
    d.equal(daemon.ask("devices"), [], "compute units")


def without_a_card_copies_play():
    with d.workplace() as (_, start):
        daemon = start({"profiles": PROFILES, "card": {"xclbin": None, "emulation_dir": None}}).ready()
        check_serves_without_a_card(daemon, "card.xclbin is not configured")
        daemon.stop()


def a_wrong_card_is_explained():
    os.environ.pop("XILINX_XRT", None)
    for key, value, why in [("emulation_dir", "/nowhere", "has no lib/libxrt_core.so.2"),
                            ("xclbin", "/nowhere/card.xclbin", "the xclbin cannot be read"),
                            ("xclbin", d.BBB, "the file is no xclbin"),
                            ("emulation_dir", None, "XILINX_XRT is not set")]:
        with d.workplace() as (_, start):
            daemon = start({"profiles": PROFILES, "card": {key: value}}).ready()
            check_serves_without_a_card(daemon, why)
            d.check(why in daemon.log() and "card not_usable" in daemon.log(), f"log: {daemon.log()}")
            daemon.stop()


def an_emulated_card_does_not_pass_for_a_real_one():
    """The environment of a real card, leading to the emulation driver: figures would not say so."""
    with d.workplace() as (_, start):
        daemon = start({"profiles": PROFILES, "card": {"emulation_dir": None}},
                       env={"XILINX_XRT": str(d.EMULATED_CARD["emulation_dir"])}).ready()
        check_serves_without_a_card(daemon, "XILINX_XRT names an emulation driver")
        daemon.stop()


def check_refuses_to_start(daemon, *words):
    """It ends by itself with status 1, naming what is wrong."""
    try:
        status = daemon.child.wait(d.WAIT_S)
    except subprocess.TimeoutExpired:
        raise d.Failed(f"it runs, though {words}") from None
    d.equal(status, 1, f"exit status of a daemon that cannot start\n{daemon.log()}\nstatus")
    errors = [line for line in daemon.log().splitlines() if " ERROR " in line]
    d.check(errors and all(str(word) in errors[0] for word in words), f"{words} not in {daemon.log()}")
    d.check(daemon.workers() == [], "a CU's process is left")


def a_port_in_use_is_named():
    listener, port = d.taken_port()
    with listener, d.workplace() as (directory, start):
        daemon = start({"listen": {"port": port}})
        check_refuses_to_start(daemon, "cannot_listen", f"port={port}", "in use")
        d.check(not (directory / "control.sock").exists(), "a control socket is left")


def a_second_daemon_on_the_same_sockets_or_buffer_is_refused():
    with d.workplace() as (directory, start):
        nic = {"demand": {"nic_socket": directory / "nic.sock"}}
        first = start({"profiles": PROFILES, **nic}).ready()
        apart = {"tier": {"path": None}, "control": {"socket": directory / "other.sock"}}
        for changes, words in [
                ({"tier": {"path": None}}, ["control cannot_listen", "control.sock", "in use"]),
                ({**apart, **nic}, ["nic_socket_failed", "nic.sock", "in use"]),
                ({**apart, "tier": {}}, ["tier not_usable", "buffer.nvme"])]:
            check_refuses_to_start(start({"profiles": PROFILES, **changes}), *words)
        d.equal(len(first.ask("devices")), 5, "compute units of the first, after the others")
        first.get(MADE + "0.m4s")
        first.stop()


def a_buffer_that_cannot_be_is_named():
    with d.workplace() as (directory, start):
        foreign = directory / "foreign"
        foreign.write_bytes(b"somebody's letters" * 1000)
        for path, word in [(directory / "none/buffer", "No such file"), (directory, "Is a directory"),
                           (foreign, "Wrong medium")]:
            check_refuses_to_start(start({"tier": {"path": path}}), "tier not_usable", path, word)
        d.equal(foreign.read_bytes(), b"somebody's letters" * 1000, "a file that is not ours")


def a_buffer_without_room_is_named():
    """A file system of its own that is too small, seen by this daemon alone."""
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=8m none "$0" && exec "$@"']
    with d.workplace() as (directory, start):
        small = directory / "small"
        small.mkdir()
        if os.geteuid() != 0 or subprocess.run([*mount, small, "true"], capture_output=True).returncode != 0:
            print("left out: a file system of its own needs root")
            return
        daemon = start({"tier": {"path": small / "buffer"}}, prefix=[*mount, small])
        check_refuses_to_start(daemon, "tier not_usable", small / "buffer", "No space left")


def without_a_buffer_memory_is_used():
    with d.workplace() as (_, start):
        daemon = start({"profiles": PROFILES, "tier": {"path": None}}).ready()
        d.check_plays(daemon.url(MADE + "index.m3u8"), d.BBB_SECONDS, "mobile-144p")
        tier = daemon.ask("tier")
        d.equal((tier["dram_only"], tier["io"], tier["written_bytes"]), (True, "none", 0), "tier")
        d.equal(daemon.ask("status")["degraded"], [], "degraded, though no buffer is configured")
        daemon.stop()


def damage(path, needle):
    """Change one byte of the file in the middle of each place where needle is. @return places."""
    content, places, at = bytearray(path.read_bytes()), 0, -1
    while (at := content.find(needle, at + 1)) >= 0:
        content[at + len(needle) // 2] ^= 1
        places += 1
    path.write_bytes(content)
    return places


def damaged_bytes_are_never_served():
    with d.workplace() as (directory, start):
        changes = {"profiles": PROFILES}
        daemon = start(changes).ready()
        truth = d.fetch_resource(daemon, "bbb", "mobile-144p")
        daemon.stop()
        d.check(damage(directory / "buffer.nvme", truth["3.m4s"][2000:2200]) > 0, "segment 3 is not in the buffer")
        again = start(changes).ready()
        d.check(d.fetch_resource(again, "bbb", "mobile-144p") == truth, "a viewer got other bytes")
        tier, deliver = again.ask("tier"), again.ask("status")["deliver"]
        d.check(tier["crc_errors"] > 0, f"no damage was counted: {tier}")
        d.check(tier["hits_nvme"] > 0, f"nothing came from the buffer: {tier}")
        d.equal(deliver["refused"] + deliver["not_found"], 0, "viewers refused")
        again.stop()


def a_nic_that_never_came_is_said():
    with d.workplace() as (directory, start):
        daemon = start({"profiles": PROFILES, "demand": {"nic_socket": directory / "nic.sock"}}).ready()
        d.equal(daemon.ask("status")["degraded"], ["demand: prestage-nic is not connected"], "degraded")
        daemon.stop()


def an_origin_that_is_gone_hurts_only_its_titles():
    port = d.free_port()
    media = [{"id": "bbb", "url": d.BBB}, {"id": "gone", "url": f"http://127.0.0.1:{port}/gone.mp4"}]
    with d.workplace() as (_, start):
        daemon = start({"profiles": PROFILES, "media": media}).ready()
        status = daemon.request("/m/gone/master.m3u8")[0]
        d.check(500 <= status <= 504, f"a title whose origin is gone is answered with {status}")
        d.check("probe_failed" in daemon.log(), "the log does not say so")
        daemon.get(MADE + "0.m4s")
        daemon.stop()


sys.exit(d.run([without_a_card_copies_play, a_wrong_card_is_explained,
                an_emulated_card_does_not_pass_for_a_real_one, a_port_in_use_is_named,
                a_second_daemon_on_the_same_sockets_or_buffer_is_refused,
                a_buffer_that_cannot_be_is_named, a_buffer_without_room_is_named,
                without_a_buffer_memory_is_used, damaged_bytes_are_never_served,
                a_nic_that_never_came_is_said, an_origin_that_is_gone_hurts_only_its_titles]))
