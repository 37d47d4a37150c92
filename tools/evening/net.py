# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces: viewers in one, the server in another, perhaps the NIC between them.

mirror:  viewers -- veth -- server              prestage-nic sees copies on the server's end
inline:  viewers -- veth -- nic -- veth -- server
A third veth joins the server to this host, so that a person can play what it serves. All is named
after this process and removed by close(); nothing else on the machine is touched.
"""
import os
import subprocess

SERVER = "10.213.77.1"
VIEWERS = ["10.213.77.%d" % n for n in range(10, 14)]  # one address a region and household
HOST_SIDE, SERVER_SIDE = "10.213.78.1", "10.213.78.2"
REGIONS = {"10.213.77.10/31": 1, "10.213.77.12/31": 2}


def sh(*args):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL)


def why_not():
    """What is missing to make namespaces, as a sentence; None when nothing is."""
    if os.geteuid() != 0:
        return "network namespaces need root: run it as root or with sudo"
    probe = f"psprobe{os.getpid()}"
    result = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if result.returncode != 0:
        return f"network namespaces are refused here ({result.stderr.strip()}): CAP_SYS_ADMIN is needed"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Net:
    def __init__(self, inline):
        tag = os.getpid()
        self.viewers, self.server, self.nic = (f"ps{part}{tag}" for part in ("v", "s", "n"))
        self.inline = inline
        self.names = [self.viewers, self.server] + ([self.nic] if inline else [])
        self.host_if = f"psh{tag}"
        self.made = []
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self):
        for name in self.names:
            sh("ip", "netns", "add", name)
            self.made.append(name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        if self.inline:
            self._veth(self.viewers, "v0", self.nic, "a0")
            self._veth(self.server, "s0", self.nic, "b0")
        else:
            self._veth(self.viewers, "v0", self.server, "s0")
        for address in VIEWERS:
            sh("ip", "-n", self.viewers, "addr", "add", f"{address}/24", "dev", "v0")
        sh("ip", "-n", self.server, "addr", "add", f"{SERVER}/24", "dev", "s0")
        if self.inline:  # packets that DPDK forwards must carry whole checksums
            for name, interface in ((self.viewers, "v0"), (self.server, "s0")):
                sh("ip", "netns", "exec", name, "ethtool", "-K", interface, "tx", "off")
        sh("ip", "link", "add", self.host_if, "type", "veth", "peer", "name", "h0", "netns", self.server)
        sh("ip", "addr", "add", f"{HOST_SIDE}/24", "dev", self.host_if)
        sh("ip", "-n", self.server, "addr", "add", f"{SERVER_SIDE}/24", "dev", "h0")
        sh("ip", "link", "set", self.host_if, "up")
        sh("ip", "-n", self.server, "link", "set", "h0", "up")

    def _veth(self, left, left_if, right, right_if):
        sh("ip", "link", "add", left_if, "netns", left, "type", "veth", "peer", "name", right_if,
           "netns", right)
        sh("ip", "-n", left, "link", "set", left_if, "up")
        sh("ip", "-n", right, "link", "set", right_if, "up")

    def command(self, namespace, args):
        """The argument list that runs `args` inside a namespace."""
        return ["ip", "netns", "exec", namespace, *map(str, args)]

    def nic_arguments(self):
        return ["--inline", "a0,b0"] if self.inline else ["--mirror", "s0"]

    def nic_namespace(self):
        return self.nic if self.inline else self.server

    def close(self):
        subprocess.run(["ip", "link", "del", self.host_if], capture_output=True, check=False)
        for name in reversed(self.made):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        self.made = []

    def leftovers(self):
        """Namespaces of ours that are still there."""
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
        there = {line.split()[0] for line in listed.stdout.splitlines() if line}
        return sorted(there & set(self.names))
