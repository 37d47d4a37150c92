# SPDX-License-Identifier: BSD-3-Clause
"""The real process on captures: no root, no interface; counts known to the last request."""
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

import nic_process as np
from frames import FIN, ACK, SYN, ethernet, gtpu, ipv4, ipv6, request, tcp, vxlan, write_pcap

SERVER = ("--server", "10.77.0.1:80")
TITLE = "/m/clip-1/hd-720p/"


def count(directory, frames, *args, **options):
    path = os.path.join(directory, "made.pcap")
    write_pcap(path, frames, **options)
    return np.read_capture(path, *SERVER, *args)


def in_frames(data, cuts=(), seq=1000, **options):
    """One connection's bytes as frames, split at the given places."""
    ends = sorted({*(c for c in cuts if c < len(data)), len(data)})
    begins = [0, *ends[:-1]]
    return [ethernet(ipv4(tcp(seq + a, data[a:b], **options))) for a, b in zip(begins, ends)]


def kinds_are_told_apart(directory):
    names = ("index.m3u8", "init.mp4", "0.m4s", "17.m4s", "x.m4s", "1.m4s.bak")
    data = b"".join(request(TITLE + n) for n in names) + request("/m/clip-1/master.m3u8")
    out = count(directory, in_frames(data))
    assert out.counts == {("clip-1", "hd-720p", 0): [1, 2, 3], ("clip-1", "-", 0): [0, 0, 1]}
    assert out.totals["media_requests"] == out.counted() == 7


def regions_follow_the_longest_prefix(directory):
    frames = [ethernet(ipv4(tcp(1, request(TITLE + "0.m4s")), src=src))
              for src in ("10.1.0.1", "10.1.2.3", "10.2.0.1")]
    frames += [ethernet(ipv6(tcp(1, request(TITLE + "0.m4s"))))]
    out = count(directory, frames, "--server", "[fd00::1]:80", "--region", "10.1.0.0/16=1",
                "--region=10.1.2.0/24=2", "--region", "fd00:1::/32=9")
    assert {region: c[1] for (_, _, region), c in out.counts.items()} == {0: 1, 1: 1, 2: 1, 9: 1}


def only_the_watched_server_counts(directory):
    data = request(TITLE + "0.m4s")
    frames = [ethernet(ipv4(tcp(1, data), dst="10.77.0.9")),
              ethernet(ipv4(tcp(1, data, dport=8080))),
              ethernet(ipv4(tcp(1, data, sport=80, dport=40000), src="10.77.0.1", dst="10.77.1.5")),
              ethernet(ipv4(tcp(1, data), protocol=17)),
              ethernet(ipv4(tcp(1, data)), vlans=(7, 8))]
    out = count(directory, frames)
    assert out.totals["packets"] == 5 and out.totals["media_requests"] == 1


def requests_survive_every_cut_and_count_once_when_sent_again(directory):
    rng = random.Random(7)
    frames, wanted = [], 0
    for sport in range(40000, 40200):
        data = b"".join(request(f"/m/clip-{rng.randint(0, 9)}/hd-720p/{n}.m4s")
                        for n in range(rng.randint(1, 6)))
        wanted += data.count(b"GET ")
        sent = in_frames(data, cuts=rng.sample(range(1, len(data)), rng.randint(0, 8)),
                         seq=rng.randint(0, 2**32 - 1), sport=sport)
        again = rng.randint(0, len(sent) - 1)
        frames += sent[:again + 1] + sent[again:]
    out = count(directory, frames)
    assert out.totals["media_requests"] == out.counted() == wanted
    assert out.totals["dups"] > 0 and out.totals["cut"] > 0 and out.totals["unseen"] == 0


def what_may_hide_requests_is_said(directory):
    data = request(TITLE + "0.m4s")
    frames = [ethernet(ipv4(tcp(1, data), fragment=0x2000)),                   # the first fragment
              ethernet(ipv4(data, fragment=100)),                              # a later one
              ethernet(ipv4(tcp(1, data[:20], sport=1))),                      # never goes on
              ethernet(ipv4(tcp(1, data[:20], sport=2))),
              ethernet(ipv4(tcp(21, b"", sport=2, flags=FIN | ACK)))]          # gives up itself
    assert count(directory, frames).totals["unseen"] == 3
    merged = request(TITLE + "0.m4s") + b"x" * 3000
    out = count(directory, [ethernet(ipv4(tcp(1, merged)))], snap=1500)
    assert out.totals["media_requests"] == 1 and out.totals["unseen"] == 1


def the_inner_packet_counts_where_tunnels_are_opened(directory):
    inner = ipv4(tcp(1, request(TITLE + "0.m4s")))
    frames = [ethernet(ipv4(gtpu(inner), protocol=17)),
              ethernet(ipv6(vxlan(ethernet(inner.replace(b"/0.m4s", b"/1.m4s"))), next_header=17)),
              ethernet(ipv4(tcp(1, b"x", dport=81)))]
    frames[1] = frames[1].replace(struct.pack(">HH", 40000, 80), struct.pack(">HH", 40001, 80))
    for tunnels, requests in (((), 0), (("--tunnels", "gtpu"), 1), (("--tunnels", "vxlan"), 1),
                              (("--tunnels", "gtpu,vxlan"), 2)):
        totals = count(directory, frames, *tunnels).totals
        assert totals["media_requests"] == totals["http_packets"] == requests
        assert totals["http_packets"] + totals["other_packets"] == totals["packets"] == 3
        assert totals["http_bytes"] + totals["other_bytes"] == totals["bytes"]


def bad_frames_are_harmless(directory):
    rng = random.Random(11)
    good = ethernet(ipv4(tcp(1, request(TITLE + "0.m4s"))), vlans=(1,))
    frames = [good[:n] for n in range(1, len(good))]
    for _ in range(3000):
        frame = bytearray(good)
        for _ in range(rng.randint(1, 8)):
            frame[rng.randrange(len(frame))] = rng.randrange(256)
        frames.append(bytes(frame))
    out = count(directory, frames)
    assert out.totals["packets"] == len(frames)
    assert out.totals["media_requests"] == out.counted() + out.totals["shed_records"]


def a_capture_of_others_is_read_whole(directory):
    """One HTTP response and no request; both directions as the watched server."""
    path = os.path.join(os.environ["PS_TEST_DATA"], "captures", "tcpdump_ipv4_tcp_http_xml.pcap")
    copy = shutil.copy(path, os.path.join(directory, "http.pcap"))
    for server in ("10.21.11.94:80", "10.114.101.120:5767"):
        out = np.read_capture(copy, "--server", server)
        assert out.totals["packets"] == 1 and out.totals["media_requests"] == 0


def a_large_capture_loses_nothing(directory):
    frames = in_frames(b"".join(request(f"/m/clip-{n % 700}/p{n % 3}/{n}.m4s")
                                for n in range(20000)), cuts=range(1400, 2**21, 1400))
    out = count(directory, frames, "--epoch-ms", "10")
    assert out.totals["media_requests"] == out.counted() == 20000
    assert out.totals["port_missed"] == 0 and len(out.counts) == 2100


def more_keys_than_room_are_shed_and_said(directory):
    frames = in_frames(b"".join(request(f"/m/clip-{n}/p/0.m4s") for n in range(5000)),
                       cuts=range(1400, 2**21, 1400))
    out = count(directory, frames, "--keys", "1024", "--epoch-ms", "60000")
    assert out.totals["media_requests"] == 5000 and out.totals["shed_records"] > 0
    assert out.counted() + out.totals["shed_records"] == 5000


def bad_usage_says_what_to_do(directory):
    path = os.path.join(directory, "raw.pcap")
    write_pcap(path, [], link=101)
    config = os.path.join(directory, "nic.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("# comment\nserver = 10.0.0.1:80\nepoch-ms = 1s\n")
    for args, status, words in (
            ((), 2, "--mirror"), (("--pcap", path), 2, "--server"),
            (("--pcap", path, *SERVER), 2, "--print"),
            (("--pcap", path, *SERVER, "--print"), 1, "link type 101"),
            (("--pcap", directory + "/none", *SERVER, "--print"), 1, "No such file"),
            (("--pcap", config, *SERVER, "--print"), 1, "not a pcap"),
            (("--server", "10.0.0.1"), 2, "10.0.0.1:80"), (("--mem-mb", "128MB"), 2, "whole number"),
            (("--region", "10.0.0.1/8=1"), 2, "host bits"), (("--lcores", "0,0"), 2, "different"),
            (("--config", config), 2, "nic.conf:3: epoch-ms"), (("extra",), 2, "--help"),
            (("--mirror", "nosuch0", *SERVER, "--print"), 1, "ip link" if os.geteuid() == 0 else
             "CAP_NET_RAW")):
        run = subprocess.run([np.NIC, *args], capture_output=True, text=True, check=False)
        assert run.returncode == status, (args, run)
        assert words in run.stderr and run.stderr.count("\n") == 1, (args, run.stderr)


def help_names_every_option_and_total(directory):
    run = subprocess.run([np.NIC, "--help"], capture_output=True, text=True, check=True)
    for word in ("--mirror", "--inline", "--pcap", "--stats-file", "media_requests", "SIGUSR1"):
        assert word in run.stdout
    assert all(len(line) <= 100 for line in run.stdout.splitlines())


def main():
    checks = [kinds_are_told_apart, regions_follow_the_longest_prefix,
              only_the_watched_server_counts,
              requests_survive_every_cut_and_count_once_when_sent_again,
              what_may_hide_requests_is_said,
              the_inner_packet_counts_where_tunnels_are_opened, bad_frames_are_harmless,
              a_capture_of_others_is_read_whole, a_large_capture_loses_nothing,
              more_keys_than_room_are_shed_and_said, bad_usage_says_what_to_do,
              help_names_every_option_and_total]
    with tempfile.TemporaryDirectory() as directory:
        # The process runs as nobody, who must reach it and its captures.
        os.chmod(directory, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
        np.NIC = shutil.copy(np.NIC, directory)
        for check in checks:
            check(directory)
            print("ok", check.__name__, flush=True)


main()
