# SPDX-License-Identifier: BSD-3-Clause
"""Runs the real prestage-agent: its files, its process."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d

AGENT = os.environ.get("PS_AGENT", "build/agent/prestage-agent")
EMBED = os.environ.get("PS_AGENT_EMBED", "build/tests/integration/agent/agent-embed")
KEY = "1122334455667788:" + bytes(range(32)).hex()


def key_file(directory, text=KEY, mode=0o600):
    path = directory / "agent.key"
    path.write_text(text + "\n")
    path.chmod(mode)
    return path


def run_to_end(*args, stdin=""):
    """@return (exit status, what it printed, what it complained of)."""
    done = subprocess.run([AGENT, *map(str, args)], input=stdin, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


class Agent(d.Process):
    """It waits for what it is told through a FIFO, unless it is given other things to watch."""

    def __init__(self, directory, *args):
        self.fifo = directory / "told"
        if not self.fifo.exists():
            os.mkfifo(self.fifo)
        super().__init__("prestage-agent", [AGENT, "--pipe", self.fifo, "--jitter", "0", *args], directory)

    def tell(self, line):
        with open(self.fifo, "w") as fifo:
            fifo.write(line + "\n")

    def memory_map(self):
        return "".join(line for line in open(f"/proc/{self.pid}/status") if line.startswith(("Vm", "Rss")))

    def memory_kb(self):
        status = open(f"/proc/{self.pid}/status").read()
        return int(status.split("VmHWM:")[1].split()[0])
