# SPDX-License-Identifier: BSD-3-Clause
"""Several cards behind one daemon: shown, used together, refused when they would make nothing."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

SEGMENT = "/m/bbb/mobile-180p/0.m4s"
TWO = {"cards": [{"device": 1}, {"device": 0}]}


def devices_at_work(daemon):
    return {cu["device"] for cu in daemon.ask("devices") if cu["runs"] > 0}


def two_cards_make_one_title():
    with d.workplace() as (_, start):
        daemon = start(TWO).ready()
        d.check_plays(daemon.url("/m/bbb/mobile-180p/index.m3u8"), d.BBB_SECONDS, "mobile-180p")
        cards = daemon.ask("cards")
        d.equal([(c["device"], c["state"], c["cus"]) for c in cards], [(1, "ok", 5), (0, "ok", 5)], "cards")
        d.check(all(c["emulated"] and c["timing"] == "functional" for c in cards), f"cards: {cards}")
        d.check(all(c["memory_used_bytes"] <= c["memory_bytes"] == 4 << 30 for c in cards), f"memory: {cards}")
        d.equal([cu["device"] for cu in daemon.ask("devices")], [1] * 5 + [0] * 5, "devices of the CUs")
        d.check(any(cu["load_share"] > 0 for cu in daemon.ask("devices")), "no CU has any load")
        d.check("2 of 2 cards" in daemon.ctl("status"), "status does not say how many cards")
        shown = daemon.ctl("devices")
        d.check(shown.index("cards:") < shown.index("compute units:"), f"prestagectl devices: {shown}")
        d.check("functional" in shown and "emulated" in shown, f"prestagectl devices: {shown}")
        daemon.stop()


def an_absent_card_is_told_and_the_other_works():
    with d.workplace() as (_, start):
        daemon = start(TWO, env={"PS_EMU_DEVICES": "1"}).ready()
        status, _, _ = daemon.request(SEGMENT)
        d.equal(status, 200, "status of a segment that the other card makes")
        d.equal([c["state"] for c in daemon.ask("cards")], ["absent", "ok"], "cards")
        d.check(any("card 1 is absent" in s for s in daemon.ask("status")["degraded"]), "degraded")
        d.equal(devices_at_work(daemon), {0}, "cards at work")
        daemon.stop()


def a_card_that_is_lost_comes_back():
    """Found out by the next run there; what the other card makes meanwhile is served."""
    with d.workplace() as (directory, start):
        daemon = start({**TWO, "card": {"fault_dir": directory}}).ready()
        daemon.get(SEGMENT)
        (used,) = devices_at_work(daemon)  # one viewer's jobs stay where their buffers are
        daemon.ctl("fault.set", f"spec=card-lost/{used}")
        daemon.request("/m/bbb/mobile-180p/1.m4s")
        d.wait_for("the loss to be told", lambda: "card lost" in daemon.log(), 20)
        d.equal({c["device"]: c["state"] for c in daemon.ask("cards")}, {used: "lost", 1 - used: "ok"}, "cards")
        d.equal({cu["state"] for cu in daemon.ask("devices") if cu["device"] == used}, {"lost"}, "its CUs")
        d.equal(daemon.ask("status")["cus"]["lost"], 5, "CUs out of service")
        d.equal(daemon.request("/m/bbb/mobile-180p/3.m4s")[0], 200, "status of a segment of the other card")
        daemon.ctl("fault.set", "spec=")
        d.wait_for("its return", lambda: "card back" in daemon.log(), 60)
        d.equal({c["device"]: (c["state"], c["losses"]) for c in daemon.ask("cards")},
                {used: ("ok", 1), 1 - used: ("ok", 0)}, "cards")
        d.equal(daemon.ask("status")["degraded"], [], "degraded")
        d.equal(daemon.ask("status")["cus"]["lost"], 0, "CUs out of service")
        daemon.stop()


def a_dry_card_is_refused():
    with d.workplace() as (_, start):
        daemon = start({"card": {"timing": "dry"}}).ready()
        status, _, _ = daemon.request(SEGMENT)
        d.equal(status, 503, "status of a segment that nothing would be in")
        d.check(any("a dry card has no output" in s for s in daemon.ask("status")["degraded"]), "degraded")
        d.equal(daemon.ask("cards"), [], "cards")
        daemon.stop()


sys.exit(d.run([two_cards_make_one_title, an_absent_card_is_told_and_the_other_works,
                a_card_that_is_lost_comes_back, a_dry_card_is_refused]))
