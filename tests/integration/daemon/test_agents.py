# SPDX-License-Identifier: BSD-3-Clause
"""What agents say by datagram is a forward look; what anybody else says is refused and counted."""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import datagram as dg

REASONS = ("taken", "form", "forged", "key_revoked", "time", "sequence", "rate", "body", "unknown",
           "opted_out", "late", "early", "full")


def changes(directory, **more):
    return {"agents": {"listen": "127.0.0.1:0", "rate": 100}, "tier": {"state_dir": directory / "state"}, **more}


def enrol(daemon):
    key_id, key = daemon.ctl("agents", "enrol").strip().split(":")
    return int(key_id, 16), bytes.fromhex(key)


class Sender:
    """Says things to the daemon's port, and looks what became of each."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = daemon.ask("agents.status")["port"]

    def say(self, datagram, outcome):
        before = self.daemon.ask("agents.status")
        self.socket.sendto(datagram, ("127.0.0.1", self.port))
        after = d.wait_for("the datagram to be counted", lambda: (
            now := self.daemon.ask("agents.status")) != before and now, 10)
        changed = {name: after[name] - before[name] for name in REASONS if after[name] != before[name]}
        d.equal(changed, {outcome: 1}, "what became of a datagram")


def body(in_s=300, **more):
    return {"media": "bbb", "from": int(time.time()) + in_s, **more}


def what_a_key_holder_says_is_a_forward_look():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        key_id, key = enrol(daemon)
        sender = Sender(daemon)
        sender.say(dg.make(key_id, key, body(p=0.9), 1), "taken")
        sender.say(dg.make(key_id, key, body(-30, to=int(time.time()) + 60, prof="mobile-180p"), 2), "taken")
        status = daemon.ask("status")
        d.equal(status["looks"]["taken"], 2, "looks.taken")
        listed = d.wait_for("a prediction by hint", lambda: [
            p for p in daemon.ask("predictions") if p["reason"] == "hint"], 10)
        d.equal(listed[0]["media"], "bbb", "what is predicted by hint")
        d.equal(daemon.ask("agents.status")["heard"], 1, "agents heard")
        daemon.stop()


def what_is_not_genuine_or_not_new_is_refused():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        key_id, key = enrol(daemon)
        _, other_key = enrol(daemon)
        sender = Sender(daemon)
        genuine = dg.make(key_id, key, body(), 10)
        sender.say(dg.make(key_id, other_key, body(), 9), "forged")
        sender.say(genuine[:-1] + b"\0", "forged")
        sender.say(genuine[:-1], "form")
        sender.say(genuine + bytes(1100), "form")
        sender.say(b"hello", "form")
        sender.say(dg.make(key_id, key, body(), 9, version=2), "form")
        sender.say(genuine, "taken")
        sender.say(genuine, "sequence")
        sender.say(dg.make(key_id, key, body(), 9), "sequence")
        sender.say(dg.make(key_id, key, body(), 11, time_ms=int((time.time() - 61) * 1000)), "time")
        sender.say(dg.make(key_id, key, body(), 11, time_ms=int((time.time() + 65) * 1000)), "time")
        sender.say(dg.make(key_id, key, body(), 12, named="other"), "body")
        sender.say(dg.make(key_id, key, b"\xdd\x04\0\0\0", 13, named="bbb"), "body")
        sender.say(dg.make(key_id, key, {**body(), "media": "none"}, 14), "unknown")
        sender.say(dg.make(key_id, key, body(prof="none"), 15), "unknown")
        sender.say(dg.make(key_id, key, body(-90), 16), "late")
        sender.say(dg.make(key_id, key, body(90000), 17), "early")
        daemon.ctl("peers", "opt-out", "127.0.0.1")
        sender.say(dg.make(key_id, key, body(), 18), "opted_out")
        daemon.ctl("peers", "opt-in", "127.0.0.1")
        daemon.ctl("agents", "revoke", f"{key_id:016x}")
        sender.say(dg.make(key_id, key, body(), 19), "key_revoked")
        d.equal(daemon.ask("status")["looks"]["taken"], 1, "looks.taken")
        daemon.stop()


def an_agent_may_say_so_much_a_second():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory, agents={"listen": "127.0.0.1:0", "rate": 0.01})).ready()
        key_id, key = enrol(daemon)
        sender = Sender(daemon)
        sender.say(dg.make(key_id, key, body(), 1), "taken")
        sender.say(dg.make(key_id, key, body(), 2), "rate")
        daemon.stop()


def keys_and_revocations_outlive_the_daemon():
    with d.workplace() as (directory, start):
        first = start(changes(directory)).ready()
        key_id, key = enrol(first)
        revoked_id, revoked_key = enrol(first)
        first.ctl("agents", "revoke", f"{revoked_id:016x}")
        before = dg.make(key_id, key, body(), 1)
        Sender(first).say(before, "taken")
        first.stop()
        path = directory / "state/agents.bin"
        d.equal(oct(path.stat().st_mode & 0o777), oct(0o600), "mode of agents.bin")
        d.check(key not in path.read_bytes(), "an agent's key is on disk")
        second = start(changes(directory)).ready()
        sender = Sender(second)
        sender.say(before, "sequence")
        sender.say(dg.make(key_id, key, body(), 2), "taken")
        sender.say(dg.make(revoked_id, revoked_key, body(), 2), "key_revoked")
        second.stop()
        path.write_bytes(path.read_bytes()[:-1])
        third = start(changes(directory))
        d.wait_for("the daemon to refuse a damaged secret", lambda: not third.alive(), 20)
        d.check("keys_refused" in third.log(), third.log())


def without_a_port_there_are_no_agents():
    with d.workplace() as (directory, start):
        daemon = start().ready()
        for words in (("agents", "enrol"), ("agents", "status"), ("agents", "revoke", "0" * 16)):
            done = subprocess.run([d.PRESTAGECTL, "--socket", daemon.socket, *words], capture_output=True,
                                  text=True, timeout=30)
            d.equal(done.returncode, 1, f"exit status of {words}: {done.stderr}")
        daemon.stop()


sys.exit(d.run([what_a_key_holder_says_is_a_forward_look, what_is_not_genuine_or_not_new_is_refused,
                an_agent_may_say_so_much_a_second, keys_and_revocations_outlive_the_daemon,
                without_a_port_there_are_no_agents]))
