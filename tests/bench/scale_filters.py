# SPDX-License-Identifier: BSD-3-Clause
"""Which filter to scale down with: what an encoder makes of its pictures, seen at full size again.

Each clip is scaled to half its size by ffmpeg with each filter, coded by our encoder at four qps,
decoded, scaled up again (bicubic, as players do) and compared with the original's luma. Prints
per filter the PSNR without coding and the mean BD-rate against the box filter (area). A study for
docs/decisions/013-scaling-filter.md, not a benchmark with a bar.
Usage: PS_BUILD=build python3 tests/bench/scale_filters.py [FRAMES]
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from bjontegaard import rate_pct

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "data/clips"
ENCODE = pathlib.Path(os.environ.get("PS_BUILD", "build")).resolve() / "tests/bench/encode-clip"
CLIPS = [("flutter_bee.mp4", 1280, 720), ("mdn_frog.mp4", 720, 480), ("bbb_480p_30s.mp4", 848, 480)]
FILTERS = {"area": "area", "bilinear": "bilinear", "bicubic": "bicubic",
           "lanczos2": "lanczos:param0=2", "lanczos3": "lanczos:param0=3",
           "lanczos4": "lanczos:param0=4"}
QPS = [22, 27, 32, 37]
SKIP_S = "2"


def ffmpeg(*arguments):
    run = subprocess.run(["ffmpeg", "-v", "info", "-nostdin", "-y", *arguments],
                         capture_output=True, text=True, check=True)
    return run.stderr


def raw(width, height):
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", "30"]


def luma_psnr(coded_input, original, width, height):
    up = f"[0:v]scale={width}:{height}:flags=bicubic+accurate_rnd[a];[a][1:v]psnr"
    text = ffmpeg(*coded_input, *raw(width, height), "-i", original, "-lavfi", up, "-f", "null", "-")
    return float(re.findall(r"PSNR y:([\d.]+)", text)[-1])


def measure(folder, clip, width, height, name, frames):
    original, small = f"{folder}/original.yuv", f"{folder}/small.yuv"
    ffmpeg("-ss", SKIP_S, "-i", str(SOURCE / clip), "-frames:v", frames, "-vf",
           f"crop={width}:{height}", *raw(width, height)[:4], original)
    w, h = width // 4 * 2, height // 4 * 2
    ffmpeg(*raw(width, height), "-i", original, "-vf",
           f"scale={w}:{h}:flags={FILTERS[name].replace(':', '+accurate_rnd:', 1)}"
           if ":" in FILTERS[name] else f"scale={w}:{h}:flags={FILTERS[name]}+accurate_rnd",
           *raw(w, h)[:4], small)
    plain = luma_psnr([*raw(w, h), "-i", small], original, width, height)
    points = []
    for qp in QPS:
        bits = f"{folder}/bits.h264"
        subprocess.run([ENCODE, str(w), str(h), "30", "1", str(qp), "1", "60", small, bits],
                       check=True, capture_output=True)
        points.append((os.path.getsize(bits), luma_psnr(["-r", "30", "-i", bits], original, width,
                                                        height)))
    return plain, points


def main():
    frames = sys.argv[1] if len(sys.argv) > 1 else "60"
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for clip, width, height in CLIPS:
            for name in FILTERS:
                results[clip, name] = measure(folder, clip, width, height, name, frames)
    for name in FILTERS:
        plain = [results[clip, name][0] for clip, _, _ in CLIPS]
        rates = [rate_pct(results[clip, name][1], results[clip, "area"][1]) for clip, _, _ in CLIPS]
        print(f"study=scale-filters filter={name} psnr_db={sum(plain) / len(plain):.2f} "
              f"bdrate_vs_box_pct={sum(rates) / len(rates):.2f} " +
              " ".join(f"bdrate_{clip.split('_')[0]}_pct={rate:.2f}"
                       for (clip, _, _), rate in zip(CLIPS, rates)))


if __name__ == "__main__":
    main()
