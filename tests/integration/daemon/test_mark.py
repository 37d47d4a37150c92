# SPDX-License-Identifier: BSD-3-Clause
"""What prestaged delivers of a marked profile is read with the deployment's secret, and not without."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

MARK = d.BUILD / "tools/prestage-mark"
SEGMENTS = 3  # of two seconds


def read(source, secret, media):
    done = subprocess.run([MARK, "read", str(source), "--secret-file", str(secret), "--media", media, "--json",
                           "--quiet", "--starts", "20"], capture_output=True, text=True, timeout=200)
    d.equal(done.returncode, 0, done.stderr)
    return json.loads(done.stdout)


def bits(said):
    return "".join(segment["bit"] for segment in said["segments"])


def what_is_delivered_is_read_with_the_secret_and_the_title():
    profile = d.transcode("marked-180p", 320, 180, "300k", watermark="ab")
    with d.workplace() as (directory, start):
        daemon = start({"profiles": [profile], "tier": {"state_dir": directory / "state"}}).ready()
        base, secret = "/m/bbb/marked-180p/", directory / "state/mark.secret"
        # From the second segment on: the time stamps say where that is.
        copy = pathlib.Path(directory, "copy.mp4")
        copy.write_bytes(daemon.get(base + "init.mp4") +
                         b"".join(daemon.get(f"{base}{k}.m4s") for k in range(1, 1 + SEGMENTS)))
        said = read(copy, secret, "bbb")
        d.check(said["alignment"]["sure"], f"not aligned: {said}")
        d.equal(said["alignment"]["tries"], 1, "tries")
        d.equal([segment["segment"] for segment in said["segments"]], [1, 2, 3], "segments")
        d.equal(bits(said), "A" * SEGMENTS, "bits of viewers without a token")
        d.check(not read(copy, secret, "another")["alignment"]["sure"], "read under another title's key")
        said = read(daemon.url(base + "index.m3u8"), secret, "bbb")
        d.equal((said["alignment"]["tries"], bits(said)), (1, "A" * 15), "the playlist's tries and bits")
        daemon.stop()


sys.exit(d.run([what_is_delivered_is_read_with_the_secret_and_the_title]))
