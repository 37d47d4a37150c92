# SPDX-License-Identifier: BSD-3-Clause
"""Peer-demand datagrams as dpdk/abi/peer_demand.h describes them, made without any code of ours."""
import ctypes
import hashlib
import hmac
import struct
import time

PORT = 7700
MAGIC, VERSION = 0x44505350, 1
HEADER, AUTH = struct.Struct("<IIQBBHI"), struct.Struct("<QQQ")


def media_key(name):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    return library.XXH3_64bits(name.encode(), ctypes.c_size_t(len(name)))


def msgpack_of(value):
    """Strings, whole numbers, floats and one map of them."""
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(msgpack_of(x) for pair in value.items() for x in pair)
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0xA0 | len(text)]) if len(text) < 32 else bytes([0xD9, len(text)])) + text
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    return b"\xcf" + struct.pack(">Q", value)


def make(key_id, key, body, sequence, time_ms=None, named=None, device=0, magic=MAGIC, version=VERSION):
    """@param key_id  An integer. @param key  Bytes. @param body  A map, or bytes as they are."""
    packed = body if isinstance(body, bytes) else msgpack_of(body)
    named = named if named is not None else body["media"]
    time_ms = int(time.time() * 1000) if time_ms is None else time_ms
    head = HEADER.pack(magic, version, media_key(named), device, 0, 0, AUTH.size + 32 + len(packed))
    head += AUTH.pack(key_id, time_ms, sequence)
    return head + hmac.new(key, head + packed, hashlib.sha256).digest() + packed


def take_apart(datagram):
    """(header, auth, code, body) as tuples and bytes."""
    auth = AUTH.unpack_from(datagram, HEADER.size)
    at = HEADER.size + AUTH.size
    return HEADER.unpack_from(datagram), auth, datagram[at:at + 32], datagram[at + 32:]


def is_by(datagram, key):
    at = HEADER.size + AUTH.size
    code = hmac.new(key, datagram[:at] + datagram[at + 32:], hashlib.sha256).digest()
    return hmac.compare_digest(code, datagram[at:at + 32])
