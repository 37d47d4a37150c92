# SPDX-License-Identifier: BSD-3-Clause
"""What a served title has to be: used with the emulated card and, in tests/hil, with a real one."""
import daemon as d

PROFILES = [
    {"name": "source", "kind": "copy", "segment": "2s"},
    d.transcode("tablet-180p", 320, 180),
    d.transcode("marked-144p", 256, 144, "100k", watermark="ab"),
    {"name": "audio-aac", "kind": "audio", "segment": "2s"},
]
# codec, profile, and size or sampling rate, as ffprobe names them
STREAMS = {
    "source": ("h264", "High", 854, 480),
    "tablet-180p": ("h264", "Constrained Baseline", 320, 180),
    "marked-144p": ("h264", "Constrained Baseline", 256, 144),
    "audio-aac": ("aac", "LC", "48000", 6),
}


def path_of(media, profile):
    return f"/m/{media}/{profile}/index.m3u8"


def check_plays_to_its_end(daemon, media, seconds):
    """The master playlist and each media playlist, by ffmpeg, without a word from it."""
    master = daemon.get(f"/m/{media}/master.m3u8").decode()
    for profile in PROFILES:
        name = profile["name"]
        d.check(f"{name}/index.m3u8" in master, f"{name} is not in the master playlist:\n{master}")
        d.check_plays(daemon.url(path_of(media, name)), seconds, name)
        _, segments = d.playlist(daemon.get(path_of(media, name)).decode())
        told = sum(length for length, _ in segments)
        d.check(abs(told - seconds) <= 0.1, f"{name}'s playlist tells of {told} s, not {seconds}")
    d.check_plays(daemon.url(f"/m/{media}/master.m3u8"), seconds, "the master playlist")


def check_streams(daemon, media):
    for profile in PROFILES:
        streams = d.probe(daemon.url(path_of(media, profile["name"])))
        d.equal(len(streams), 1, f"streams of {profile['name']}")
        of = streams[0]
        sizes = (of["sample_rate"], of["channels"]) if profile["kind"] == "audio" else (of["width"], of["height"])
        d.equal((of["codec_name"], of["profile"], *sizes), STREAMS[profile["name"]],
                f"stream of {profile['name']}")
