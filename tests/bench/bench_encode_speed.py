# SPDX-License-Identifier: BSD-3-Clause
"""Speed of the encoder kernel as C on one core, and against x264's C with the nearest tools.

Clips of 16:9 at 360, 540 and 720 lines (scaled down only), qp 27 with IDR frames 3 lower, two
seconds apart; ours and x264 --no-asm in turn, each on the same single core, the order changing
from round to round. Seconds are processor time of the whole process; figures are medians of
rounds. x264's command line for each effort has the tools that the effort has, as near as its
options allow; it is printed. bits_ratio is ours over x264's and psnr_gain_db ours minus x264's, so
that speed bought with quality shows.
"""
import argparse
import os
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import encode_clips as clips  # noqa: E402

QP = 27
ROUNDS = 5
HEIGHTS = {360: 96, 540: 60, 720: 48}  # and frames of each clip
STARTS_S = {"bbb_480p_30s.mp4": 9, "flutter_bee.mp4": 0}
BASELINE = ("--no-asm --profile baseline --no-cabac --no-8x8dct --bframes 0 --ref 1 --weightp 0 "
            "--no-mbtree --rc-lookahead 0 --aq-mode 0 --no-psy --ipratio 1.41 "
            f"--qp {QP}")
# Effort 0 has whole macroblocks only, one step at half and one at quarter samples, and decides by
# SATD; 1 and 2 have all partitions and decide by what candidates cost in bits and error; 2 goes two
# steps and thins levels by the same cost.
X264 = {0: f"{BASELINE} --partitions i4x4 --me hex --subme 2 --trellis 0",
        1: f"{BASELINE} --partitions p8x8,i4x4 --me hex --subme 6 --trellis 0",
        2: f"{BASELINE} --partitions p8x8,i4x4 --me hex --subme 6 --trellis 1"}
BARS = {"fps_360p_effort0": 60, "fps_360p_effort2": 30,
        "ratio_x264_noasm_effort0": 1.5, "ratio_x264_noasm_effort2": 1.0}


class Pair:
    """One clip at one size and effort, ours and x264's."""

    def __init__(self, raw, effort, core):
        self.raw, self.effort = raw, effort
        self.outs = {who: f"{raw.path}.{effort}.{who}" for who in ("ours", "x264")}
        pin = ["taskset", "-c", core]
        self.words = {"ours": pin + clips.ours(raw, QP, effort, self.outs["ours"]),
                      "x264": pin + clips.x264(raw, X264[effort].split(), self.outs["x264"])}
        self.seconds = {"ours": [], "x264": []}

    def measure(self, turn):
        for who in ("ours", "x264") if turn % 2 == 0 else ("x264", "ours"):
            self.seconds[who].append(clips.cpu_s(self.words[who])[0])

    def bits_ratio(self):
        return clips.slice_bits(self.outs["ours"]) / clips.slice_bits(self.outs["x264"])

    def psnr_gain_db(self):
        return (clips.quality(self.raw, self.outs["ours"])[0] -
                clips.quality(self.raw, self.outs["x264"])[0])


def fps(pairs, who):
    """Of all clips together, one figure for each round."""
    frames = sum(pair.raw.frames for pair in pairs)
    return [frames / sum(seconds) for seconds in zip(*(pair.seconds[who] for pair in pairs))]


def ratios(pairs):
    return [a / b for a, b in zip(fps(pairs, "ours"), fps(pairs, "x264"))]


def make_pairs(folder, heights, efforts, core):
    for height in heights:
        for name, start_s in STARTS_S.items():
            try:
                raw = clips.Raw(folder, os.path.join(clips.CLIPS, name), start_s, height,
                                HEIGHTS[height])
            except ValueError:
                continue
            for effort in efforts:
                yield Pair(raw, effort, core)


def figures(pairs):
    """Key -> value; the ratio without a size is that of the smallest."""
    table = {}
    for height in sorted({pair.raw.height for pair in pairs}):
        for effort in sorted({pair.effort for pair in pairs}):
            some = [p for p in pairs if p.raw.height == height and p.effort == effort]
            median = statistics.median
            table[f"fps_{height}p_effort{effort}"] = median(fps(some, "ours"))
            table[f"fps_x264_noasm_{height}p_effort{effort}"] = median(fps(some, "x264"))
            table[f"ratio_x264_noasm_{height}p_effort{effort}"] = median(ratios(some))
            table[f"bits_ratio_{height}p_effort{effort}"] = statistics.mean(
                pair.bits_ratio() for pair in some)
            table[f"psnr_gain_db_{height}p_effort{effort}"] = statistics.mean(
                pair.psnr_gain_db() for pair in some)
    for key in [key for key in table if key.startswith("ratio_x264_noasm_360p_")]:
        table[key.replace("360p_", "")] = table[key]
    return table


def judge(table):
    missed = 0
    for key, value in table.items():
        line = f"bench=encode-speed emulated=yes {key}={value:.2f}"
        if key in BARS:
            missed += value < BARS[key]
            line += f" bar=>={BARS[key]} kept={'yes' if value >= BARS[key] else 'no'}"
        print(line, flush=True)
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", default="PS_BENCH_QUICK" in os.environ,
                        help="360 lines and three rounds: for a look while working")
    parser.add_argument("--efforts", type=int, nargs="+", default=sorted(X264), choices=X264)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    options = parser.parse_args()
    for effort in options.efforts:
        print(f"bench=encode-speed effort={effort} x264 {X264[effort]}", flush=True)
    with tempfile.TemporaryDirectory(prefix="prestage-bench-") as folder:
        pairs = list(make_pairs(folder, [360] if options.quick else HEIGHTS, options.efforts,
                                options.core))
        for turn in range(3 if options.quick else ROUNDS):
            for pair in pairs:
                pair.measure(turn)
        return judge(figures(pairs))


if __name__ == "__main__":
    sys.exit(main())
