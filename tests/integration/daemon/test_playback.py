# SPDX-License-Identifier: BSD-3-Clause
"""A viewer's and an operator's way through prestaged with the emulated card."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import stream

READ_METHODS = ["status", "predictions", "queues", "tier", "cards", "devices", "media", "ledger"]
NOT_THERE = ["/m/none/master.m3u8", "/m/none/source/index.m3u8", "/m/bbb/none/index.m3u8",
             "/m/bbb/none/init.mp4", "/m/bbb/tablet-180p/15.m4s", "/m/bbb/source/5.m4s",
             "/m/bbb/tablet-180p/index.mpd", "/m/bbb/tablet-180p", "/none"]
MISSPELT = ["/m/bbb/tablet-180p/00.m4s", "/m/b%20b/master.m3u8", "/m/bbb/tablet-180p/99999999999999.m4s"]


def every_playlist_plays_to_its_end(daemon):
    stream.check_plays_to_its_end(daemon, "bbb", d.BBB_SECONDS)


def streams_are_what_the_profiles_say(daemon):
    stream.check_streams(daemon, "bbb")


def every_segment_decodes_alone(daemon):
    for profile in stream.PROFILES:
        d.check_decodes(d.fetch_resource(daemon, "bbb", profile["name"]), profile["name"])


def the_second_play_is_all_hits(daemon):
    before = daemon.ask("status")["deliver"]
    first = {p["name"]: d.fetch_resource(daemon, "bbb", p["name"]) for p in stream.PROFILES}
    after = daemon.ask("status")["deliver"]
    segments = sum(len(resource) - 1 for resource in first.values())
    d.equal(after["segments"] - before["segments"], segments, "segments asked for")
    d.equal(after["hits"] - before["hits"], segments, "hits of a second play")
    d.equal(after["misses"] - before["misses"], 0, "misses of a second play")
    for name, resource in first.items():
        d.check(d.fetch_resource(daemon, "bbb", name) == resource, f"{name} has other bytes the next time")


def head_says_what_get_sends(daemon):
    for name in ["init.mp4", "0.m4s", "index.m3u8"]:
        path = f"/m/bbb/tablet-180p/{name}"
        body = daemon.get(path)
        status, headers, nothing = daemon.request(path, "HEAD")
        d.equal((status, nothing), (200, b""), f"HEAD {path}")
        d.equal(headers["Content-Length"], str(len(body)), f"Content-Length of HEAD {path}")
        status, headers, part = daemon.request(path, headers={"Range": "bytes=5-24"})
        if "Accept-Ranges" in headers:
            d.equal((status, part), (206, body[5:25]), f"bytes 5 to 24 of {path}")


def what_is_not_there_is_said_so(daemon):
    before = daemon.ask("status")["deliver"]
    for path in NOT_THERE:
        d.equal(daemon.request(path)[0], 404, f"status of {path}")
    for path in MISSPELT:
        d.equal(daemon.request(path)[0], 400, f"status of {path}")
    d.equal(daemon.request("/m/bbb/tablet-180p/0.m4s", "POST")[0], 405, "status of POST")
    after = daemon.ask("status")["deliver"]
    d.equal(after["segments"], before["segments"], "segments counted for what is not there")
    d.equal(after["bad_requests"] - before["bad_requests"], len(MISSPELT), "bad requests counted")


def leaves(value, path=""):
    """Paths as the table of methods writes them: a.b, a[].b, [].b, a[]."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path + "[]")
    else:
        yield path


def answers_have_the_promised_fields(daemon):
    promised = {m["name"]: {f["path"] for f in m["fields"]} for m in daemon.ask("api")["methods"]}
    for method in READ_METHODS:
        seen = set(leaves(daemon.ask(method)))
        d.equal(seen - promised[method], set(), f"fields of {method} that the table does not name")
        always = {path for path in promised[method] if "[]" not in path}
        d.equal(always - seen, set(), f"fields of {method} that are promised and missing")


def every_view_prints_and_says_emulated(daemon):
    for method in READ_METHODS:
        text = daemon.ctl(method)
        d.check(text.strip() != "" and "\t" not in text, f"prestagectl {method} printed {text!r}")
    d.check("emulated emu-small" in daemon.ctl("status"), "status does not name the emulated card")
    for method in ["status", "queues"]:
        d.equal(daemon.ask(method)["emulated"], True, f"emulated in {method}")
    devices = daemon.ask("devices")
    d.equal(sorted(cu["kernel"] for cu in devices), ["h264enc", "h264enc", "mark", "scale", "scale"], "CUs")
    d.check(all(cu["emulated"] for cu in devices), f"a CU that is not emulated: {devices}")
    d.check(sum(cu["runs"] for cu in devices) > 0, "no CU has run")
    d.equal([cu["name"] for cu in devices if cu["errors"] + cu["timeouts"]], [], "CUs with errors")
    media = daemon.ask("media")["media"]
    d.equal([(m["id"], m["state"], m["width"], m["height"]) for m in media], [("bbb", "ready", 854, 480)], "media")
    tier = daemon.ask("tier")
    d.check(tier["puts"] > 0 and tier["io_errors"] == tier["crc_errors"] == 0, f"tier: {json.dumps(tier)}")
    resources = {p["profile"] for p in daemon.ask("predictions")}
    d.equal(resources, {p["name"] for p in stream.PROFILES}, "profiles with predictions")
    d.equal(daemon.ask("status")["degraded"], [], "degraded")


def it_ends_cleanly(daemon):
    daemon.stop()


def main():
    with d.workplace() as (_, start):
        daemon = start({"profiles": stream.PROFILES}).ready()
        return d.run([every_playlist_plays_to_its_end, streams_are_what_the_profiles_say,
                      every_segment_decodes_alone, the_second_play_is_all_hits,
                      head_says_what_get_sends, what_is_not_there_is_said_so,
                      answers_have_the_promised_fields, every_view_prints_and_says_emulated,
                      it_ends_cleanly], daemon)


sys.exit(main())
