# SPDX-License-Identifier: BSD-3-Clause
"""Reservations end with their client, outlive the daemon's kill -9, and are told to who asks."""
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

WHOLE = 1_000_000
TENANTS = [{"name": "studio", "weight": 3}, {"name": "guest", "reserve_max": 0.5}]


def changes(directory, **more):
    return {"tier": {"state_dir": directory}, "tenants": TENANTS, **more}


def call(daemon, *words):
    return json.loads(daemon.ctl("--json", *words))


def refusal(daemon, *words):
    """What prestagectl said; the daemon must refuse."""
    done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, *words], capture_output=True,
                          text=True, timeout=30)
    d.equal(done.returncode, 1, f"exit status of {words}: {done.stdout}{done.stderr}\nstatus")
    return done.stderr


def leases(daemon):
    return call(daemon, "pool.list")["leases"]


def available(daemon, cus):
    return call(daemon, "cu.check", f"cus={cus}")["available"]


def hold(start, directory, daemon, *words):
    """prestagectl with a lease that lasts as long as it does."""
    process = start("hold", [d.PRESTAGECTL, "--socket", daemon.socket, "--json", "--hold",
                             "pool.reserve", *words], directory, kind=d.Process)
    process.wait_for("the lease", lambda: '"id"' in process.log())
    return process


def shares_are_reserved_counted_and_given_back():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        d.equal(available(daemon, "scale,h264enc"), 2, "pairs of whole CUs that are free")
        lease = call(daemon, "pool.reserve", "cus=scale:600000,h264enc:1000000x2", "tenant=studio")
        d.equal((lease["existed"], lease["state"], lease["durable"]), (False, "held", True), "lease")
        d.equal(sorted((g["kernel"], g["share"]) for g in lease["grants"]),
                [("h264enc", WHOLE), ("h264enc", WHOLE), ("scale", 600000)], "grants")
        d.equal(available(daemon, "scale:400000"), 4 - 1, "shares of 0.4 that are free")
        d.equal(available(daemon, "h264enc:1"), 0, "free encoders")
        loads = sorted(cu["reserved"] for cu in call(daemon, "cu.check", "cus=scale")["cus"])
        d.equal(loads, [0, 600000], "loads of the scale CUs")
        listed = call(daemon, "pool.list")
        d.equal([(x["id"], x["tenant"], x["cus"]) for x in listed["leases"]],
                [(lease["id"], "studio", "scale:600000,h264enc:1000000x2")], "listed")
        d.equal(len(listed["grants"]), 3, "grants listed")
        d.check("(busy)" in refusal(daemon, "pool.reserve", "cus=h264enc"), "no room, and not busy")
        d.check("(no_device)" in refusal(daemon, "pool.reserve", "cus=scale:1000000x3"), "three of two")
        d.check("(over_quota)" in refusal(daemon, "pool.reserve", "cus=mark:600000", "tenant=guest"),
                "a tenant got more than it may")
        d.check("(not_found)" in refusal(daemon, "pool.reserve", "cus=mark", "tenant=who"), "who?")
        d.check("(invalid)" in refusal(daemon, "pool.reserve", "cus=marc"), "no such kernel")
        call(daemon, "pool.relinquish", f"id={lease['id']}")
        d.check("(not_found)" in refusal(daemon, "pool.relinquish", f"id={lease['id']}"), "twice")
        d.equal(available(daemon, "scale,h264enc"), 2, "pairs that are free again")
        daemon.stop()


def a_list_is_on_one_card_when_it_must_be():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory, cards=[{"device": 1}, {"device": 0}])).ready()
        d.equal(available(daemon, "scale"), 4, "scale CUs of two cards")
        first = call(daemon, "pool.reserve", "cus=scale:300000", "card=0")
        d.equal([g["card"] for g in first["grants"]], [0], "the card asked for")
        pair = call(daemon, "pool.reserve", "cus=scale,h264enc:1000000x2", "same_card=true")
        d.equal({g["card"] for g in pair["grants"]}, {0}, "the fullest card that has room for all")
        pair = call(daemon, "pool.reserve", "cus=scale,h264enc:1000000x2", "same_card=true")
        d.equal({g["card"] for g in pair["grants"]}, {1}, "the other card")
        d.check("(no_device)" in refusal(daemon, "pool.reserve", "cus=mark:1000000x2", "same_card=true"),
                "two marks on one card")
        call(daemon, "pool.reserve", "cus=mark:1000000x2")
        d.check("(no_device)" in refusal(daemon, "pool.reserve", "cus=mark", "card=7"), "card 7")
        daemon.kill()
        again = start(changes(directory, cards=[{"device": 1}])).ready()  # one card is taken out
        states = {x["cus"]: x["state"] for x in leases(again)}
        d.equal(states["scale:300000"], "degraded", "a lease of the card that is gone")
        d.equal([x["state"] for x in leases(again)].count("held"), 1, "leases of the card that stays")
        again.stop()


def a_lease_ends_by_itself_unless_renewed():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        call(daemon, "pool.reserve", "cus=scale", "ttl_s=1")
        stays = call(daemon, "pool.reserve", "cus=scale", "ttl_s=1")
        renewed = call(daemon, "pool.renew", f"id={stays['id']}", "ttl_s=600")
        d.check(590 < renewed["expires_in_s"] <= 600, f"renewed: {renewed}")
        daemon.wait_for("the end of one lease", lambda: len(leases(daemon)) == 1, 10)
        d.equal(leases(daemon)[0]["id"], stays["id"], "the one that stays")
        daemon.stop()


def a_key_makes_asking_twice_harmless():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        words = ("pool.reserve", "cus=scale:500000", "key=job-17")
        first, second = call(daemon, *words), call(daemon, *words)
        d.equal((second["id"], second["existed"]), (first["id"], True), "the second answer")
        d.check("(exists)" in refusal(daemon, "pool.reserve", "cus=mark", "key=job-17"), "another request")
        d.equal(len(leases(daemon)), 1, "leases")
        daemon.stop()


def a_killed_client_gives_back():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        client = hold(start, directory, daemon, "cus=h264enc:1000000x2")
        detached = call(daemon, "pool.reserve", "cus=mark")
        d.equal(available(daemon, "h264enc"), 0, "encoders while they are held")
        client.kill()
        daemon.wait_for("the lease to be given back", lambda: available(daemon, "h264enc") == 2, 10)
        d.equal([x["id"] for x in leases(daemon)], [detached["id"]], "leases that stay")
        polite = hold(start, directory, daemon, "cus=h264enc", "ttl_s=2")
        polite.child.send_signal(signal.SIGINT)
        d.equal(polite.child.wait(10), 0, f"exit status after Ctrl-C: {polite.log()}\nstatus")
        d.equal(available(daemon, "h264enc"), 2, "encoders after Ctrl-C")
        daemon.stop()


def a_held_lease_is_renewed():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        client = hold(start, directory, daemon, "cus=mark", "ttl_s=2")
        before = leases(daemon)[0]
        daemon.wait_for("a renewal", lambda: leases(daemon)[0]["expires_in_s"] > before["expires_in_s"], 10)
        d.equal(leases(daemon)[0]["id"], before["id"], "the lease")
        client.end()
        daemon.stop()


def leases_outlive_a_killed_daemon():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        plain = call(daemon, "pool.reserve", "cus=scale:250000", "tenant=studio", "key=plain")
        client = hold(start, directory, daemon, "cus=h264enc", "key=held", "ttl_s=600")
        d.equal(len(leases(daemon)), 2, "leases before the crash")
        daemon.kill()
        again = start(changes(directory)).ready()
        by_key = {x["key"]: x for x in leases(again)}
        d.equal(sorted(by_key), ["held", "plain"], "leases after the crash")
        d.equal((by_key["plain"]["id"], by_key["plain"]["tenant"], by_key["plain"]["state"]),
                (plain["id"], "studio", "held"), "the plain one")
        d.check(by_key["plain"]["expires_in_s"] > 3000, f"its time: {by_key['plain']}")
        again.wait_for("the client to come back", lambda: "it is back" in client.log(), 20)
        d.equal({x["key"]: x["state"] for x in leases(again)}["held"], "held", "the held one")
        d.equal(available(again, "h264enc"), 1, "encoders beside the held one")
        client.kill()
        again.wait_for("the held lease to be given back", lambda: len(leases(again)) == 1, 10)
        again.stop()
        third = start(changes(directory)).ready()  # what ended is not there again
        d.equal([x["id"] for x in leases(third)], [plain["id"]], "leases after a clean restart")
        third.stop()


def a_damaged_file_is_set_aside():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        call(daemon, "pool.reserve", "cus=scale")
        daemon.kill()
        path = pathlib.Path(directory / "leases.bin")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        again = start(changes(directory)).ready()
        d.equal(leases(again), [], "leases of a damaged file")
        d.check("lease file_refused" in again.log(), f"nothing was said:\n{again.log()}")
        d.equal((directory / "leases.bin.refused").read_bytes(), bytes(data), "what was set aside")
        call(again, "pool.reserve", "cus=scale")
        d.equal(len(leases(again)), 1, "a new lease")
        again.stop()


def what_cannot_be_written_is_not_promised():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        in_the_way = directory / "leases.bin" / "no-file"
        in_the_way.mkdir(parents=True)
        d.check("(io_error)" in refusal(daemon, "pool.reserve", "cus=scale"), "taken, but not written")
        d.equal(leases(daemon), [], "leases")
        d.check(any("reservations" in text for text in daemon.ask("status")["degraded"]), "nothing said")
        in_the_way.rmdir()
        in_the_way.parent.rmdir()
        call(daemon, "pool.reserve", "cus=scale")
        d.equal(call(daemon, "pool.list")["durable"], True, "durable")
        daemon.stop()


def titles_name_their_tenant():
    with d.workplace() as (directory, start):
        titles = directory / "titles"
        titles.write_text(f"theirs {d.BBB} guest\n")
        daemon = start(changes(directory, media_file=titles)).ready()
        call(daemon, "media.add", "id=added", f"url={d.BBB}", "tenant=studio")
        d.check("(not_found)" in refusal(daemon, "media.add", "id=x", "url=/x", "tenant=who"), "who?")
        d.equal({m["id"]: m["tenant"] for m in daemon.ask("media")["media"]},
                {"bbb": "default", "theirs": "guest", "added": "studio"}, "tenants of titles")
        daemon.stop()


def runs(daemon):
    return {cu["name"]: cu["runs"] for cu in daemon.ask("devices")}


def a_reserved_cu_is_left_alone():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        lease = call(daemon, "pool.reserve", "cus=scale,h264enc", "tenant=studio")
        mine = {grant["cu"] for grant in lease["grants"]}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda k: daemon.get(f"/m/bbb/mobile-180p/{k}.m4s"), range(3)))
        seen = runs(daemon)
        d.equal([name for name in mine if seen[name] > 0], [], "reserved CUs that others' jobs ran on")
        d.check(sum(seen.values()) > 0, f"no CU ran: {seen}")
        call(daemon, "pool.relinquish", f"id={lease['id']}")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda k: daemon.get(f"/m/bbb/mobile-180p/{k}.m4s"), range(3, 7)))
        d.equal([name for name in mine if runs(daemon)[name] == 0], [], "CUs idle though given back")
        daemon.stop()


def what_is_reserved_serves_its_tenant_and_others_wait():
    with d.workplace() as (directory, start):
        titles = directory / "titles"
        titles.write_text(f"theirs {d.BBB} guest\nours {d.BBB} studio\n")
        daemon = start(changes(directory, media_file=titles)).ready()
        lease = call(daemon, "pool.reserve", "cus=h264enc:1000000x2", "tenant=studio")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            viewer = pool.submit(daemon.get, "/m/theirs/mobile-180p/0.m4s")
            waiting = daemon.wait_for("a job that waits", lambda: daemon.ask("queues")["jobs"])
            d.equal({(job["media"], job["tenant"]) for job in waiting}, {("theirs", "guest")}, "jobs")
            daemon.get("/m/ours/mobile-180p/0.m4s")
            d.check(not viewer.done(), "a viewer was served by what is reserved for others")
            call(daemon, "pool.relinquish", f"id={lease['id']}")
            viewer.result()
        daemon.stop()


sys.exit(d.run([shares_are_reserved_counted_and_given_back,
                a_list_is_on_one_card_when_it_must_be, a_lease_ends_by_itself_unless_renewed,
                a_key_makes_asking_twice_harmless, a_killed_client_gives_back, a_held_lease_is_renewed,
                leases_outlive_a_killed_daemon, a_damaged_file_is_set_aside,
                what_cannot_be_written_is_not_promised, titles_name_their_tenant, a_reserved_cu_is_left_alone,
                what_is_reserved_serves_its_tenant_and_others_wait]))
