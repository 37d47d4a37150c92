# SPDX-License-Identifier: BSD-3-Clause
"""What the benches of the encoder have in common: real clips as raw frames, the encoders' command
lines, and what a coded file is worth."""
import json
import os
import re
import resource
import subprocess

SOURCE = os.environ.get("PS_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("PS_BUILD", os.path.join(SOURCE, "build"))
CLIPS = os.path.join(SOURCE, "tests", "data", "clips")
SEGMENT_S = 2
SLICES = (1, 5)  # NAL unit types; headers and SEI are not counted, for anybody


def run(words, **kwargs):
    return subprocess.run(words, check=True, capture_output=True, **kwargs)


class Raw:
    """Frames of a clip as I420 in a file of its own."""

    def __init__(self, folder, path, start_s, height, frames):
        """@p height None: as it is. Never scaled up: @raise ValueError when the source is lower."""
        probe = run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json",
                     "-show_entries", "stream=width,height,r_frame_rate", path]).stdout
        stream = json.loads(probe)["streams"][0]
        self.fps_num, self.fps_den = map(int, stream["r_frame_rate"].split("/"))
        self.height = height or stream["height"]
        if self.height > stream["height"]:
            raise ValueError(f"{path} has {stream['height']} lines only")
        self.width = round(stream["width"] * self.height / stream["height"] / 2) * 2
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.fps = round(self.fps_num / self.fps_den)
        self.idr_every = SEGMENT_S * self.fps
        self.path = os.path.join(folder, f"{self.name}-{self.height}-{start_s}.yuv")
        scale = [] if self.height == stream["height"] else [
            "-vf", f"scale={self.width}:{self.height}:flags=lanczos"]
        run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", "-ss", str(start_s),
             "-i", path, "-frames:v", str(frames), *scale, "-f", "rawvideo", "-pix_fmt", "yuv420p",
             self.path])
        self.frames = os.path.getsize(self.path) // (self.width * self.height * 3 // 2)

    def remove(self):
        os.remove(self.path)


def ours(raw, qp, effort, out):
    return [os.path.join(BUILD, "tests", "bench", "encode-clip"), raw.width, raw.height,
            raw.fps_num, raw.fps_den, qp, effort, raw.idr_every, raw.path, out]


def openh264(raw, qp, out):
    return [os.path.join(BUILD, "tests", "bench", "openh264-clip"), raw.width, raw.height, raw.fps,
            qp, raw.idr_every, raw.path, out]


def x264(raw, settings, out):
    """One thread; IDR frames on the grid and nowhere else."""
    return ["x264", "--quiet", "--no-progress", "--threads", "1", "--demuxer", "raw",
            "--input-csp", "i420", "--input-res", f"{raw.width}x{raw.height}",
            "--fps", f"{raw.fps_num}/{raw.fps_den}", "--keyint", raw.idr_every,
            "--min-keyint", raw.idr_every, "--no-scenecut", *settings, "-o", out, raw.path]


def cpu_s(words):
    """Run it. @return seconds of processor time it took, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = run([str(word) for word in words]).stdout.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime), printed


def slice_bits(path):
    """Bits of all slices of an Annex-B file, start codes included."""
    with open(path, "rb") as file:
        data = file.read()
    starts = [match.start() for match in re.finditer(b"\0\0\1", data)] + [len(data)]
    return 8 * sum(end - start for start, end in zip(starts, starts[1:])
                   if data[start + 3] & 31 in SLICES)


def quality(raw, coded):
    """@return PSNR and SSIM of luma, both in dB, by ffmpeg's filters; every frame must be there."""
    # Frames are paired by number: a raw stream's own time stamps are guesses.
    graph = ("[0:v]settb=1/1000,setpts=N,split[a][b];[1:v]settb=1/1000,setpts=N,split[c][d];"
             "[a][c]psnr[p];[b][d]ssim[s]")
    told = run(["ffmpeg", "-nostdin", "-hide_banner", "-threads", "1", "-i", coded, "-f", "rawvideo",
                "-pix_fmt", "yuv420p", "-video_size", f"{raw.width}x{raw.height}", "-i", raw.path,
                "-filter_complex_threads", "1", "-lavfi", graph, "-map", "[p]", "-f", "null", "-",
                "-map", "[s]", "-f", "null", "-"]).stderr.decode()
    frames = [int(n) for n in re.findall(r"frame= *(\d+)", told)]
    if not frames or frames[-1] != raw.frames or "rror" in told:
        raise RuntimeError(f"{coded}: {frames[-1:]} of {raw.frames} frames\n{told}")
    psnr = re.search(r"PSNR y:([\d.]+)", told)
    ssim = re.search(r"SSIM Y:[\d.]+ \(([\d.]+)\)", told)
    return float(psnr.group(1)), float(ssim.group(1))
