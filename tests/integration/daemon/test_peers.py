# SPDX-License-Identifier: BSD-3-Clause
"""Who asked is kept as a keyed hash: shown and erased on request, off for who opts out, and no
address is in anything the daemon writes."""
import http.client
import ipaddress
import json
import os
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

LOGGED, OTHER = "203.0.113.77", "203.0.113.78"  # in the imported log
VIEWER = "127.0.0.77"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) Mobile/15E148"


def changes(directory):
    return {"card": {"xclbin": None, "emulation_dir": None}, "profiles": [{"name": "source", "kind": "copy"}],
            "demand": {"history": directory / "access.log", "history_format": "common",
                       "prefixes": directory / "prefixes"},
            "tier": {"state_dir": directory / "state"}}


def write_inputs(directory):
    """A combined log of an hour ago, with what is no request and what is damaged among it."""
    at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(time.time() - 3600))
    start = f'[{at}] "GET /m/bbb/source/index.m3u8 HTTP/1.1" 200 300 "-" "{PHONE}"'
    lines = [f"{LOGGED} - - {start}", f"{OTHER} - - {start}", f"{OTHER} - - {start}",
             f'{LOGGED} - - [{at}] "GET /robots.txt HTTP/1.1" 404 0 "-" "-"', f"{LOGGED} - - [yesterday]",
             f'{LOGGED} - - [{at}] "GET /m/unknown/source/index.m3u8 HTTP/1.1" 200 1 "-" "-"']
    (directory / "access.log").write_text("\n".join(lines) + "\n")
    (directory / "prefixes").write_text("# place\n203.0.113.0/24 7\n127.0.0.0/8 8\n")


def view(daemon, address, agent=PHONE):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=d.WAIT_S,
                                            source_address=(address, 0))
    try:
        connection.request("GET", "/m/bbb/source/index.m3u8", headers={"User-Agent": agent})
        d.equal(connection.getresponse().status, 200, "status of a playlist")
    finally:
        connection.close()


def peers(daemon, verb, peer):
    return json.loads(daemon.ctl("--json", "peers", verb, peer))


def profiles(daemon, peer):
    return peers(daemon, "export", peer)["profiles"]


def spellings(address):
    packed = ipaddress.ip_address(address).packed
    return [address.encode(), packed, packed[::-1]]


def files_with(address, paths):
    """Those that hold the address as text or as bytes of either order."""
    found = set()
    for path in paths:
        data = path.read_bytes() if path.is_file() else b""
        found |= {path.name for spelling in spellings(address) if spelling in data}
    return found


def written(directory):
    return [*(directory / "state").iterdir(), directory / "buffer.nvme", *directory.glob("prestaged-*.log")]


def what_was_imported_is_shown(daemon):
    profile, = profiles(daemon, LOGGED)
    d.equal((profile["region"], profile["device"], profile["media"]), (7, "phone", "bbb"), "imported profile")
    d.check(3500 < profile["media_ago_s"] < 3900, f"asked an hour ago: {profile}")
    d.equal(profile["activity"], 1.0, "requests imported")
    d.equal(profiles(daemon, OTHER)[0]["activity"], 1.0, "requests imported of one written twice")
    d.check("twice=1 bad=1" in daemon.log() and "history_bad_lines" in daemon.log(), daemon.log())
    d.check("first_line=5" in daemon.log(), "the first bad line is not named")


def who_asks_is_known_again(daemon):
    d.equal(profiles(daemon, VIEWER), [], "profiles before the first request")
    view(daemon, VIEWER)
    view(daemon, VIEWER, agent="")
    profile, = profiles(daemon, VIEWER)
    d.equal((profile["region"], profile["device"], profile["media"]), (8, "phone", "bbb"), "profile")
    d.check(1.9 < profile["activity"] <= 2.0, f"activity: {profile}")
    d.equal(sum(profile["habit"]), 2, "requests in the habit")


def nothing_written_holds_an_address(directory):
    paths = written(directory)
    names = {path.name for path in paths}
    d.check({"salts.bin", "peers.bin", "model.bin"} <= names, f"written: {names}")
    for address in (LOGGED, OTHER, VIEWER):
        d.equal(files_with(address, paths), set(), f"files that hold {address}")
        control = directory / "control"  # the search must be able to find
        for spelling in spellings(address):
            control.write_bytes(b"x" + spelling + b"y")
            d.equal(files_with(address, [control]), {"control"}, "found where it is")
    d.equal(files_with(LOGGED, [directory / "access.log"]), {"access.log"}, "found in the log")
    for name in ("salts.bin", "peers.bin"):
        mode = stat.S_IMODE((directory / "state" / name).stat().st_mode)
        d.equal(oct(mode), "0o600", f"mode of {name}")


def erased_is_gone_in_memory_and_on_disk(directory, daemon):
    before = (directory / "state/peers.bin").stat().st_size
    d.equal(peers(daemon, "erase", VIEWER), {"profiles": 1, "opted_out": False}, "answer to erase")
    d.equal(profiles(daemon, VIEWER), [], "profiles after erase")
    d.equal((directory / "state/peers.bin").stat().st_size, before - 48, "bytes of peers.bin")
    d.equal(len(profiles(daemon, LOGGED)), 1, "profiles of another peer")
    d.equal(peers(daemon, "erase", VIEWER)["profiles"], 0, "profiles erased again")


def who_opted_out_is_not_kept(daemon):
    view(daemon, VIEWER)
    d.equal(peers(daemon, "opt-out", VIEWER), {"profiles": 1, "opted_out": True}, "answer to opt-out")
    view(daemon, VIEWER)
    shown = peers(daemon, "export", VIEWER)
    d.equal((shown["opted_out"], shown["profiles"]), (True, []), "export of who opted out")


def a_life(directory, start):
    daemon = start(changes(directory)).ready()
    what_was_imported_is_shown(daemon)
    who_asks_is_known_again(daemon)
    daemon.wait_for("learning", lambda: daemon.ask("status")["predict"]["starts"] >= 4)
    daemon.stop()
    nothing_written_holds_an_address(directory)


def a_second_life(directory, start):
    daemon = start(changes(directory)).ready()
    d.equal(len(profiles(daemon, VIEWER)), 1, "profiles after a restart")
    erased_is_gone_in_memory_and_on_disk(directory, daemon)
    daemon.kill()  # what was answered is true whatever comes
    daemon = start(changes(directory)).ready()
    d.equal(profiles(daemon, VIEWER), [], "profiles after erase and a crash")
    d.equal(len(profiles(daemon, LOGGED)), 1, "profiles of another peer after a crash")
    who_opted_out_is_not_kept(daemon)
    daemon.kill()


def a_third_life(directory, start):
    daemon = start(changes(directory)).ready()
    who_opted_out_is_not_kept_after_a_crash = peers(daemon, "export", VIEWER)["opted_out"]
    d.equal(who_opted_out_is_not_kept_after_a_crash, True, "opted out after a crash")
    view(daemon, VIEWER)
    d.equal(profiles(daemon, VIEWER), [], "profiles of who opted out")
    d.equal(peers(daemon, "opt-in", VIEWER)["opted_out"], False, "answer to opt-in")
    view(daemon, VIEWER)
    d.equal(len(profiles(daemon, VIEWER)), 1, "profiles after opting in")
    daemon.stop()
    nothing_written_holds_an_address(directory)


def without_its_salts_nothing_is_taken_over(directory, start):
    (directory / "state/salts.bin").unlink()
    daemon = start(changes(directory)).ready()
    d.equal(profiles(daemon, LOGGED), [], "profiles kept under lost salts")
    d.check("file=peers.bin" in daemon.log(), "lost salts are not spoken of")
    daemon.stop()


def off_is_off(directory, start):
    daemon = start({**changes(directory), "privacy": {"peers_max": 0}}).ready()
    view(daemon, VIEWER)
    d.equal(daemon.ask("status")["peers"]["known"], 0, "peers known")
    try:
        peers(daemon, "export", VIEWER)
    except d.Failed as refused:
        d.check("unsupported" in str(refused), str(refused))
    else:
        raise d.Failed("peers.export is answered though nobody is told from anybody")
    daemon.stop()


def main():
    with d.workplace() as (directory, start):
        write_inputs(directory)
        for step in (a_life, a_second_life, a_third_life, without_its_salts_nothing_is_taken_over, off_is_off):
            step(directory, start)
            print(step.__name__, "ok")


if __name__ == "__main__":
    main()
