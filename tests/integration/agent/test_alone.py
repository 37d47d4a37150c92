# SPDX-License-Identifier: BSD-3-Clause
"""prestage-agent without an edge: what it would send, what it refuses, how small it is, what leaves."""
import os
import socket
import struct
import subprocess
import sys
import time

import agent_process as ap
import datagram as dg
d = ap.d

SIZE_BYTES_MAX = 200_000
MEMORY_KB_MAX = 4096


def edge():
    """A socket in the edge's place."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(20)
    return sock, f"127.0.0.1:{sock.getsockname()[1]}"


def is_instrumented():
    return b"__asan_init" in open(ap.AGENT, "rb").read() or b"__tsan_init" in open(ap.AGENT, "rb").read()


def the_program_is_small():
    if is_instrumented():
        return
    with d.workplace() as (directory, start):
        stripped = directory / "prestage-agent"
        subprocess.run(["strip", "-o", stripped, ap.AGENT], check=True)
        size = stripped.stat().st_size
        needed = subprocess.run(["readelf", "-d", stripped], capture_output=True, text=True, check=True).stdout
        libraries = {line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line}
        print(f"stripped_bytes={size} libraries={','.join(sorted(libraries))}")
        d.check(size < SIZE_BYTES_MAX, f"the stripped program has {size} bytes")
        d.check(libraries <= {"libc.so.6", "libsodium.so.23"}, f"it needs {libraries}")


def it_takes_little_memory():
    """With lists as long as they may be, and a queue that is written again and again."""
    with d.workplace() as (directory, start):
        now = int(time.time())
        event = "BEGIN:VEVENT\nDTSTART:20240101T200000\nRRULE:FREQ=DAILY\nX-PRESTAGE-MEDIA:m{0}\nEND:VEVENT\n"
        (directory / "names").write_text("".join(f"m{n} Title {n}\n" for n in range(1024)))
        (directory / "calendar").write_text("".join(event.format(n % 1024) for n in range(1100)))
        (directory / "epg").write_text("".join(
            f'<programme start="20300101200000"><title>Title {n}</title></programme>\n' for n in range(1100)))
        (directory / "history").write_text("".join(f"{now - 900000 + 60 * n} m{n % 50}\n" for n in range(15000)))
        agent = start("--dry-run", *(word for name in ("names", "calendar", "epg", "history", "queue")
                                     for word in (f"--{name}", directory / name)),
                      kind=lambda *args: ap.Agent(directory, *args))
        for n in range(5):
            (directory / "queue").write_text("".join(f"m{m} 600\n" for m in range(n, 256)))
            time.sleep(0.5)
        agent.wait_for("a look", lambda: "would send media=" in agent.log(), 20)
        memory = agent.memory_kb()
        print(f"memory_kb_max={memory}")
        d.check(is_instrumented() or memory < MEMORY_KB_MAX, f"it took {memory} KiB:\n{agent.memory_map()}")
        d.equal(agent.end(), 0, "exit status")


def nothing_is_sent_without_consent_or_key():
    with d.workplace() as (directory, start):
        sock, address = edge()
        key = ap.key_file(directory)
        for args, why in ((("--edge", address, "--key-file", key), "consent"),
                          (("--consent", "no", "--edge", address, "--key-file", key), "consent")):
            status, _, said = ap.run_to_end(*args)
            d.check(status == 2 and why in said, f"{args}: {status} {said}")
        for mode in (0o640, 0o604):
            ap.key_file(directory, mode=mode)
            status, _, said = ap.run_to_end("--consent", "yes", "--edge", address, "--key-file", key)
            d.check(status == 1 and "0600" in said, f"{mode:o}: {status} {said}")
        ap.key_file(directory, "1:2")
        status, _, said = ap.run_to_end("--consent", "yes", "--edge", address, "--key-file", key)
        d.check(status == 1 and "not valid" in said, f"a bad key: {status} {said}")
        sock.settimeout(0.2)
        try:
            d.check(not sock.recv(2000), "something was sent")
        except TimeoutError:
            pass


def dry_run_and_show_say_what_would_be():
    with d.workplace() as (directory, start):
        queue = directory / "queue.m3u"
        queue.write_text("#EXTM3U\n#EXTINF:600,First\n#PRESTAGE-MEDIA:one\n/home/me/secret.mp4\n/home/me/other.mp4\n")
        status, shown, said = ap.run_to_end("--show", "--queue", queue)
        d.equal((status, said), (0, ""), "exit status and complaints of --show")
        d.check("need one " in shown and "by=queue" in shown, shown)
        d.check("secret" not in shown and "other" not in shown, shown)
        agent = start("--dry-run", "--queue", queue, kind=lambda *args: ap.Agent(directory, *args))
        agent.wait_for("the queue", lambda: "would send media=one" in agent.log(), 20)
        agent.tell("two in 60 0.5")
        agent.wait_for("what was told", lambda: "would send media=two" in agent.log(), 20)
        d.check("p=0.500 by=told" in agent.log(), agent.log())
        fresh = directory / "fresh"
        fresh.write_text("three 60\n")
        fresh.rename(queue)
        agent.wait_for("another queue", lambda: "would send media=three" in agent.log(), 20)
        agent.tell("/home/me/secret.mp4 in 60")
        agent.tell("x" * 2000)
        agent.tell("four in 60")
        agent.wait_for("a line after bad ones", lambda: "would send media=four" in agent.log(), 20)
        d.check("secret" not in agent.log(), agent.log())
        d.equal(agent.end(), 0, "exit status")


def what_leaves_is_what_the_header_says():
    """A real datagram, taken apart without any code of ours; and the NIC counts it as a claim."""
    with d.workplace() as (directory, start):
        sock, address = edge()
        config = directory / "agent.conf"
        config.write_text(f"# of this peer\nconsent yes\nedge {address}\nkey-file {ap.key_file(directory)}\n"
                          "device television\nregion 9\n")
        agent = start("--config", config, kind=lambda *args: ap.Agent(directory, *args))
        before = int(time.time())
        agent.tell("clip-1 in 600 0.75")
        bytes_ = sock.recv(2000)
        header, auth, _, body = dg.take_apart(bytes_)
        d.equal(header, (dg.MAGIC, dg.VERSION, dg.media_key("clip-1"), 3, 0, 0, len(bytes_) - 24), "header")
        d.equal(auth[0], 0x1122334455667788, "key id")
        d.check(abs(auth[1] / 1000 - time.time()) < 30, f"time {auth[1]}")
        d.check(dg.is_by(bytes_, bytes(range(32))), "the code is another")
        start_s = struct.unpack(">Q", body.split(b"\xa4from\xcf")[1][:8])[0]
        d.check(before + 600 <= start_s <= before + 640, f"from {start_s}, said at {before}")
        d.equal(body, dg.msgpack_of({"media": "clip-1", "from": start_s, "to": start_s + 300, "p": 0.75, "region": 9}),
                "body")
        d.check(os.uname().nodename.encode() not in bytes_, "the host's name is in it")
        agent.tell("clip-2 in 600")
        _, again, _, _ = dg.take_apart(sock.recv(2000))
        d.check(again[2] > auth[2], "sequence numbers do not ascend")
        d.equal(agent.end(), 0, "exit status")
        the_nic_counts_it(directory, bytes_)


def the_nic_counts_it(directory, bytes_):
    if "PS_NIC" not in os.environ:
        print("no prestage-nic was built: not counted")
        return
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "dpdk"))
    import frames
    import nic_process as np
    path = directory / "claim.pcap"
    directory.chmod(0o755)  # it is read without root's rights
    frames.write_pcap(path, [frames.ethernet(frames.ipv4(frames.udp(bytes_), protocol=17))])
    out = np.read_capture(str(path), "--server", "10.77.0.1:80")
    claims = [np.fields(line) for line in out.lines if line.startswith("claim ")]
    d.equal([(c["media"], c["device"], c["count"]) for c in claims],
            [(f"key:{dg.media_key('clip-1'):016x}", 3, 1)], "claims that the NIC counted")
    d.equal(out.totals["media_requests"], 0, "requests that the NIC counted")


def an_application_can_have_one():
    sock, address = edge()
    done = subprocess.run([ap.EMBED, address, ap.KEY, "clip-1", "60"], capture_output=True, text=True, timeout=20)
    d.equal((done.returncode, done.stdout), (0, "said clip-1 by told\n"), "what the application said")
    d.check(dg.is_by(sock.recv(2000), bytes(range(32))), "the code is another")


def the_record_is_kept():
    with d.workplace() as (directory, start):
        sock, address = edge()
        state, history = directory / "state", directory / "history"
        history.write_text("")
        args = ("--consent", "yes", "--edge", address, "--key-file", ap.key_file(directory), "--state", state,
                "--history", history)
        agent = start(*args, kind=lambda *a: ap.Agent(directory, *a))
        agent.tell("clip-1 in 1 0.5")
        sock.recv(2000)
        history.write_text(f"{int(time.time())} clip-1\n")
        time.sleep(1)
        d.equal(agent.end(), 0, "exit status")
        d.check("told 1000 500\n" in state.read_text(), f"the record: {state.read_text()}")
        d.equal(oct(state.stat().st_mode & 0o777), oct(0o600), "its mode")
        _, shown, _ = ap.run_to_end("--show", "--state", state)
        d.check("record told: judged by claims 0.50, came true 1.00" in shown, shown)


sys.exit(d.run([the_program_is_small, it_takes_little_memory, nothing_is_sent_without_consent_or_key,
                dry_run_and_show_say_what_would_be, what_leaves_is_what_the_header_says,
                an_application_can_have_one, the_record_is_kept]))
