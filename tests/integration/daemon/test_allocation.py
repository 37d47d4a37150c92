# SPDX-License-Identifier: BSD-3-Clause
"""Viewers first, seen from outside: a bad CU is set aside and comes back, who would wait in vain is
told at once, and bets give way to a power budget."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

BAD_CU = "h264enc:h264enc_1"
FASTER = 10  # so that a quarantine of 10 s passes in one


def segment(index, media="bbb"):
    return f"/m/{media}/mobile-180p/{index}.m4s"


def service_of(daemon, name):
    return next(cu for cu in daemon.ask("devices") if cu["name"] == name)


def a_cu_that_keeps_failing_is_quarantined_and_returns():
    with d.workplace() as (directory, start):
        daemon = start({
            "card": {"fault_dir": directory}, "time_scale": FASTER,
            "media": [{"id": "bbb", "url": d.BBB}, {"id": "again", "url": d.BBB}]}).ready()
        daemon.ctl("fault.set", f"spec=error@{BAD_CU}")
        asked = 0
        while service_of(daemon, BAD_CU)["quarantines"] == 0:
            d.check(asked < 15, "no failure of a CU put it into quarantine")
            daemon.get(segment(asked))  # made in spite of it, or this fails
            asked += 1
        d.check("quarantined" in daemon.ctl("devices") or service_of(daemon, BAD_CU)["quarantines"] > 0,
                "prestagectl devices does not tell")
        daemon.ctl("fault.set", "spec=")
        shown = daemon.ask("fault.show")
        d.check(any(f["kind"] == "error" and f["count"] >= 3 for f in shown["fired"]), f"fired: {shown}")

        def is_back():
            daemon.request(segment(int(time.monotonic() * 10) % 15, "again"))
            return service_of(daemon, BAD_CU)["service"] == "in-service"

        d.wait_for("the CU's return", is_back, 60)
        daemon.stop()


def who_would_wait_in_vain_is_told_at_once():
    with d.workplace() as (_, start):
        daemon = start({"tenants": [{"name": "other"}]}).ready()
        daemon.get(segment(0))  # teaches what a segment costs
        daemon.ctl("pool.reserve", "cus=h264enc:1000000x2", "tenant=other")
        begun = time.monotonic()
        status, headers, body = daemon.request(segment(1))
        took = time.monotonic() - begun
        d.equal(status, 503, "status of what no CU may make")
        d.check("Retry-After" in headers and b"busy" in body, f"answer: {headers} {body!r}")
        d.check(took < 5, f"told after {took} s, when delivery would have given up after 30")
        d.equal(daemon.ask("queues")["not_admitted"], 1, "requests not admitted")
        daemon.ctl("pool.relinquish", "id={}".format(daemon.ask("pool.list")["leases"][0]["id"]))
        d.equal(daemon.request(segment(1))[0], 200, "status once the CUs are free again")
        daemon.stop()


def no_bet_is_begun_while_none_may_run():
    """A viewer at segment k makes segment k+1 begin, unless all CUs are reserved for others."""
    with d.workplace() as (_, start):
        daemon = start({"tenants": [{"name": "other"}],
                        "speculate": {"enabled": True, "segments_ahead": 1, "first_segments": 1}}).ready()

        def idle():
            return not daemon.ask("queues")["making"]

        daemon.get(segment(0))
        d.wait_for("segment 1 by prediction", idle)
        daemon.ctl("pool.reserve", "cus=h264enc:1000000x2", "tenant=other")
        staged = daemon.ask("status")["speculation"]["staged"]
        daemon.get(segment(1))
        d.check(idle(), "a bet was begun that no CU may take")
        d.equal(daemon.ask("status")["speculation"]["staged"], staged, "segments staged")
        daemon.ctl("pool.relinquish", "id={}".format(daemon.ask("pool.list")["leases"][0]["id"]))
        daemon.get(segment(1))
        d.check(daemon.ask("status")["speculation"]["staged"] > staged, "no bet once CUs are free")
        daemon.stop()


def bets_give_way_to_a_power_budget():
    """Emulated: the card's own model of its power. An idle card alone is over this budget."""
    lab = {"card": {"xclbin": d.BUILD / "bitstreams/emu-lab.xclbin"}, "time_scale": FASTER}
    with d.workplace() as (_, start):
        daemon = start({**lab, "speculate": {"enabled": True, "power_budget": 20}}).ready()
        power = daemon.ask("cards")[0]["power_w"]
        d.check(power is not None and power > 20, f"the emulated card says {power} W")
        d.wait_for("a smaller share for bets",
                   lambda: daemon.ask("status")["speculation"]["cu_share"] < 0.9, 60)
        d.equal(daemon.request(segment(0))[0], 200, "status of a viewer's segment")
        daemon.stop()
        daemon = start({**lab, "speculate": {"enabled": True, "power_budget": 500}}).ready()
        time.sleep(1)
        d.equal(daemon.ask("status")["speculation"]["cu_share"], 1.0, "share within the budget")
        daemon.stop()


sys.exit(d.run([a_cu_that_keeps_failing_is_quarantined_and_returns, who_would_wait_in_vain_is_told_at_once,
                no_bet_is_begun_while_none_may_run,
                bets_give_way_to_a_power_budget]))
