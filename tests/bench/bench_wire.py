# SPDX-License-Identifier: BSD-3-Clause
"""What prestage-nic as a bump in the wire costs, beside dpdk-testpmd in io mode on the same ports.

Case: a client and lighttpd in namespaces, a veth pair each, af_packet ports between them. Rounds
are interleaved, figures are medians over rounds. Bar: throughput of one TCP download >= 0.8 of
testpmd's. Latency: small requests with pauses in which prestage-nic's worker falls asleep, as
testpmd never does; p50 and p99 of each round. Emulated: virtual ports that share this machine's
cores.

Usage: bench_wire.py [ROUNDS [MEGABYTES]]
"""
import os
import shutil
import shutil
import statistics
import subprocess
import sys

SOURCE = os.environ.get("PS_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "integration", "dpdk"))
import nic_process as np  # noqa: E402
import edge  # noqa: E402

ROUNDS, ROUNDS_MIN = 7, 5
MEGABYTES = 100
RATIO_MIN = 0.8
PROBES = 200
PROBE_PAUSE_S = 0.004
PORT = "qpairs=1,framecnt=4096,framesz=2048,blocksz=65536"
PROBE = f"""
import socket, sys, time
sock = socket.create_connection((sys.argv[1], 80))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
stream = sock.makefile("rb")
took = []
for _ in range({PROBES}):
    time.sleep({PROBE_PAUSE_S})
    since = time.perf_counter()
    sock.sendall(b"GET /m/clip-1/hd-720p/1.m4s HTTP/1.1\\r\\nHost: edge\\r\\n\\r\\n")
    while stream.readline() not in (b"\\r\\n", b""):
        pass
    stream.read({edge.ANSWER_BYTES})
    took.append((time.perf_counter() - since) * 1e6)
took.sort()
print(took[len(took) // 2], took[len(took) * 99 // 100])
"""


class Testpmd:
    """dpdk-testpmd passing frames between the same two interfaces, looking at none."""

    def __init__(self, w):
        self.process = w.ns.start(
            "dp", "dpdk-testpmd", "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry", "-m",
            "128", "--file-prefix", f"bench-wire{os.getpid()}", "--lcores", "0@(0-1),1@(0-1)",
            f"--vdev=net_af_packet0,iface=c1,{PORT}", f"--vdev=net_af_packet1,iface=s1,{PORT}",
            "--", "--forward-mode=io", "--auto-start", "--total-num-mbufs=16384",
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.communicate("\n", timeout=np.WAIT_S)
        # EAL leaves its directory behind.
        runtime = os.environ.get("XDG_RUNTIME_DIR", "/var/run") if os.geteuid() else "/var/run"
        shutil.rmtree(f"{runtime}/dpdk/bench-wire{os.getpid()}", ignore_errors=True)


class Nic:
    def __init__(self, w):
        self.nic = w.nic()

    def stop(self):
        self.nic.stop()


def measure(w, make):
    """@return megabits per second of one download, and p50 and p99 of small requests in us."""
    bump = make(w)
    np.wait_for("a wire", w.is_whole)
    words = w.ns.run("cli", "curl", "-sSf", "-o", "/dev/null", "-w",
                     "%{time_total} %{size_download}",
                     f"http://{edge.IPV4.server}/big").stdout.split()
    took_s, size_bytes = map(float, words)
    probes = w.ns.run("cli", sys.executable, "-c", PROBE, edge.IPV4.server).stdout.split()
    bump.stop()
    return size_bytes * 8e-6 / took_s, float(probes[0]), float(probes[1])


def judge(results, rounds, megabytes):
    median = {name: [statistics.median(column) for column in zip(*rows)]
              for name, rows in results.items()}
    testpmd, nic = median["testpmd"], median["nic"]
    ratio = statistics.median(n[0] / t[0] for n, t in zip(results["nic"], results["testpmd"]))
    print(f"bench=wire emulated=yes rounds={rounds} megabytes={megabytes} "
          f"mbps_testpmd={testpmd[0]:.0f} mbps_nic={nic[0]:.0f}")
    print(f"bench=wire emulated=yes idle_us_p50_testpmd={testpmd[1]:.0f} "
          f"idle_us_p50_nic={nic[1]:.0f} "
          f"idle_us_p99_testpmd={testpmd[2]:.0f} idle_us_p99_nic={nic[2]:.0f} "
          f"added_us_p50={nic[1] - testpmd[1]:.0f} added_us_p99={nic[2] - testpmd[2]:.0f}")
    kept = ratio >= RATIO_MIN
    print(f"bench=wire ratio_testpmd_io={ratio:.2f} bar=>={RATIO_MIN:.2f} "
          f"kept={'yes' if kept else 'no'}", flush=True)
    return 0 if kept else 1


def main():
    edge.need()
    if shutil.which("dpdk-testpmd") is None:
        np.skip("needs dpdk-testpmd")
    rounds = max(int(sys.argv[1]), ROUNDS_MIN) if len(sys.argv) > 1 else ROUNDS
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else MEGABYTES
    results = {"testpmd": [], "nic": []}
    with edge.Wire("inline", paths=(edge.IPV4,)) as w:
        w.server.make_big(megabytes << 20)
        for turn in range(rounds):
            order = [("testpmd", Testpmd), ("nic", Nic)]
            for name, make in order if turn % 2 == 0 else order[::-1]:
                results[name].append(measure(w, make))
    return judge(results, rounds, megabytes)


sys.exit(main())
