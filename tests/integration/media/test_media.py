#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The media room from outside: real clips in, segments out, ffmpeg and ffprobe as judges.

Environment: PS_MEDIA_MAKE (the helper program), PS_CLIPS, PS_ORIGIN (tests/support/origin.py).
"""
import fractions
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import unittest

MAKE = os.environ["PS_MEDIA_MAKE"]
CLIPS = pathlib.Path(os.environ["PS_CLIPS"])
BUNNY = CLIPS / "bbb_480p_30s.mp4"  # 24 fps, B-frames, AAC with priming
BEE = CLIPS / "flutter_bee.mp4"  # 29.97 fps
CALL_S = 60


def make(*args):
    """Run the helper: (its lines as a dict, exit status). A crash or a hang fails the test."""
    done = subprocess.run([MAKE, *map(str, args)], capture_output=True, text=True, timeout=CALL_S)
    if done.returncode not in (0, 1):
        raise AssertionError(f"{args}: status {done.returncode}: {done.stderr}")
    return dict(line.split("=", 1) for line in done.stdout.split() if "=" in line), done.returncode


def frames(url, *ranges):
    done = subprocess.run([MAKE, "frames", str(url), *map(str, ranges)], capture_output=True,
                          text=True, timeout=CALL_S, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def packets(path, kind="v"):
    """[(pts, dts, is key)] of a file's first track of this kind."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", kind, "-show_entries",
         "packet=pts,dts,flags", "-of", "csv=p=0", str(path)],
        capture_output=True, text=True, check=True).stdout
    rows = [line.split(",") for line in out.split()]
    return [(int(row[0]), int(row[1]), row[2].startswith("K")) for row in rows]


def stream(path, kind="v"):
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", kind, "-show_streams", "-of", "flat=s=_",
         str(path)], capture_output=True, text=True, check=True).stdout
    return {line.split("=")[0].replace("streams_stream_0_", ""): line.split("=")[1].strip('"')
            for line in out.splitlines()}


def checksums(path, *select):
    """(time, checksum) of each decoded frame."""
    out = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), *select, "-f", "framemd5", "-"],
                         capture_output=True, text=True, check=True).stdout
    rows = [line.split(",") for line in out.splitlines() if not line.startswith("#")]
    return [(int(row[2]), row[5].strip()) for row in rows]


def extinfs(folder):
    text = (folder / "index.m3u8").read_text()
    return [float(line[8:].rstrip(",")) for line in text.splitlines() if "EXTINF" in line]


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start_origin(self, root=CLIPS, *options):
        origin = subprocess.Popen(
            [sys.executable, os.environ["PS_ORIGIN"], "--root", str(root), *options],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(origin.stdout.close)
        self.addCleanup(origin.wait)
        self.addCleanup(origin.terminate)
        return "http://127.0.0.1:" + origin.stdout.readline().strip().split("=")[1]

    def segments(self, kind, url, segment_ms=2000):
        """Make everything, out of order; join it in order: the count of segments and the file."""
        result, status = make("segments", kind, url, segment_ms, self.folder)
        self.assertEqual(status, 0, result)
        count = len(extinfs(self.folder))
        joined = self.folder / "joined.mp4"
        parts = ["init.mp4"] + [f"{k}.m4s" for k in range(count)]
        joined.write_bytes(b"".join((self.folder / part).read_bytes() for part in parts))
        return count, joined

    def assert_decodes_silently(self, path):
        done = subprocess.run(["ffmpeg", "-v", "warning", "-xerror", "-i", str(path), "-f", "null",
                               "-"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Segments(Folder):
    def test_encoded_segments_made_out_of_order_join_into_one_stream(self):
        for clip, count, frame_count, ticks in ((BUNNY, 15, 720, 1000), (BEE, 3, 121, 1001)):
            with self.subTest(clip=clip.name):
                made, joined = self.segments("x264", clip)
                self.assertEqual(made, count)
                self.assert_decodes_silently(joined)
                times = [row[0] for row in packets(joined)]
                self.assertEqual(times, [n * ticks for n in range(frame_count)])
                facts = stream(joined)
                self.assertEqual(facts["codec_name"], "h264")
                self.assertEqual(fractions.Fraction(facts["time_base"]) * ticks,
                                 1 / fractions.Fraction(facts["avg_frame_rate"]))

    def test_each_encoded_segment_decodes_alone_at_its_own_time(self):
        count, _ = self.segments("x264", BEE)
        init = (self.folder / "init.mp4").read_bytes()
        for k in range(count):
            alone = self.folder / f"alone{k}.mp4"
            alone.write_bytes(init + (self.folder / f"{k}.m4s").read_bytes())
            self.assert_decodes_silently(alone)
            rows = packets(alone)
            self.assertEqual(rows[0][0], k * 60 * 1001)  # 2.002 s at 30000/1001
            self.assertTrue(rows[0][2])

    def test_a_copy_is_the_source_frame_by_frame_and_at_the_same_times(self):
        for clip in (BUNNY, BEE):
            with self.subTest(clip=clip.name):
                _, joined = self.segments("copy", clip)
                self.assert_decodes_silently(joined)
                self.assertEqual(packets(joined), packets(clip))
                self.assertEqual(checksums(joined), checksums(clip, "-an"))

    def test_copy_durations_in_the_playlist_are_those_of_the_segments(self):
        count, joined = self.segments("copy", BUNNY)
        base = int(stream(joined)["time_base"].split("/")[1])
        keys = [row[0] / base for row in packets(joined) if row[2]]
        starts = [sum(extinfs(self.folder)[:k]) for k in range(count)]
        for start in starts:
            self.assertLess(min(abs(start - key) for key in keys), 2e-6)
        self.assertAlmostEqual(sum(extinfs(self.folder)), 30, places=5)

    def test_audio_is_passed_through_without_its_priming(self):
        for clip in (BUNNY, BEE):
            with self.subTest(clip=clip.name):
                count, joined = self.segments("audio", clip)
                self.assert_decodes_silently(joined)
                shown = [row for row in packets(clip, "a") if row[0] >= 0]
                self.assertEqual([row[0] for row in packets(joined, "a")],
                                 [row[0] for row in shown])
                self.assertEqual(stream(joined, "a")["codec_name"], "aac")
                self.assertEqual(count, len(extinfs(self.folder)))

    def test_ffmpeg_plays_the_playlist_to_its_right_end(self):
        for kind, clip, seconds in (("x264", BEE, 4.0374), ("copy", BUNNY, 30), ("audio", BUNNY, 30)):
            with self.subTest(kind=kind):
                self.segments(kind, clip)
                self.assert_decodes_silently(self.folder / "index.m3u8")
                out = subprocess.run(
                    ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of",
                     "csv=p=0", str(self.folder / "index.m3u8")],
                    capture_output=True, text=True, check=True).stdout
                self.assertAlmostEqual(float(out), seconds, delta=0.001)


class Frames(Folder):
    def test_a_frame_is_the_same_however_one_comes_to_it(self):
        straight = frames(BUNNY, 0, 720)
        self.assertEqual(len(straight), 720)
        picks = random.Random(1).sample(range(720), 12) + [0, 719, 249, 250, 251]
        hopping = frames(BUNNY, *[arg for n in picks for arg in (n, 1)])
        self.assertEqual(hopping, [straight[n] for n in picks])

    def test_frames_are_those_that_ffmpeg_decodes(self):
        for clip, count in ((BEE, 121), (BUNNY, 720)):
            ours = [(int(n), md5) for n, md5 in frames(clip, 0, count)]
            theirs = [md5 for _, md5 in checksums(clip, "-an")]
            self.assertEqual(ours, list(enumerate(theirs)))

    def test_a_gap_repeats_the_frame_before(self):
        gap = self.folder / "gap.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", "-vf",
             "select='not(between(n,30,49))'", "-vsync", "passthrough", "-enc_time_base", "1/25",
             "-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-video_track_timescale",
             "12800", str(gap)], check=True)
        facts, _ = make("info", gap)
        if facts["fps"] != "25/1":
            self.skipTest(f"this ffmpeg wrote {facts['fps']}")
        rows = [row[1] for row in frames(gap, 0, 100)]
        self.assertEqual(set(rows[29:50]), {rows[29]})
        self.assertEqual(len(set(rows)), 80)
        self.assertEqual(frames(gap, 40, 1), [["40", rows[29]]])

    def test_other_containers_are_read_too(self):
        straight = [row[1] for row in frames(BUNNY, 0, 120)]
        for name, options in (("film.mkv", ()), ("parts.mp4", ("-movflags", "frag_keyframe"
                                                               "+empty_moov+default_base_moof"))):
            film = self.folder / name
            subprocess.run(["ffmpeg", "-v", "error", "-i", str(BUNNY), "-an", "-c", "copy",
                            *options, str(film)], check=True)
            with self.subTest(name=name):
                self.assertEqual([row[1] for row in frames(film, 100, 20, 0, 5)],
                                 straight[100:] + straight[:5])
                facts, _ = make("info", film)
                if facts["video_codec"]:  # then the copy must be right
                    _, joined = self.segments("copy", film)
                    self.assertEqual(len(packets(joined)), 720)

    def test_ten_bits_and_odd_sizes_become_even_8_bit_frames(self):
        odd = self.folder / "odd.mkv"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=161x91:r=25:d=1", "-c:v",
             "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p10le", str(odd)], check=True)
        facts, status = make("info", odd)
        self.assertEqual((status, facts["size"]), (0, "160x90"))
        self.assertEqual(facts["video_codec"], "")  # Matroska is not for copying
        self.assertEqual(len(frames(odd, 0, 25)), 25)


class Origin(Folder):
    def test_an_http_origin_gives_what_the_file_gives(self):
        url = self.start_origin()
        by_http, status = make("info", f"{url}/{BUNNY.name}")
        by_file, _ = make("info", BUNNY)
        self.assertEqual(status, 0)
        self.assertEqual(by_http.pop("version"), make("info", f"{url}/{BUNNY.name}")[0]["version"])
        by_file.pop("version")
        self.assertEqual(by_http, by_file)
        self.assertEqual(frames(f"{url}/{BUNNY.name}", 600, 3, 2, 2), frames(BUNNY, 600, 3, 2, 2))

    def test_a_copy_comes_over_http_byte_for_byte(self):
        url = self.start_origin()
        _, joined = self.segments("copy", BUNNY)
        from_file = joined.read_bytes()
        _, joined = self.segments("copy", f"{url}/{BUNNY.name}")
        self.assertEqual(joined.read_bytes(), from_file)

    def test_the_version_follows_what_the_origin_has(self):
        film = self.folder / "film.mp4"
        url = self.start_origin(self.folder)
        versions = set()
        for clip in (BUNNY, BEE):
            film.write_bytes(clip.read_bytes())
            for name in (film, f"{url}/film.mp4"):
                versions.add(make("info", name)[0]["version"])
        self.assertEqual(len(versions), 4)

    def test_what_is_not_there_is_not_found(self):
        url = self.start_origin()
        self.assertEqual(make("info", f"{url}/none.mp4"), ({"error": "ENOENT"}, 1))
        self.assertEqual(make("info", self.folder / "none.mp4"), ({"error": "ENOENT"}, 1))

    def test_a_dead_origin_is_an_io_error(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.assertEqual(make("info", f"http://127.0.0.1:{port}/x"), ({"error": "EIO"}, 1))

    def test_a_silent_origin_times_out(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            started = time.monotonic()
            result = make("info", f"http://127.0.0.1:{port}/x", 300)
        self.assertEqual(result, ({"error": "ETIMEDOUT"}, 1))
        self.assertLess(time.monotonic() - started, CALL_S / 2)

    def test_an_origin_that_stalls_in_the_middle_times_out(self):
        url = self.start_origin(CLIPS, "--rate", "1000")  # 16 KiB at once, then 16 s of nothing
        self.assertEqual(make("info", f"{url}/{BUNNY.name}", 500), ({"error": "ETIMEDOUT"}, 1))

    def test_an_origin_that_hangs_up_is_called_again(self):
        url = self.start_origin(CLIPS, "--drop-after", "300000")
        self.assertEqual(frames(f"{url}/{BUNNY.name}", 0, 300), frames(BUNNY, 0, 300))

    def test_an_origin_without_ranges_is_refused(self):
        plain = subprocess.Popen(
            [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory",
             str(CLIPS), "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(plain.stdout.close)
        self.addCleanup(plain.wait)
        self.addCleanup(plain.terminate)
        port = plain.stdout.readline().split(" port ")[1].split()[0]
        self.assertEqual(make("info", f"http://127.0.0.1:{port}/{BEE.name}"),
                         ({"error": "ENOTSUP"}, 1))


class Damage(Folder):
    """Whatever the bytes are: an error or a result, never a crash, never a hang."""

    def try_everything(self, path):
        facts, status = make("info", path)
        if status == 0 and facts["video"] == "1":
            count = int(facts["frames"])
            subprocess.run([MAKE, "frames", str(path), "0", "2", str(count // 2), "2",
                            str(count - 1), "1"], capture_output=True, timeout=CALL_S)
        for kind in ("copy", "audio"):
            make("segments", kind, path, 2000, self.folder)
        return facts

    def test_what_is_not_media_is_refused(self):
        junk = self.folder / "junk"
        for content in (b"", b"x", b"#EXTM3U\n/etc/passwd\n", b"ffconcat version 1.0\nfile x\n",
                        random.Random(3).randbytes(200000)):
            junk.write_bytes(content)
            self.assertEqual(make("info", junk), ({"error": "ENOTSUP"}, 1))

    def test_other_schemes_devices_and_folders_are_refused(self):
        for url in ("ftp://x/y", "concat:a|b", "pipe:0", "data:,x", "subfile:x"):
            self.assertEqual(make("info", url), ({"error": "EPROTONOSUPPORT"}, 1))
        for path in (self.folder, "/dev/zero"):
            self.assertEqual(make("info", path), ({"error": "ENOTSUP"}, 1))
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        self.assertEqual(make("info", fifo), ({"error": "ENOTSUP"}, 1))

    def test_truncated_files_end_with_an_error_where_bytes_are_missing(self):
        whole, cut = BEE.read_bytes(), self.folder / "cut.mp4"
        for share in (0.001, 0.01, 0.1, 0.5, 0.9, 0.999):
            cut.write_bytes(whole[:int(len(whole) * share)])
            facts = self.try_everything(cut)
            if "frames" in facts and share <= 0.5:
                done = subprocess.run([MAKE, "frames", str(cut), "0", facts["frames"]],
                                      capture_output=True, text=True, timeout=CALL_S)
                self.assertIn("error=EBADMSG", done.stdout)

    def test_flipped_bits_never_crash(self):
        whole, flipped = bytearray(BEE.read_bytes()), self.folder / "flipped.mp4"
        header = whole.find(b"moov")
        dice = random.Random(7)
        for turn in range(24):
            data = bytearray(whole)
            low, high = (header, min(header + 6000, len(data))) if turn % 2 else (0, len(data))
            for _ in range(8 if turn % 2 else 400):
                data[dice.randrange(low, high)] ^= 1 << dice.randrange(8)
            flipped.write_bytes(data)
            with self.subTest(turn=turn):
                self.try_everything(flipped)


if __name__ == "__main__":
    unittest.main()
