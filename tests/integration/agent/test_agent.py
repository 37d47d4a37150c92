# SPDX-License-Identifier: BSD-3-Clause
"""prestage-agent before prestaged: what a peer says it will want is predicted, and held against it."""
import sys
import time

import agent_process as ap
d = ap.d


def changes(directory, **more):
    return {"agents": {"listen": "127.0.0.1:0", "rate": 10}, "tier": {"state_dir": directory / "state"}, **more}


def enrolled(daemon, directory, start, *args, consent="yes"):
    """A running agent with a key of the daemon's."""
    key = ap.key_file(directory, daemon.ctl("agents", "enrol").strip())
    port = daemon.ask("agents.status")["port"]
    return start("--consent", consent, "--edge", f"127.0.0.1:{port}", "--key-file", key, "--rate", "5", *args,
                 kind=lambda *a: ap.Agent(directory, *a))


def status_of(daemon, name, wanted):
    return daemon.wait_for(f"{name} {wanted}", lambda: daemon.ask("agents.status")[name] == wanted, 20)


def what_is_queued_is_predicted_by_hint():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        queue = directory / "queue"
        queue.write_text("bbb 30\nnone 30\n")
        agent = enrolled(daemon, directory, start, "--queue", queue)
        hint = daemon.wait_for("a prediction by hint", lambda: [
            p for p in daemon.ask("predictions") if p["reason"] == "hint"], 20)
        d.equal(hint[0]["media"], "bbb", "what is predicted by hint")
        status_of(daemon, "unknown", 1)
        d.equal(daemon.ask("agents.status")["taken"], 1, "looks taken")
        d.equal(agent.end(), 0, "exit status of the agent")
        daemon.stop()


def a_look_comes_true_when_its_peer_asks():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory, metrics={"listen": f"127.0.0.1:{d.free_port()}"})).ready()
        agent = enrolled(daemon, directory, start)
        agent.tell("bbb in 1")
        status_of(daemon, "taken", 1)
        daemon.get("/m/bbb/mobile-180p/index.m3u8")  # from 127.0.0.1, as the agent
        settled = daemon.wait_for("the look to have come true", lambda: "true" in [
            line.split('"')[1] for line in metrics(daemon) if line.startswith("prestage_looks_settled_total")
            and line.endswith(" 1")], 20)
        d.check(settled, "it did not come true")
        d.equal(agent.end(), 0, "exit status of the agent")
        daemon.stop()


def metrics(daemon):
    import re
    import urllib.request
    port = re.search(r"metrics listening .*port=(\d+)", daemon.log())[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        return page.read().decode().splitlines()


def who_opted_out_is_not_listened_to():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        daemon.ctl("peers", "opt-out", "127.0.0.1")
        agent = enrolled(daemon, directory, start)
        agent.tell("bbb in 60")
        status_of(daemon, "opted_out", 1)
        d.equal(daemon.ask("status")["looks"]["taken"], 0, "looks taken")
        d.equal(agent.end(), 0, "exit status of the agent")
        daemon.stop()


def an_agent_and_an_edge_may_each_begin_again():
    with d.workplace() as (directory, start):
        daemon = start(changes(directory)).ready()
        agent = enrolled(daemon, directory, start)
        agent.tell("bbb in 60")
        status_of(daemon, "taken", 1)
        agent.end()
        port = daemon.ask("agents.status")["port"]
        args = ("--consent", "yes", "--edge", f"127.0.0.1:{port}", "--key-file", directory / "agent.key")
        agent = start(*args, kind=lambda *a: ap.Agent(directory, *a))
        agent.tell("bbb in 1200")
        status_of(daemon, "taken", 2)
        daemon.stop()
        daemon = start(changes(directory, agents={"listen": f"127.0.0.1:{port}"})).ready()
        time.sleep(0.1)  # what is dated before its start, it does not take
        agent.tell("bbb in 2400")
        agent.tell("bbb in 3500")
        daemon.wait_for("a look", lambda: daemon.ask("agents.status")["taken"] > 0, 30)
        d.equal(agent.end(), 0, "exit status of the agent")
        daemon.stop()


sys.exit(d.run([what_is_queued_is_predicted_by_hint, a_look_comes_true_when_its_peer_asks,
                who_opted_out_is_not_listened_to, an_agent_and_an_edge_may_each_begin_again]))
