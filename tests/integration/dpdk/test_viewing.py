# SPDX-License-Identifier: BSD-3-Clause
"""A long download and a player through the bump: nothing is changed, every request is counted.

Prints `file=identical`, and what ffmpeg asked for as counted/logged.
"""
import hashlib
import os
import subprocess
import sys

import edge

BIG_BYTES = 100 << 20
MEDIA, PROFILE = "frog", "hd-480p"
PLAY_S = 12
SEGMENT_S = 2


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def a_long_file_arrives_as_it_was_sent(w):
    sent = w.server.make_big(BIG_BYTES)
    got, download = w.fetch("big")
    _, problems = download.communicate(timeout=60)
    assert download.returncode == 0, problems
    assert os.path.getsize(got) == BIG_BYTES and sha256(got) == sha256(sent)
    print(f"mode={w.mode} file=identical bytes={BIG_BYTES}", flush=True)


def make_hls(w):
    """index.m3u8, init.mp4 and n.m4s of a clip, as ffmpeg makes them."""
    at = os.path.join(w.server.root, "m", MEDIA, PROFILE)
    os.makedirs(at)
    subprocess.run(["ffmpeg", "-v", "error", "-t", str(PLAY_S), "-i",
                    os.path.join(edge.CLIPS, "bbb_480p_30s.mp4"), "-c:v", "libx264", "-preset",
                    "ultrafast", "-g", "24", "-c:a", "aac", "-f", "hls", "-hls_time",
                    str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
                    "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename",
                    os.path.join(at, "%d.m4s"), os.path.join(at, "index.m3u8")], check=True)
    return sum(name.endswith(".m4s") for name in os.listdir(at))


def a_player_plays(w, nic):
    segments = make_hls(w)
    w.server.news()
    played = subprocess.run(
        ["ip", "netns", "exec", w.ns.names["cli"], "ffmpeg", "-v", "warning", "-xerror", "-i",
         f"http://{edge.IPV4.server}/m/{MEDIA}/{PROFILE}/index.m3u8", "-f", "null", "-"],
        capture_output=True, text=True, timeout=60, check=False)
    assert played.returncode == 0 and played.stderr == "", played.stderr
    lines = w.server.news()
    edge.settled(nic, len(lines))
    out = nic.stop()
    edge.check(lines, out)
    (key, counts), = edge.keys(lines).items()
    starts, asked, other = out.counts[(*key, edge.IPV4.region)]
    print(f"mode={w.mode} player=ffmpeg errors=0 starts={starts}/{counts[0]} "
          f"segments={asked}/{counts[1]} other={other}/{counts[2]}", flush=True)
    assert starts == 1 and asked == segments >= PLAY_S // SEGMENT_S


def main():
    edge.need()
    for mode in sys.argv[1:] or ("inline", "mirror"):
        with edge.Wire(mode, paths=(edge.IPV4,)) as w:
            nic = w.nic()
            a_long_file_arrives_as_it_was_sent(w)
            a_player_plays(w, nic)


main()
