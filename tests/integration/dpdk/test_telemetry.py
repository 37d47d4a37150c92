# SPDX-License-Identifier: BSD-3-Clause
"""What dpdk-telemetry.py can ask: ports, classes, the media asked for most."""
import tempfile

import nic_process as np

SERVER = "10.77.0.2"


def main():
    np.need_namespaces()
    with tempfile.TemporaryDirectory() as directory, np.Namespaces("cli", "srv") as ns:
        ns.join("cli", "c0", "srv", "s0")
        ns.address("cli", "c0", "10.77.0.1/24")
        ns.address("srv", "s0", SERVER + "/24")
        np.WebServer(ns, "srv", directory)
        nic = np.Nic(ns, "srv", directory, "--mirror", "s0", "--server", SERVER + ":80",
                     "--telemetry")
        assert np.telemetry(nic, "/prestage/top")["media"] == []
        wanted = {"liked": 3, "seen": 1}
        for media, times in wanted.items():
            for n in range(times):
                ns.run("cli", "curl", "-sfo/dev/null", f"http://{SERVER}/m/{media}/hd/{n}.m4s")
        np.wait_for("the requests", lambda: nic.stats()["media_requests"] == 4)
        top = np.telemetry(nic, "/prestage/top")
        assert top["epochs"] > 0, top
        assert (top["media"], top["requests"]) == (["liked", "seen"], [3, 1]), top
        assert np.telemetry(nic, "/prestage/ports") == ["s0"]
        assert np.telemetry(nic, "/prestage/ports,1") is None, "there is one port"
        port = np.telemetry(nic, "/prestage/ports,0")
        assert port["speed_mbps"] == 0, "the driver's constant is not the interface's speed"
        print(port)
        assert port["name"] == "s0" and port["driver"] == "net_af_packet", port
        assert port["up"] == port["queues"] == 1 and port["packets"] > 0, port
        classes = np.telemetry(nic, "/prestage/classes")
        totals = np.telemetry(nic, "/prestage/totals")
        assert classes["http_packets"] == totals["http_packets"] > 0
        assert {"quic_packets", "quic_bytes", "quic_packets_s", "quic_bytes_s"} <= set(classes)
        ns.run("srv", "ip", "link", "set", "s0", "down")
        np.wait_for("the link to be down",
                    lambda: np.telemetry(nic, "/prestage/ports,0")["up"] == 0)
        nic.stop()


main()
