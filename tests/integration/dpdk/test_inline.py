# SPDX-License-Identifier: BSD-3-Clause
"""A bump in the wire between two namespaces: bytes pass untouched, requests are counted once."""
import hashlib
import os
import shutil
import sys
import tempfile

import nic_process as np

VIEWERS = os.path.join(os.path.dirname(__file__), "viewers.py")
SERVER = "10.77.0.2"
BIG_BYTES = 8 << 20


def set_up(ns, directory):
    ns.join("cli", "c0", "dp", "c1")
    ns.join("srv", "s0", "dp", "s1")
    ns.address("cli", "c0", "10.77.0.1/24")
    ns.address("srv", "s0", SERVER + "/24")
    # A packet socket takes frames as they are on the wire: no merged ones, checksums filled in.
    for role, interface in (("cli", "c0"), ("srv", "s0")):
        ns.run(role, "ethtool", "-K", interface, "tx", "off")
    return np.WebServer(ns, "srv", directory)


def check_bytes(ns, directory):
    """Both directions, several megabytes: what arrives is what was sent."""
    big = os.path.join(directory, "big")
    with open(big, "wb") as file:
        file.write(os.urandom(BIG_BYTES))
    sink = ("import hashlib, socket\n"
            "s = socket.create_server(('0.0.0.0', 81)); print('up', flush=True)\n"
            "c, _ = s.accept(); data = b''\n"
            f"while len(data) < {BIG_BYTES}: data += c.recv(65536)\n"
            "c.sendall(data); c.close(); print(hashlib.sha256(data).hexdigest())\n")
    server = ns.start("srv", sys.executable, "-c", sink, stdout=np.subprocess.PIPE)
    assert server.stdout.readline() == "up\n"
    code = ("import hashlib, socket, sys, threading\n"
            f"c = socket.create_connection(('{SERVER}', 81))\n"
            "c.sendall(open(sys.argv[1], 'rb').read()); back = b''\n"
            "while data := c.recv(65536): back += data\n"
            "print(hashlib.sha256(back).hexdigest())\n")
    back = ns.run("cli", sys.executable, "-c", code, big).stdout.strip()
    with open(big, "rb") as file:
        assert back == hashlib.sha256(file.read()).hexdigest()


def main():
    np.need_namespaces()
    if shutil.which("ethtool") is None:
        np.skip("needs ethtool")
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "dp", "srv") as ns:
        server = set_up(ns, directory)
        nic = np.Nic(ns, "dp", directory, "--inline", "c1,s1", "--server", SERVER + ":80")
        sent = int(ns.run("cli", sys.executable, VIEWERS, SERVER, "2").stdout)
        check_bytes(ns, directory)
        np.wait_for("the last request", lambda: nic.stats()["media_requests"] >= sent)
        out = nic.stop()
        logged = server.requests()
        print("sent", sent, "logged", len(logged), "totals", out.totals)
        assert sent == len(logged) == out.totals["media_requests"] == out.counted()
        dead = np.subprocess.run(["ip", "netns", "exec", ns.names["cli"], "curl", "-so/dev/null",
                                  "-m1", f"http://{SERVER}/ready"], check=False)
        assert dead.returncode != 0, "without the process the wire is cut"


main()
