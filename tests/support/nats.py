# SPDX-License-Identifier: BSD-3-Clause
"""A real nats-server for end-to-end tests, with its store in the test's folder."""
import shutil
import socket

import daemon as d

SERVER = shutil.which("nats-server") or "/usr/sbin/nats-server"


def need():
    if not shutil.which(SERVER):
        d.skip("there is no nats-server")


class Server(d.Process):
    """One server with JetStream; `more` are further lines of its configuration."""

    def __init__(self, directory, port=None, more=""):
        self.port = port or d.free_port()
        conf = directory / "nats.conf"
        conf.write_text(f"listen: 127.0.0.1:{self.port}\n"
                        f"jetstream {{\n  store_dir: \"{directory}/jetstream\"\n  max_mem: 32M\n"
                        f"  max_file: 600M\n}}\n{more}\n")
        super().__init__("nats-server", [SERVER, "-c", conf], directory)
        self.wait_for("an open port", self.answers)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"
