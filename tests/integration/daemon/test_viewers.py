# SPDX-License-Identifier: BSD-3-Clause
"""Viewers by token: who is let in, and that the variants of each lead back to the viewer and no other."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import jwt_by_hand as jwt

MARK = d.BUILD / "tools/prestage-mark"
SEGMENTS = 15  # of two seconds
BASE = "/m/bbb/marked-180p/"


def begin(start, directory, delivery):
    profile = d.transcode("marked-180p", 320, 180, "300k", watermark="ab")
    return start({"profiles": [profile], "tier": {"state_dir": directory / "state"},
                  "tokens": {"delivery": delivery}}).ready()


def mark(*args):
    done = subprocess.run([MARK, *map(str, args)], capture_output=True, text=True, timeout=200)
    d.equal(done.returncode, 0, done.stderr)
    return done.stdout


def code_words(directory, viewers):
    """{viewer: "ABBA..."} as the book says."""
    book = directory / "book"
    mark("codes", "--viewers", viewers, "--secret-file", directory / "state/mark.secret", "--media", "bbb",
         "--segments", SEGMENTS, "--colluders", 4, "--out", book, "--quiet")
    lines = [line.split() for line in book.read_text().splitlines()]
    digits = {int(words[0]): words[1] for words in lines if len(words) == 2 and words[0].isdigit()}
    return book, {viewer: "".join("BA"[int(bit)] for bit in f"{int(hexa, 16):0{4 * len(hexa)}b}"[:SEGMENTS])
                  for viewer, hexa in digits.items()}


def fetch(daemon, token):
    """A player's way: the playlist with the token, then its links as they stand there."""
    init, segments = d.playlist(daemon.get(f"{BASE}index.m3u8?t={token}").decode())
    d.equal(len(segments), SEGMENTS, "segments")
    answers = [daemon.request(BASE + name) for name in [init] + [name for _, name in segments]]
    d.equal({status for status, _, _ in answers}, {200}, "statuses of a token's links")
    d.equal({headers["Cache-Control"] for _, headers, _ in answers}, {"private, max-age=60"}, "who may keep them")
    return [body for _, _, body in answers]


def each_viewer_gets_the_code_word_of_the_book():
    with d.workplace() as (directory, start):
        daemon = begin(start, directory, "optional")
        tokens = {viewer: daemon.ctl("token", "issue", f"v{viewer}", "view", "media=bbb", f"viewer={viewer}").strip()
                  for viewer in (3, 8)}
        got = {viewer: fetch(daemon, token) for viewer, token in tokens.items()}
        book, words = code_words(directory, 20)
        plain = [daemon.get(BASE + "init.mp4")] + [daemon.get(f"{BASE}{k}.m4s") for k in range(SEGMENTS)]  # all A
        for viewer, bodies in got.items():
            d.equal(bodies[0], plain[0], "init segment")
            seen = "".join("A" if mine == a else "B" for mine, a in zip(bodies[1:], plain[1:]))
            d.equal(seen, words[viewer], f"variants of viewer {viewer}")
        differing = [k for k in range(SEGMENTS) if got[3][1 + k] != got[8][1 + k]]
        d.equal(differing, [k for k in range(SEGMENTS) if words[3][k] != words[8][k]], "segments in which two differ")

        copy = pathlib.Path(directory, "copy.mp4")
        copy.write_bytes(b"".join(got[8]))
        said = json.loads(mark("read", copy, "--secret-file", directory / "state/mark.secret", "--media", "bbb",
                               "--codes", book, "--json", "--quiet", "--starts", 20))
        d.equal("".join(segment["bit"] for segment in said["segments"]), words[8], "bits read from the pictures")
        d.equal(said["suspects"]["highest"][0]["viewer"], "8", "the likeliest viewer")
        daemon.stop()


def only_good_tokens_are_let_in():
    with d.workplace() as (directory, start):
        daemon = begin(start, directory, "required")
        _, _, secret = (directory / "state/token.key").read_text().strip().split(":")
        kid = (directory / "state/token.key").read_text().split(":")[0]

        def made(**more):
            return jwt.hs256(jwt.read_base64url(secret), kid, jwt.claims(**more))

        path = BASE + "index.m3u8"
        for token, status in [(made(), 200), (made(med="bbb"), 200), (made(med="bbb", prf="marked-180p"), 200),
                              (made(med="other"), 403), (made(prf="other"), 403), (made(act=["put", "fetch"]), 403),
                              (made(exp=1), 403), (made(aud="other"), 403), (made(cnf={"ip": "127.0.0.1"}), 200),
                              (made(cnf={"ip": "127.0.0.2"}), 403), (made()[:-1], 403), ("", 403)]:
            d.equal(daemon.request(f"{path}?t={token}")[0], status, f"status in the URL: {token}")
            d.equal(daemon.request(path, headers={"Authorization": f"Bearer {token}"})[0], status, f"status: {token}")
        once = made(use="once", jti="n")
        d.equal([daemon.request(f"{path}?t={once}")[0] for _ in range(2)], [200, 403], "a token good for once")
        for path in (path, "/m/bbb/master.m3u8", BASE + "init.mp4", BASE + "0.m4s", "/m/none/master.m3u8"):
            d.equal(daemon.request(path)[0], 403, f"{path} without a token")
        by_header = daemon.request(BASE + "index.m3u8", headers={"Authorization": "Bearer " + made()})
        d.check(b"?t=" not in by_header[2], "a token of a header is not written into links")
        lost = made(jti="lost")
        d.equal(daemon.request(f"{BASE}0.m4s?t={lost}")[0], 200, "before it is revoked")
        daemon.ctl("token", "revoke", "lost")
        d.equal(daemon.request(f"{BASE}0.m4s?t={lost}")[0], 403, "after it is revoked")
        status = daemon.ask("status")
        d.check(status["deliver"]["denied"] > 10 and status["tokens"]["accepted"] > 5, f"counted: {status['deliver']}")
        player = f"{daemon.url('/m/bbb/master.m3u8')}?t={made(med='bbb')}"
        d.check_plays(player, d.BBB_SECONDS, "a title by token")
        daemon.stop()


sys.exit(d.run([each_viewer_gets_the_code_word_of_the_book, only_good_tokens_are_let_in]))
