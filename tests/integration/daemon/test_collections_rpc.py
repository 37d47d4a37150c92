# SPDX-License-Identifier: BSD-3-Clause
"""Collections over msgpack-RPC in the whole daemon, by a client that we did not write (Debian's
python3-pynvim), and by raw sockets that say what no client would. Exit status 77 without it."""
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
import daemon as d
import jwt_by_hand as jwt

try:
    import msgpack
    from pynvim.msgpack_rpc import socket_session, tcp_session
except ImportError:
    d.skip("python3-pynvim is not installed")

ROOM = {"media": "bbb", "profile": "mobile-180p"}
ANSWER_S = 10


class Refused(Exception):
    pass


class Place:
    """A daemon that listens for peers, and tokens of it."""

    def __init__(self, start, directory, tcp=False, **messaging):
        self.address = ("127.0.0.1", d.free_port()) if tcp else str(directory / "peers.sock")
        listen = f"127.0.0.1:{self.address[1]}" if tcp else self.address
        self.tcp = tcp
        self.daemon = start({"messaging": {"budget": "16MiB", "collections_max": 512, "listen": listen,
                                           **messaging}}).ready()

    def token(self, peer, may="put,fetch", *more):
        return self.daemon.ctl("token", "issue", peer, may, "media=bbb", *more).strip()

    def session(self):
        session = tcp_session(*self.address) if self.tcp else socket_session(self.address)
        session.error_wrapper = Refused
        return session

    def enter(self, peer, *rights):
        session = self.session()
        d.equal(session.request("hello", {"token": self.token(peer, *rights)})["peer"], peer, "who it is")
        return session

    def raw(self):
        """A socket, and what takes answers apart."""
        connection = socket.socket(socket.AF_INET if self.tcp else socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(self.address)
        connection.settimeout(ANSWER_S)
        return connection

    def raw_peer(self, peer):
        connection = self.raw()
        connection.sendall(request(0, "hello", token=self.token(peer)))
        next(answers(connection))
        return connection


def request(number, method, **params):
    return msgpack.packb([0, number, method, [params]], use_bin_type=True)


def answers(connection):
    """[1, number, error, result] as they come; ends when the daemon hangs up."""
    unpacker = msgpack.Unpacker(raw=False)
    while True:
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            return
        if not data:
            return
        unpacker.feed(data)
        yield from unpacker


def refused(session, code, method, **params):
    try:
        result = session.request(method, params)
    except Refused as error:
        d.equal(error.args[0][0], code, f"why {method} was refused")
        return error.args[0]
    raise d.Failed(f"{method} {params} was not refused: {result}")


def two_peers_meet(tcp):
    """A request, claimed and answered; nobody else can answer it, or read the answer."""
    with d.workplace() as (directory, start):
        place = Place(start, directory, tcp)
        ann, bob, eve = (place.enter(name) for name in ("ann", "bob", "eve"))
        first = ann.request("put", {**ROOM, "sequence": 1, "body": b"who has it?"})
        d.equal(ann.request("put", {**ROOM, "sequence": 1, "body": b"who has it?"}),
                {"id": first["id"], "duplicate": True}, "the same again")
        d.equal(refused(ann, "order", "put", **ROOM, sequence=3, body=b"x")[2], {"expected": 2}, "what comes next")
        asked = bob.request("fetch", {**ROOM})["messages"]
        d.equal([(m["from"], m["body"]) for m in asked], [("ann", b"who has it?")], "what bob sees")
        refused(bob, "denied", "put", peer="ann", body=b"too early")
        d.equal(bob.request("ack", {**ROOM, "ids": [first["id"], 5]}), {"claimed": [True, False]}, "bob's claims")
        d.equal(eve.request("ack", {**ROOM, "ids": [first["id"]]}), {"claimed": [False]}, "eve's")
        bob.request("put", {"peer": "ann", "body": b"I do"})
        refused(eve, "denied", "put", peer="ann", body=b"me too")
        refused(eve, "denied", "fetch", peer="ann")
        d.equal([m["body"] for m in ann.request("fetch", {})["messages"]], [b"I do"], "ann's answers")
        d.equal(eve.request("fetch", {})["messages"], [], "eve's own")
        status = d.json.loads(place.daemon.ctl("--json", "status"))["messaging"]
        d.equal((status["put"], status["acknowledged"], status["claimed"]), (2, 1, 1), "figures")
        place.daemon.stop()


def rights_are_those_of_the_token():
    with d.workplace() as (directory, start):
        place = Place(start, directory)
        stranger = place.session()
        refused(stranger, "denied", "fetch")
        refused(stranger, "denied", "hello", token="e30.e30.e30")
        reader = place.enter("reader", "fetch")
        refused(reader, "denied", "put", **ROOM, body=b"x")
        refused(reader, "denied", "open", **ROOM, messages=4, bytes=4096, message_bytes=64, age_s=60)
        refused(reader, "denied", "fetch", media="other", profile="mobile-180p")
        refused(reader, "denied", "hello", token=place.token("writer"))  # another peer's
        opener = place.enter("opener", "put,create")
        opener.request("open", {**ROOM, "messages": 2, "bytes": 9000, "message_bytes": 64, "age_s": 60})
        refused(opener, "too_big", "put", **ROOM, body=bytes(65))
        d.equal(len(opener.request("put_many", {**ROOM, "bodies": [b"a", b"b", b"c"]})["ids"]), 2, "as many as fit")
        refused(opener, "full", "put", **ROOM, body=b"c")
        opener.request("close", ROOM)
        refused(opener, "not_found", "close", **ROOM)
        short = place.enter("short", "fetch", "life_s=1")
        revoked = place.session()
        token = place.token("revoked")
        revoked.request("hello", {"token": token})
        revoked.request("fetch", ROOM)
        place.daemon.ctl("token", "revoke", jwt.parts(token)[1]["jti"])
        refused(revoked, "expired", "fetch", **ROOM)
        time.sleep(2)  # what a token is worth is a matter of real time
        refused(short, "expired", "fetch", **ROOM)
        place.daemon.stop()


def who_waits_is_answered_by_the_next_message():
    with d.workplace() as (directory, start):
        place = Place(start, directory, tcp=True)
        writer, reader = place.raw_peer("writer"), place.raw_peer("reader")
        reader.sendall(request(1, "fetch", **ROOM, wait_ms=20000) + request(2, "ping"))
        stream = answers(reader)
        d.equal(next(stream)[1], 2, "the answer that need not wait comes first")
        writer.sendall(request(1, "put", **ROOM, body=b"here"))
        number, error, result = next(stream)[1:]
        d.equal((number, error, result["messages"][0]["body"]), (1, None, b"here"), "what was waited for")
        reader.sendall(request(3, "fetch", **ROOM, after=result["cursor"], wait_ms=300))
        start_s = time.monotonic()
        d.equal(next(stream)[3]["messages"], [], "nothing more")
        d.check(time.monotonic() - start_s >= 0.3, "it did not wait that long")
        place.daemon.stop()


def requests_may_be_cut_anywhere_and_come_in_heaps():
    with d.workplace() as (directory, start):
        place = Place(start, directory, tcp=True, puts=100000, messages=4096)
        peer = place.raw_peer("peer")
        for byte in request(1, "put", **ROOM, sequence=1, body=b"byte by byte"):
            peer.sendall(bytes([byte]))
        stream = answers(peer)
        d.equal(next(stream)[1:3], [1, None], "cut into bytes")
        heap = b"".join(request(n, "put", **ROOM, sequence=n, body=b"x" * 700) for n in range(2, 2002))
        sender = threading.Thread(target=peer.sendall, args=(heap,))
        sender.start()
        d.equal([next(stream)[1:3] for _ in range(2, 2002)], [[n, None] for n in range(2, 2002)], "in a heap")
        sender.join()
        total, after = 0, 0
        while True:
            peer.sendall(request(1, "fetch", **ROOM, after=after, max=256))
            page = next(stream)[3]
            if not page["messages"]:
                break
            total, after = total + len(page["messages"]), page["cursor"]
        d.equal(total, 2001, "messages")
        place.daemon.stop()


def nonsense_costs_only_its_own_connection():
    with d.workplace() as (directory, start):
        place = Place(start, directory)
        good = place.enter("good")
        nonsense = [b"\xc1", b"\xdd\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\x91" * 40, b"\x94\x00\x01\xa4ping\xc7",
                    b"\x94\x00\x01\xa3put\xc6" + struct.pack(">I", 1 << 20), b"\x94\x00\x01\xa4p\xffng\x90", b"\x00"]
        for data in nonsense:
            connection = place.raw()
            connection.sendall(data)
            d.equal(list(answers(connection)), [], f"answers to {data[:20]!r}")
        tiresome = place.raw()
        tiresome.sendall(b"".join(request(n, "fetch") for n in range(20)))
        d.check(len(list(answers(tiresome))) < 12, "a stranger was answered for ever")
        silent, deaf = place.raw(), place.raw_peer("deaf")
        good.request("put_many", {**ROOM, "bodies": [bytes(8000)] * 12})
        deaf.setblocking(False)
        try:
            while True:
                deaf.send(request(1, "fetch", **ROOM))
        except BlockingIOError:
            pass  # neither reads: only one of them loses by it
        d.equal(good.request("ping"), {}, "the others'")
        d.equal(len(list(answers(silent))), 0, "answers to who says nothing")  # hung up on after 5 s
        d.equal(good.request("ping"), {}, "the others'")
        place.daemon.stop()


def places_are_bounded():
    with d.workplace() as (directory, start):
        place = Place(start, directory, clients_max=3)
        peers = [place.enter(name) for name in ("ann", "bob")]
        strangers = [place.raw() for _ in range(4)]
        for gone in strangers[:3]:
            d.equal(list(answers(gone)), [], "one that gave way")
        d.equal([peer.request("ping") for peer in peers], [{}, {}], "those with a token")
        place.daemon.stop()


def the_two_sockets():
    two_peers_meet(tcp=False)
    two_peers_meet(tcp=True)


sys.exit(d.run([the_two_sockets, rights_are_those_of_the_token, who_waits_is_answered_by_the_next_message,
                requests_may_be_cut_anywhere_and_come_in_heaps, nonsense_costs_only_its_own_connection,
                places_are_bounded]))
