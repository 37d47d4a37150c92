# SPDX-License-Identifier: BSD-3-Clause
"""Edges around one nats-server, for end-to-end tests."""
import base64
import contextlib

import daemon as d
import jwt_by_hand
import nats

PROFILE = d.transcode("mobile-180p", 320, 180)
LEASE_S = 2
SECRET = b"k" * 32


class Edge(d.Daemon):
    """prestaged in a folder of its own."""


def write_keys(directory):
    """What all edges of a cluster have in common."""
    path = directory / "tokens.keys"
    path.write_text("edges:HS256:" + base64.urlsafe_b64encode(SECRET).decode().rstrip("=") + "\n")
    path.chmod(0o600)
    return path


def begin_edge(directory, start, name, server, keys, **more):
    room = directory / name
    room.mkdir(exist_ok=True)
    port = d.free_port()
    changes = {"listen": {"port": port}, "profiles": [PROFILE],
               "tier": {"path": room / "buffer.nvme", "state_dir": room / "state"},
               "control": {"socket": room / "control.sock"}, "tokens": {"key_file": keys},
               "cluster": {"url": server.url, "node": name, "lease": f"{LEASE_S}s",
                           "advertise": f"http://127.0.0.1:{port}"}, **more}
    return start(room, changes, kind=Edge).ready()


@contextlib.contextmanager
def two(**more):
    with d.workplace() as (directory, start):
        server = start(directory, kind=nats.Server)
        keys = write_keys(directory)
        edges = [begin_edge(directory, start, name, server, keys, **more) for name in ("left", "right")]
        for edge in edges:
            d.wait_for("the edges to meet", lambda edge=edge: is_ready(edge, 2))
        yield directory, start, server, edges


def status(edge):
    return edge.ask("cluster.status")


def is_ready(edge, nodes):
    s = status(edge)
    return s["registered"] and s["hub_reachable"] and s["stream_ready"] and s["nodes"] == nodes


def token(peer, *actions):
    return jwt_by_hand.hs256(SECRET, "edges", jwt_by_hand.claims(sub=peer, act=list(actions)))
