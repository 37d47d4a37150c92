# SPDX-License-Identifier: BSD-3-Clause
"""Quality of the encoder kernel against x264 and OpenH264: Bjontegaard rates over real clips.

Each clip at 360 lines and at the most of 720, 540 and its own that it has (never scaled up), each
encoder at four qps on the same IDR grid: Bjontegaard rate by PSNR and by SSIM of luma, both in dB,
over the bits of the slices. Every encoder takes P frames at the qp; ours and x264 take IDR frames
3 lower, OpenH264 knows one qp only. Keys without `crf` are that comparison, tools against tools;
those with `crf` hold ours, at fixed qp as before, against x264's own rate control, with its
adaptive quantisation and its look-ahead.
"""
import argparse
import os
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bjontegaard  # noqa: E402
import encode_clips as clips  # noqa: E402

QPS = (22, 27, 32, 37)
CRFS = (20, 25, 30, 35)
EFFORTS = (0, 1, 2)
# Where to begin in a clip: a second into what is worth coding.
STARTS_S = {"bbb_480p_30s": 9}
X264 = {name: ["--preset", name, "--ipratio", "1.41"] for name in ("veryfast", "ultrafast")}
OTHERS = ("veryfast", "ultrafast", "openh264", "veryfast_crf")
BARS = {"bdrate_psnr_vs_veryfast_pct": 35, "bdrate_psnr_vs_veryfast_pct_effort0": 60,
        "bdrate_psnr_vs_ultrafast_pct_worst": 0, "bdrate_psnr_vs_openh264_pct": 0}


def sizes(quick):
    yield 360, 48 if quick else 120
    if not quick:
        yield None, 96


def curve(raw, command, steps):
    """@return [(bits, psnr, ssim)...] of one encoder, and the frames per second it made."""
    points, seconds = [], 0
    out = raw.path + ".264"
    for step in steps:
        took_s, _ = clips.cpu_s(command(step, out))
        seconds += took_s
        points.append((clips.slice_bits(out), *clips.quality(raw, out)))
    os.remove(out)
    return points, raw.frames * len(steps) / seconds


def commands(raw, efforts):
    """Name of each encoder: how to call it at a step, and the steps."""
    for effort in efforts:
        yield f"effort{effort}", lambda qp, out, e=effort: clips.ours(raw, qp, e, out), QPS
    for name, settings in X264.items():
        yield name, lambda qp, out, s=settings: clips.x264(raw, [*s, "--qp", qp], out), QPS
    yield "veryfast_crf", lambda crf, out: clips.x264(
        raw, ["--preset", "veryfast", "--crf", crf], out), CRFS
    yield "openh264", lambda qp, out: clips.openh264(raw, qp, out), QPS


def rates(points, reference):
    return [bjontegaard.rate_pct([(p[0], p[axis]) for p in points],
                                 [(p[0], p[axis]) for p in reference]) for axis in (1, 2)]


def measure(raw, efforts, found):
    """Adds to @p found: (effort, other) -> [(clip, psnr rate, ssim rate)...]."""
    curves = {}
    for name, command, steps in commands(raw, efforts):
        curves[name], fps = curve(raw, command, steps)
        told = " ".join(f"{bits * raw.fps_num / raw.fps_den / raw.frames / 1000:.0f}/{psnr:.2f}"
                        f"/{ssim:.2f}" for bits, psnr, ssim in curves[name])
        print(f"bench=encode-quality clip={raw.name} size={raw.width}x{raw.height} "
              f"encoder={name} fps={fps:.0f} kbps/psnr/ssim_db={told}", flush=True)
    for effort in efforts:
        for other in OTHERS:
            pair = rates(curves[f"effort{effort}"], curves[other])
            found.setdefault((effort, other), []).append((f"{raw.name}_{raw.height}", *pair))
            print(f"bench=encode-quality clip={raw.name} size={raw.width}x{raw.height} "
                  f"effort={effort} against={other} bdrate_psnr_pct={pair[0]:+.1f} "
                  f"bdrate_ssim_pct={pair[1]:+.1f}", flush=True)


def figures(found):
    """Key -> value; effort 2 has no suffix, as it is what quality is judged at."""
    for (effort, other), rows in sorted(found.items()):
        suffix = "" if effort == 2 else f"_effort{effort}"
        for axis, name in ((1, "psnr"), (2, "ssim")):
            key = f"bdrate_{name}_vs_{other}_pct"
            yield key + suffix, statistics.mean(row[axis] for row in rows)
            yield key + "_worst" + suffix, max(row[axis] for row in rows)


def judge(found):
    table = dict(figures(found))
    # Better than ultrafast on every clip holds for the worst of both ends of the scale.
    worst = "bdrate_psnr_vs_ultrafast_pct_worst"
    table[worst] = max(value for key, value in table.items()
                       if key in (worst, worst + "_effort0"))
    missed = 0
    for key, value in table.items():
        line = f"bench=encode-quality {key}={value:.1f}"
        if key in BARS:
            missed += value > BARS[key]
            line += f" bar=<={BARS[key]} kept={'yes' if value <= BARS[key] else 'no'}"
        print(line, flush=True)
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", default="PS_BENCH_QUICK" in os.environ,
                        help="360 lines and fewer frames: for a look while working")
    parser.add_argument("--efforts", type=int, nargs="+", default=EFFORTS, choices=EFFORTS)
    parser.add_argument("--clips", default=clips.CLIPS, help="folder with the clips")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory(prefix="prestage-bench-") as folder:
        for name in sorted(os.listdir(options.clips)):
            if not name.endswith(".mp4"):
                continue
            start_s = STARTS_S.get(os.path.splitext(name)[0], 0)
            for height, frames in sizes(options.quick):
                raw = clips.Raw(folder, os.path.join(options.clips, name), start_s, height, frames)
                measure(raw, options.efforts, found)
                raw.remove()
    return judge(found)


if __name__ == "__main__":
    sys.exit(main())
