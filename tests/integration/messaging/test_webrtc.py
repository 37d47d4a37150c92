#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two pages of a real browser call each other with nothing but prestage's collections between."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import calls  # noqa: E402
import daemon as d  # noqa: E402


def check_data(seen, what):
    for role, one in seen.items():
        d.equal(one["errors"], [], f"errors of the {role}, {what}")
        d.check(one["connected_ms"] > 0, f"the {role} is not connected, {what}: {one}")
        d.check(one["candidates"] > 0, f"the {role} has no candidates, {what}: {one}")
        d.check(len(one["echoed"]) > 1000, f"no data came to the {role}, {what}: {one}")


def two_pages_open_a_data_channel(pages, edge):
    check_data(calls.call(pages, edge, 1), "by event streams")


def two_pages_find_each_other_by_long_poll(pages, edge):
    check_data(calls.call(pages, edge, 2, way="poll"), "by long poll")


def two_pages_see_each_other(pages, edge):
    seen = calls.call(pages, edge, 3, kind="call")
    check_data(seen, "with video")
    for role, one in seen.items():
        d.check(one["frames"] > 0, f"the {role} decoded no frame: {one}")
        d.equal((one["width"], one["height"]), (320, 240), f"picture at the {role}")


def nobody_else_hears_of_it(pages, edge):
    """Who has no part in a call can neither read its answers nor write to its peers."""
    seen = calls.call(pages, edge, 4)
    check_data(seen, "with a stranger about")
    stranger = edge.token("stranger", "put,fetch", "film-4")
    d.equal(edge.request("GET", "/c/p/caller-4", stranger)[0], 403, "reading another's answers")
    d.equal(edge.request("POST", "/c/p/caller-4", stranger, {"body": "x"})[0], 403, "writing to one not met")
    d.equal(edge.request("GET", "/c/r/film-3/hd", stranger)[0], 403, "another resource")
    status, left = edge.request("GET", "/c/r/film-4/hd", stranger)
    d.equal((status, left["messages"]), (200, []), "requests left after the call")


def main():
    calls.skip_unless_there()
    calls.in_namespace()
    with d.workplace() as (directory, start):
        edge = calls.DaemonEdge(start, 4)
        try:
            with calls.pages(directory) as pages:
                return d.run([two_pages_open_a_data_channel, two_pages_find_each_other_by_long_poll,
                              two_pages_see_each_other, nobody_else_hears_of_it], pages, edge)
        finally:
            edge.end()


if __name__ == "__main__":
    sys.exit(main())
