# SPDX-License-Identifier: BSD-3-Clause
"""The encoder kernel over random streams and whole clips: each frame decoded by libavcodec, each
stream stopped and resumed in another process.

What tools/test does with small streams in seconds (tests/integration/kernels/test_streams.c), here
for pictures up to 1920x1088 and every frame of the clips, at each effort. Fails when a frame
differs, a run fails, a bound is broken or a resumed stream is not bit-identical; or when streams
damaged on purpose are not seen.
"""
import argparse
import os
import re
import subprocess
import sys
import time

BUILD = os.environ.get("PS_BUILD", "build")
BINARY = os.path.join(BUILD, "tests", "integration", "kernels", "test-kernels-streams")
CHUNK = 10          # streams of one process
STREAM_MBS = 20000  # macroblocks of one stream: two frames of the largest picture
CLIP_FRAMES = 1000  # more than a clip has


def chunk(first, streams, clip_frames):
    """@return whether all was well, and the sums by what they are of."""
    env = dict(os.environ, PS_STREAMS_FIRST=str(first), PS_STREAMS=str(streams),
               PS_STREAM_MBS=str(STREAM_MBS), PS_STREAM_CLIPS=str(clip_frames))
    run = subprocess.run([BINARY], env=env, capture_output=True, text=True, check=False)
    for line in re.findall(r"^ *(seed=.*)$", run.stdout, re.M):
        print(f"soak: {line}", flush=True)
    if run.returncode != 0:
        print(run.stdout[-2000:] + run.stderr[-2000:], flush=True)
    sums = {}
    for of, pairs in re.findall(r"^ *of=(\w+) (.*)$", run.stdout, re.M):
        sums[of] = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", pairs)}
    return run.returncode == 0 and "damaged" in sums, sums


def chunks(options):
    """First stream, streams and frames of each clip, one process after the other."""
    until = time.monotonic() + options.minutes * 60
    done = 0
    if options.clips > 0:
        yield 0, 0, options.clips
    while done < options.streams or time.monotonic() < until:
        count = min(CHUNK, options.streams - done) if done < options.streams else CHUNK
        yield options.seed + done, count, 0
        done += count


def main():
    parser = argparse.ArgumentParser(prog="tools/soak kernels", description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--clips", type=int, default=CLIP_FRAMES,
                        help="frames of each clip; 0: no clips")
    parser.add_argument("--minutes", type=float, default=0, help="go on with more streams")
    parser.add_argument("--seed", type=int, default=0, help="the first stream's")
    options = parser.parse_args()
    totals = {"clips": {}, "random": {}}
    failed, damage_seen = 0, 0
    for first, streams, clip_frames in chunks(options):
        passed, sums = chunk(first, streams, clip_frames)
        failed += not passed
        damage_seen += "damaged" in sums
        of = "clips" if clip_frames else "random"
        for key, value in sums.get(of, {}).items():
            totals[of][key] = totals[of].get(key, 0) + value
        print(f"soak: of={of} " + " ".join(f"{k}={v}" for k, v in totals[of].items()) +
              f" damage_seen={damage_seen}", flush=True)
    print("soak: " + " ".join(f"{key}={value + totals['clips'].get(key, 0)}"
                              for key, value in totals["random"].items()) +
          f" failed={failed}", flush=True)
    sys.exit(1 if failed else 0)


main()
