# SPDX-License-Identifier: BSD-3-Clause
"""--debug-capture: dpdk-dumpcap writes the frames that a running prestage-nic sees."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import nic_process as np

PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
PAGES_WANTED = 192
SERVER = "10.77.0.2"


def read_pages():
    with open(PAGES, encoding="ascii") as file:
        return int(file.read())


def write_pages(count):
    with open(PAGES, "w", encoding="ascii") as file:
        file.write(str(count))


@contextlib.contextmanager
def huge_pages(directory):
    """Enough of them, and a file system to share them by; given back afterwards."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    if not os.path.exists(PAGES):
        np.skip("the kernel has no huge pages of 2 MiB")
    before = read_pages()
    mount = os.path.join(directory, "huge")
    os.mkdir(mount)
    try:
        write_pages(before + PAGES_WANTED)
        if read_pages() < before + PAGES_WANTED:
            np.skip(f"the kernel gives {read_pages()} huge pages, not {PAGES_WANTED}")
        if subprocess.run(["mount", "-t", "hugetlbfs", "none", mount], check=False).returncode:
            np.skip("cannot mount hugetlbfs")
        yield
    finally:
        subprocess.run(["umount", mount], check=False, capture_output=True)
        write_pages(before)


def capture(ns, nic, path):
    """A running dpdk-dumpcap that has made its file."""
    dumpcap = ns.start("srv", "dpdk-dumpcap", f"--file-prefix=prestage-nic-{nic.process.pid}", "-P",
                       "-i", "0", "-w", path, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    np.wait_for("the capture", lambda: os.path.exists(path) or dumpcap.poll() is not None)
    assert dumpcap.poll() is None, "dpdk-dumpcap ended early"
    return dumpcap


def main():
    np.need_namespaces()
    if shutil.which("dpdk-dumpcap") is None:
        np.skip("needs dpdk-dumpcap")
    with tempfile.TemporaryDirectory() as directory, huge_pages(directory), \
            np.Namespaces("cli", "srv") as ns:
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        np.WebServer(ns, "srv", directory)
        nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80",
                     "--hugepages", "--debug-capture")
        path = os.path.join(directory, "frames.pcap")
        dumpcap = capture(ns, nic, path)
        until = time.monotonic() + np.WAIT_S
        sent = 0
        while os.path.getsize(path) < 4096 and time.monotonic() < until:
            ns.run("cli", "curl", "-sfo/dev/null", f"http://{SERVER}/m/clip-1/hd/{sent}.m4s")
            sent += 1
        dumpcap.send_signal(signal.SIGINT)
        dumpcap.communicate(timeout=30)
        out = nic.stop()
        with open(path, "rb") as file:
            assert b"GET /m/clip-1/hd/" in file.read(), "the capture has the requests"
        print("requests", sent, "captured bytes", os.path.getsize(path))
        assert out.totals["media_requests"] == sent
        left = [name for name in os.listdir(os.path.join(directory, "huge"))
                if "prestage-nic" in name]
        assert not left, left


main()
