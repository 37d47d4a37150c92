# SPDX-License-Identifier: BSD-3-Clause
"""Cuts a catalogue of many short titles from a few licensed clips.

Each title is another stretch of a clip, mirrored or tinted so that no two are alike, encoded as an
origin would keep it: H.264 with a key frame every two seconds, AAC. Kept between runs.
"""
import concurrent.futures
import pathlib
import subprocess

TITLE_SECONDS = 12
LOOKS = tuple(f"{flip},hue=h={hue}" for hue in range(0, 360, 60) for flip in ("null", "hflip", "vflip"))
CLIPS = (("bbb", "bbb_480p_30s.mp4", 30.0), ("frog", "mdn_frog.mp4", 8.2))


def plan(count):
    """(id, clip, start in seconds, look) of each title; the first `count` of a fixed list."""
    titles = []
    for turn, look in enumerate(LOOKS):
        for name, file, length in CLIPS:
            for start in range(0, int(length - 3), 4):
                titles.append((f"{name}-{start:02d}-{turn:02d}", file, start, look))
    if count > len(titles):
        raise ValueError(f"at most {len(titles)} titles can be cut from the clips")
    # Deal clips and looks out evenly, so that popular and unpopular titles cost the same.
    return sorted(titles, key=lambda t: (t[2] % 7, t[3], t[0]))[:count]


def cut(clip, start, look, out, size, fps):
    """One title; written beside and renamed, so that a break leaves no half title."""
    part = out.with_suffix(".part.mp4")
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", "2", "-i", clip, "-ss", str(start),
         "-t", str(TITLE_SECONDS), "-vf", f"{look},scale={size},fps={fps}", "-c:v", "libx264",
         "-preset", "superfast", "-crf", "26", "-g", str(2 * fps), "-bf", "0", "-pix_fmt", "yuv420p",
         "-c:a", "aac", "-b:a", "48k", "-ar", "48000", "-threads", "1", part],
        check=True)
    part.rename(out)


def make(clips_dir, out_dir, count, size="426:240", fps=12):
    """Cut what is missing of `count` titles into out_dir; returns their ids in order."""
    out_dir.mkdir(parents=True, exist_ok=True)
    titles = plan(count)
    missing = [t for t in titles if not (out_dir / f"{t[0]}.mp4").exists()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(cut, pathlib.Path(clips_dir) / file, start, look,
                            out_dir / f"{name}.mp4", size, fps)
                for name, file, start, look in missing]
        for job in concurrent.futures.as_completed(jobs):
            job.result()
    return [t[0] for t in titles]
