# SPDX-License-Identifier: BSD-3-Clause
"""Chromium plays what the emulated card encoded, by hls.js: to the end, every frame, no error."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import browser
import daemon as d

FROG = d.CLIPS / "mdn_frog.mp4"
FRAMES, SECONDS = 248, 248 / 30
PROFILES = [
    d.transcode("fast-360p", 640, 360, "600k", effort=0),
    d.transcode("best-360p", 640, 360, "600k", effort=2),
    d.transcode("marked-180p", 320, 180, "250k", watermark="ab"),
    d.transcode("steady-180p", 320, 180, "400k", rate="quality", quality=28),
    {"name": "audio-aac", "kind": "audio", "segment": "2s"},
]


def check_played(path, size, daemon, directory):
    seen, requests = browser.play(daemon, directory, path)
    stalls = [e for e in seen["errors"] if "bufferStalled" in e]  # too little time, not too little stream
    errors = [e for e in seen["errors"] if e not in stalls]
    print(f"    emulated browser=chromium stream={path} seconds={seen['seconds']:.2f} frames={seen['frames']} "
          f"dropped={seen['dropped']} corrupted={seen['corrupted']} stalls={len(stalls)} errors={len(errors)}", flush=True)
    d.equal(errors, [], f"errors of hls.js with {path}")
    d.equal((seen["media_error"], seen["corrupted"]), ("", 0), f"decode errors of {path}")
    d.check(seen["ended"] and abs(seen["seconds"] - SECONDS) < 0.1, f"{path} did not play to its end: {seen}")
    if size is not None:
        d.equal((seen["width"], seen["height"]), size, f"size of {path}")
    # Frames that come too late to be shown on a busy machine are counted among all, as dropped.
    d.check(seen["frames"] >= FRAMES - 1, f"{seen['frames']} of {FRAMES} frames of {path} left the decoder")
    d.check(seen["shown"] > 0 and seen["dropped"] < seen["frames"] / 2, f"hardly a frame of {path} was shown: {seen}")
    d.equal([r for r in requests if r[1] != 200], [], f"requests of {path} that were refused")


def every_profile_plays(daemon, directory):
    for profile in PROFILES:
        d.fetch_resource(daemon, "frog", profile["name"])  # made before they are played
    for profile in PROFILES[:4]:
        check_played(f"/m/frog/{profile['name']}/index.m3u8", (profile["width"], profile["height"]), daemon, directory)


def the_master_playlist_plays_with_its_audio(daemon, directory):
    check_played("/m/frog/master.m3u8", None, daemon, directory)


def damage_is_seen(daemon, directory):
    """The negative control: segments whose second half was changed on the way."""
    request = daemon.request

    def damaged(path, *args, **options):
        if path.endswith(".m4s"):
            status, headers, body = request(path, *args, **options)
            half = len(body) // 2
            return status, headers, body[:half] + bytes(b ^ 0x55 for b in body[half:])
        return request(path, *args, **options)

    daemon.request = damaged
    try:
        seen, _ = browser.play(daemon, directory, "/m/frog/marked-180p/index.m3u8")
    finally:
        daemon.request = request
    d.check(seen["errors"] or seen["media_error"] or seen["frames"] < FRAMES - 1, f"damage went unseen: {seen}")


def main():
    browser.skip_unless_there()
    with d.workplace() as (directory, start):
        daemon = start({"profiles": PROFILES, "media": [{"id": "frog", "url": FROG}]}).ready()
        return d.run([every_profile_plays, the_master_playlist_plays_with_its_audio, damage_is_seen],
                     daemon, directory)


sys.exit(main())
