#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The server against a msgpack-RPC client that we did not write (Debian's python3-pynvim).

Usage: test_third_party.py SERVER. Exit status 77 when that client is not installed.
"""
import sys

try:
    from pynvim.msgpack_rpc import socket_session
except ImportError:
    print("skipped: python3-pynvim is not installed")
    sys.exit(77)

from served import Served


def refusal(session, *call):
    try:
        session.request(*call)
    except Exception as error:
        return str(error)
    raise AssertionError(f"{call} was not refused")


with Served(sys.argv[1]) as served:
    session = socket_session(served.socket)
    session.error_wrapper = lambda error: Exception(error[0])
    assert session.request("status")["version"] == "9.9"
    assert len(session.request("predictions", {"limit": 2})) == 2
    assert session.request("media.add", {"id": "a", "url": "b"}) == {"id": "a", "total": 1}
    assert "unknown_method" in refusal(session, "nope")
    assert "bad_params" in refusal(session, "predictions", 2)
    assert "bad_params" in refusal(session, "predictions", {"limit": "x"})
    assert "invalid" in refusal(session, "media.add", {"id": "a/b", "url": "c"})
    assert all(session.request("status")["emulated"] for _ in range(200))
    session.close()
print("ok")
