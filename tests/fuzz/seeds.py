#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Well-formed inputs that each show one thing: where fuzzing begins; mutation does the rest.

Usage: tests/fuzz/seeds.py NAME DIR       those of the target NAME, to files in DIR
       tests/fuzz/seeds.py --pcap FILE    the made-up frames of the target `observer`, as a capture
How a target reads its input stands at the top of fuzz_NAME.c.
"""
import base64
import hmac
import json
import pathlib
import struct
import sys

HEADER = " HTTP/1.1\r\nHost: a\r\n\r\n"
PATHS = [
    "/m/clip-1/hd/index.m3u8", "/m/clip-1/hd/0.m4s", "/m/clip-1/hd/init.mp4", "/m/clip-1/master.m3u8",
    "/m/%63lip%2D1/h%64/0.m4s", "/m/c/p/0.m4s?token=a/b%20c;d", "http://edge.example:8080/m/c/p/0.m4s",
    "/m/" + "a" * 128 + "/" + "b" * 128 + "/1.m4s", "/m/" + "a" * 129 + "/p/0.m4s", "/m/c/p/q/0.m4s",
    "/m//p/0.m4s", "/m/c%2fp/0.m4s", "/m/c%zz/p/0.m4s", "/m/c/p/0.m4s?a\tb", "/n/c/p/0.m4s", "/m/c/",
]


def http():
    """Templates 0 and 1, single requests and several on one connection."""
    requests = ["GET " + path + HEADER for path in PATHS]
    requests += ["HEAD /m/c/p/index.m3u8" + HEADER, "POST /m/c/p/0.m4s" + HEADER,
                 "GET /m/c/p/0.m4s HTTP/1.1\n\nGET /m/c/p/1.m4s HTTP/1.1\n\n",
                 "GET /m/c/p/0.m4s HTTP/1.1\r\nA: b\r\n\rx\r\n\r\nGET /m/c/p/1.m4s" + HEADER,
                 "\r\n\r\nGET /m/c/p/0.m4s HTTP/1.1\r\nX: 1\r\nGET /m/c/p/1.m4s" + HEADER,
                 "GET /m/c/p/0.m4s HTTP/2.0\r\n\r\n", "GET /m/c/p/0.m4s HTTP/1.1\r\r\n\r\n"]
    requests += ["".join(requests[:4]), "".join(requests)]
    for template in (0, 1):
        for request in requests:
            yield bytes([template, 7]) + request.encode()


MACS = bytes.fromhex("020000000001020000000002")
CLIENT4, SERVER4 = bytes([10, 77, 1, 5]), bytes([10, 77, 0, 1])
CLIENT6, SERVER6 = b"\xfd" + bytes(14) + b"\5", b"\xfd" + bytes(14) + b"\1"
TCP, UDP = 6, 17
TICK, DRAIN, NEW_REGIONS, CUT_FRAME = 8, 9, 10, 12
OPEN_TUNNELS, ANY_SERVER, FEW_KEYS, READ_SNI = 3, 4, 8, 32


def ip4(protocol, body, fragment=0):
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, fragment, 64, protocol, 0) + \
        CLIENT4 + SERVER4 + body


def ip6(protocol, body):
    return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + CLIENT6 + SERVER6 + body


def tcp(payload, seq=100, port=40000, flags=0x18, to=80):
    return struct.pack(">HHIIBBHHH", port, to, seq & 0xFFFFFFFF, 0, 0x50, flags, 0, 0, 0) + payload


def udp(payload, to):
    return struct.pack(">HHHH", 5000, to, 8 + len(payload), 0) + payload


def ethernet(packet, tags=()):
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    return MACS + b"".join(struct.pack(">HH", tag, 7) for tag in tags) + struct.pack(">H", kind) + packet


def steps(options, *items):
    """Frames, and numbers of other steps."""
    words = (struct.pack("<H", i << 12) if isinstance(i, int) else struct.pack("<H", len(i)) + i for i in items)
    return bytes([options]) + b"".join(words)


def get(path="/m/c/p/0.m4s"):
    return ("GET " + path + HEADER).encode()


def datagrams():
    """One of each class of traffic that UDP carries, with the port it goes to."""
    stun = struct.pack(">HHI", 1, 12, 0x2112A442) + bytes(12) + struct.pack(">HH8s", 6, 8, b"user:you")
    yield stun, 3478
    for number in range(3):
        yield struct.pack(">BBHII", 0x80, 96, number, 90 * number, 7) + bytes(20), 6000
    yield struct.pack(">BBHI", 0x80, 200, 6, 7) + bytes(20), 6000
    yield b"\xc3\0\0\0\1\x08" + bytes(40), 443
    yield b"\x43" + bytes(30), 443
    yield struct.pack("<IIQBBHI", 0x44505350, 1, 77, 1, 2, 0, 0), 7700


def tunnelled(packet):
    """VXLAN, GTP-U with and without an extension, and one in the other."""
    vxlan = ip4(UDP, udp(struct.pack(">II", 8 << 24, 9 << 8) + ethernet(packet), 4789))
    gtpu = ip4(UDP, udp(struct.pack(">BBHI", 0x30, 255, len(packet), 7) + packet, 2152))
    extended = struct.pack(">BBHIHBB", 0x34, 255, len(packet) + 8, 7, 0, 0, 0x85) + b"\1\0\x09\0" + packet
    yield vxlan
    yield gtpu
    yield ip4(UDP, udp(extended, 2152))
    yield ip4(UDP, udp(struct.pack(">BBHI", 0x30, 255, len(vxlan), 7) + vxlan, 2152))


def captured(root):
    """The frames of tests/data/captures, a few at a time."""
    for path in sorted(root.glob("*.pcap")):
        data = path.read_bytes()
        order = "<" if data[0] in (0xD4, 0x4D) else ">"
        at, frames = 24, []
        while at + 16 <= len(data):
            kept = struct.unpack_from(order + "I", data, at + 8)[0]
            frames.append(data[at + 16:at + 16 + min(kept, 600)])
            at += 16 + kept
        for first in range(0, min(len(frames), 64), 8):
            yield steps(OPEN_TUNNELS | ANY_SERVER, *frames[first:first + 8])


def client_hello(name):
    server_name = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">HHI", 43, 4, 0x03030304) + server_name
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack(">H", len(extensions)) + extensions
    handshake = b"\1" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack(">H", len(handshake)) + handshake


def made_up():
    """Options, then frames and steps."""
    one, two = get()[:14], get()[14:]
    cut = [ethernet(ip4(TCP, tcp(one))), ethernet(ip4(TCP, tcp(two, seq=114)))]
    whole = ethernet(ip4(TCP, tcp(get() + get("/m/c/p/index.m3u8"))))
    yield (0, whole, whole, DRAIN, whole)
    yield (0, *cut, DRAIN, *reversed(cut), TICK, *cut[:1], *[TICK] * 9)
    yield (0, cut[0], ethernet(ip4(TCP, tcp(b"", flags=2))), cut[0], ethernet(ip4(TCP, tcp(b"", 114, flags=1))))
    yield (0, *(ethernet(ip4(TCP, tcp(get()[i:i + 5], 100 + i))) for i in range(0, 60, 5)))
    yield (FEW_KEYS, *(ethernet(ip4(TCP, tcp(get(f"/m/c{n}/p/0.m4s"), port=n))) for n in range(40)))
    yield (ANY_SERVER, ethernet(ip6(TCP, tcp(get())), (0x88A8, 0x8100)), NEW_REGIONS, whole)
    yield (0, ethernet(ip6(0, b"\x3c\0" + bytes(6) + b"\6\0" + bytes(6) + tcp(get()))))
    yield (0, ethernet(ip4(TCP, tcp(get()), 0x2000)), ethernet(ip4(TCP, get(), 3)),
                ethernet(ip6(44, b"\6\0\0\1" + bytes(4) + tcp(get()))))
    yield (0, ethernet(ip4(TCP, tcp(b"\x16\3\1\0\5\1\0\0\1\0", to=443))),
                ethernet(ip4(TCP, tcp(b"\x17\3\3\0\5hello", to=443))), MACS + b"\x08\x06" + bytes(28))
    yield (0, *(ethernet(ip4(UDP, udp(*datagram))) for datagram in datagrams()))
    hello = client_hello(b"video.example.com")
    syn = ethernet(ip4(TCP, tcp(b"", 99, flags=2, to=443)))
    for cut in (len(hello), 60, 100):
        yield (READ_SNI, syn, ethernet(ip4(TCP, tcp(hello[:cut], to=443))), DRAIN,
               ethernet(ip4(TCP, tcp(hello[cut:] or hello, 100 + cut, to=443))))
    for packet in tunnelled(ip4(TCP, tcp(get()))):
        yield (OPEN_TUNNELS, ethernet(packet))
        yield (0, ethernet(packet))
    for packet in tunnelled(ip6(TCP, tcp(get()))):
        yield (OPEN_TUNNELS | ANY_SERVER, ethernet(packet))


def observer():
    for options, *items in made_up():
        yield steps(options, *items)
    whole = ethernet(ip4(TCP, tcp(get())))
    yield bytes([0]) + struct.pack("<H", CUT_FRAME << 12 | len(whole)) + whole
    yield from captured(pathlib.Path(__file__).parent.parent / "data/captures")


def frame(kind, body):
    return struct.pack("<HHI", kind, 0, len(body)) + body


def hello(boot, server=0, version=2):
    return frame(1, struct.pack("<IIQQ", 0x44535350, version, boot, server))


def epoch(number, *records, part=0, requests=7):
    """A record is (media key, profile key, region, starts, segments)."""
    totals = (number, number * 1000, number * 1000 + 999, 9, 900, requests, 1, 2, 1, 3, 0, 0)
    rows = b"".join(struct.pack("<QQHBBIII", media, profile, region, 0, 0, starts, segments, 1)
                    for media, profile, region, starts, segments in records)
    return frame(3, struct.pack("<12QII", *totals, len(records), part) + rows)


def named(kind, key, text):
    return frame(2, struct.pack("<QHHI", key, kind, len(text), 0) + text)


def lists(number):
    """CLAIMS, TLS, COUNTERS, PORTS and RULES, of two entries each."""
    entries = (struct.pack("<QHBBI", 8, 1, 2, 3, 4), struct.pack("<QQ", 9, 2), struct.pack("<24sQ", b"packets", 5),
               struct.pack("<64s32sQQQQIHBB", b"eth0", b"net_af_packet", 1, 2, 0, 0, 10000, 1, 1, 0),
               struct.pack("<48sQQiB3x", b"stun", 1, 60, -28, 0))
    for kind, entry in enumerate(entries, 4):
        yield frame(kind, struct.pack("<QII", number, 2, 0) + entry * 2)


def feed():
    def connections(options, *streams):
        return bytes([options, 3]) + b"".join(struct.pack("<H", len(s)) + s for s in streams)

    media = named(1, 0xB3C6A5B4A0E6EAD8, b"clip-1")
    some = [(2, 3, 1, 1, 5), (4, 0, 2, 0, 9), (2, 3, 1, 2, 0), (5, 5, 0, 1, 1)]
    server = 0x0A4D0002 << 16 | 80
    for options in (0, 1, 2, 3):
        yield connections(options, hello(1, server) + epoch(1, *some) + epoch(2) + epoch(3, *some[:1]))
    yield connections(0, hello(1) + epoch(1, *some), hello(1) + epoch(1, *some) + epoch(2, *some), hello(2) + epoch(1))
    yield connections(0, hello(1) + epoch(5, *some) + epoch(5, *some, part=1, requests=0) + epoch(5, part=1))
    yield connections(0, hello(1) + media, hello(1)[:20], b"", hello(1, version=3), hello(1) * 2, epoch(1))
    for one in lists(1):
        yield connections(0, hello(1) + epoch(1, *some) + one)
    yield connections(0, hello(1) + b"".join(lists(1)) + epoch(1) + b"".join(lists(2)))
    yield connections(0, hello(1) + struct.pack("<HHI", 3, 0, 65537), hello(1) + struct.pack("<HHI", 3, 1, 8))


PUT, SAY, ACK_RIGHT, HANG_UP, ACK_NUMBER, READ, WAIT, WORK = range(8)


def acks():
    def conversation(*items):
        """Steps as (what, how much), and bytes that are said."""
        return b"".join(bytes([SAY | len(i) << 3]) + i if isinstance(i, bytes) else bytes([i[0] | i[1] << 3])
                        for i in items)

    connect, read, right = (WAIT, 1), [(READ, 31)] * 8, (ACK_RIGHT, 0)
    one = [connect, (PUT, 5), (WORK, 0), *read, right]
    ack = struct.pack("<HHIQ", 64, 0, 8, 1)
    yield conversation(*one, (PUT, 31), (WORK, 0), *read, right, right)
    yield conversation(*one[:-1], (HANG_UP, 0), (WAIT, 31), (PUT, 7), *read, right, (PUT, 3))
    yield conversation((PUT, 1), (PUT, 2), connect, (PUT, 3), (READ, 1), (HANG_UP, 0), (PUT, 4), (WAIT, 9), *read, right)
    yield conversation(*one[:-1], ack[:3], ack[3:9], ack[9:], (PUT, 1), ack)
    yield conversation(connect, (ACK_NUMBER, 0), (WAIT, 31), (PUT, 1), (ACK_NUMBER, 2), (WAIT, 31), *read, (ACK_NUMBER, 1))
    for damaged in (b"\1" + ack[1:], ack[:2] + b"\1" + ack[3:], ack[:4] + b"\x09" + ack[5:], hello(1)[:24]):
        yield conversation(*one[:-1], damaged, (WAIT, 31), *read, right)


def keys():
    key = b"5a" * 16
    for text in (b"edge-1:" + key + b"\n", b"edge-1:" + key.upper() * 4, b"# keys\n\na:" + key + b"\nb:" + key * 2,
                 b"a:" + key + b"\na:" + key, b"#:" + key, b"a:" + key[1:], b"a:" + key * 4 + b"00", b":" + key,
                 b"x" * 65 + b":" + key, b"a b:" + key, b"a:" + key + b"\r\n", b"a:\0" + key, b"", b"\n"):
        yield b"\0" + text
    for mode in (0o40, 0o20, 0o10, 4, 2, 1):
        yield bytes([mode]) + b"edge-1:" + key


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def agent():
    """Each list alone, then all of them, with and without names."""
    def step(kind, text, minutes=0):
        return bytes([kind | minutes << 3]) + struct.pack("<H", len(text)) + text

    begin = 1700000000
    event = b"BEGIN:VEVENT\r\nDTSTART%s\r\nRRULE:%s\r\n%s\r\nEND:VEVENT\r\n"
    x = b"X-PRESTAGE-MEDIA:x"
    queues = [b"x 600\ny\n# z\n", b"#EXTM3U\n#EXTINF:600 a=b,The title\n/p\n#PRESTAGE-MEDIA:y\n/q\n"]
    calendars = [event % (b":20231114T223000Z", b"FREQ=DAILY;INTERVAL=2;COUNT=9", x),
                 event % (b";TZID=\"a:b\":20231114T233000", b"FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20240101", x + b"\r\n y"),
                 event % (b";VALUE=DATE:20231114", b"FREQ=MONTHLY", b"SUMMARY:The tit\\,le\r\nSTATUS:CANCELLED"),
                 b"BEGIN:VEVENT\nBEGIN:VALARM\nDTSTART:20231114T223000Z\nEND:VALARM\nDTEND:20231114T223000Z\nEND:VEVENT\n"]
    epg = b'<programme start="20231114223000 +0100" stop="20231114233000 +0100"><title lang="a">The &amp; title</title>' \
          b"<title>The title</title></programme>"
    history = b"".join(b"%d x\n%d y\n" % (begin - week * 604800 + 1200, begin - week * 604800 + 3000) for week in (3, 2, 1))
    lines = [b"x in 60 0.5", b"x in 7200", b"x played", b"x in 90000", b"y at 3"]
    record = b"told 1000 2000\nqueue 0 30000\nepg 500 1\n"
    options = b"consent yes\nedge [::1]:7700\nqueue /a b\ndevice phone\nrate 0.5\njitter 3\nleast .2\n# c\n"
    steps = [step(1, q, 9) for q in queues] + [step(2, c, 9) for c in calendars] + [step(3, epg, 9), step(4, history, 9)]
    steps += [step(5, line, 2) for line in lines] + [step(6, record), step(7, options)]
    for one in steps:
        yield one
        yield step(0, b"") + one
    yield b"".join(steps)
    yield step(0, b"") + b"".join(steps)
    yield b"".join(step(5, b"x in 60") + step(5, b"x played", 5) for _ in range(12))


def datagram():
    """Signed bodies, strangers' datagrams, stored revocations, and several in a row."""
    def step(kind, how, data=b""):
        return bytes([kind | how << 2]) + struct.pack("<H", len(data)) + data

    def signed(rest, pairs=2, agent=0, ahead=1, at=64, name=b"clip"):
        map_ = bytes([0x80 | pairs]) + b"\xa5media" + bytes([0xA0 | len(name)]) + name + rest
        return step(1, agent, bytes([ahead, at, len(name)]) + map_)

    since = b"\xa4from\xce" + struct.pack(">I", 1700000000)
    until, profile, chance = b"\xa2to\xce" + struct.pack(">I", 1700000600), b"\xa4prof\xa2hd", b"\xa1p"
    half = chance + b"\xcb" + struct.pack(">d", 0.5)
    looks = [signed(since), signed(since + until, 3), signed(since + profile, 3), signed(since + half, 3),
             signed(since + chance + b"\xca" + struct.pack(">f", 0.25), 3), signed(since + chance + b"\1", 3),
             signed(since + b"\xa6region\x05", 3), signed(since + until + profile + half + b"\xa6region\xcd\1\0", 6),
             signed(since + b"\xa3new\xc0", 3), signed(since, name=b"c" * 31), signed(since, name=b"a/b"),
             signed(since + since, 3), signed(b"", 1), signed(b"\xa4from\xff"), signed(since, ahead=0),
             signed(since, at=0), signed(since, at=130), signed(since, agent=11), signed(until + since, 3)]
    yield from looks
    yield b"".join(looks)
    yield b"".join(signed(since, agent=n % 12) for n in range(30))
    yield b"".join(signed(since) + step(3, 1) for _ in range(12))
    head = struct.pack("<IIQBBHI", 0x44505350, 1, 5, 0, 0, 0, 56 + 1) + struct.pack("<QQQ", 1, 1700000000000, 1)
    yield step(0, 0, head + bytes(32) + b"\x80")
    yield step(0, 0, head[:20])
    yield step(0, 0, b"\xdf\xff\xff\xff\xff")
    for ids in ((), (7,), (1, 5, 9), (9, 1)):
        stored = struct.pack("<IIII", 0x41475350, 1, len(ids), 0) + b"\1" * 32 + struct.pack(f"<{len(ids)}Q", *ids)
        yield step(2, 0, stored[:12] + struct.pack("<I", crc32c(stored)) + stored[16:])


def region():
    yield b"10.0.0.0/8=1\n10.77.0.0/16=2\n10.77.1.0/24=3\n0.0.0.0/0=4\n\n" + bytes(10) + b"\xff\xff\n\x4d\1\5"
    yield b"fd00::/8=1\nfd00:1::/32=2\n::/0=9\n::ffff:0:0/96=5\n10.1.2.3/32=65535\n\n" + CLIENT6
    yield b"10.0.0.0/8=1\n10.0.0.0/8=2\n10.1.0.0/8=1\n10.0.0.0/33=1\n10.0.0.0/8=0\n=\n/\nfd00::/129=1\n\n"


def lines():
    common = b'192.0.2.1 - ann [10/Oct/2000:13:55:36 -0700] "GET /m/film/low/index.m3u8?a HTTP/1.1" 200 2326'
    combined = common + b' "http://r.example/\\"" "Mozilla/5.0 (iPhone) Mobile" 0.1'
    history = b"# c\n1700000000.25 film low 7 2 255\n\n1700000001\tfilm low 0 0 0\r\n"
    csv = b"\xef\xbb\xbft, obj,user,size,device,geo,ctime,cat,x\n1.5,film/low,ann,10,1,2,-3,news,\n1e3,a,-1,,,,0,7,y\n"
    for how in (0, 8):
        for text in (history, b"1 film ann 10\n2 a b 1\n", common + b"\n" + combined + b"\n", csv):
            yield bytes([how]) + text
    for text in (common.replace(b"GET", b"HEAD http://h:80"), common.replace(b"index.m3u8", b"7.m4s"),
                 common.replace(b"/m/film", b""), common.replace(b"200 2326", b"404 -"), combined[:-40]):
        yield bytes([3 + 8]) + text
    yield b"\x04" + csv.replace(b",ann,", b',"ann",')
    yield b"\x01" + b"9" * 400


def options():
    basic = "server = 10.0.0.1:80\nprint\n"
    for mode in ("mirror = eth0", "inline = eth0,eth1", "pcap = /a.pcap"):
        yield b"\0" + (basic + mode + "\n").encode()
    yield b"\0" + (basic + "# all\nmirror=0000:03:00.0\nto = unix:/run/x\ntemplate = /m/\ntunnels = vxlan,gtpu\n"
                   "region = 10.0.0.0/8=1\nepoch-ms = 500\nlcores = 1,2\nmem-mb = 256\nhugepages\nkeys = 4096\n"
                   "frame-bytes = 4096\nstats-file = /run/s\ntelemetry\nverbose\n").encode()
    for arguments in ("--server=[::1]:80 --print --mirror eth0", "--help", "--version", "--keys 1000", "--nothing",
                      "--mirror", "--server [::1:80", "--server 10.0.0.1:0", "--print=1"):
        yield b"".join(word.encode() + b"\0" for word in arguments.split()) + b"\0" + basic.encode()
    yield b"\0config = /x\n"
    yield b"\0" + b"server = " + b"1" * 4400 + b"\n"


def capture():
    yield struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    yield struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)
    for order in "<>":
        yield struct.pack(order + "IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + \
            struct.pack(order + "IIHHII", 1, 20, 1, 0, 0, 20)


LOOK, KNOW, FORGET, DESCRIBE, ESTIMATE, RANK, RESTART, DAMAGE, MAKE_UP, PASS, LEARN = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12


def learn(*resources, starts=1, lag=0, peer=3):
    return bytes([LEARN, len(resources)]) + b"".join(bytes([starts, lag, r, 9, peer]) for r in resources)


def seconds(count):
    return bytes([PASS, 0]) + struct.pack("<H", 4 * count)


def look(resource, after_s, source=1, chance=150):
    return bytes([LOOK, source, chance]) + struct.pack("<H", 8 * (600 + after_s)) + bytes([resource, 9])


def predict():
    """An audience of a few, and what may happen to it."""
    minute = b"".join(learn(1, 33, r % 16) + seconds(20) for r in range(3))
    asked = bytes([ESTIMATE, 1, RANK])
    yield minute * 20 + asked
    yield minute * 5 + bytes([RESTART]) + minute * 5 + asked + bytes([RESTART, RANK])
    yield minute * 3 + look(1, 300) + look(5, 200, 2) + look(5, -200) + look(5, 4000) + seconds(60) * 5 + \
        learn(5) + minute * 9 + asked
    yield minute * 3 + bytes([KNOW, 7, KNOW, 8, FORGET, 1, FORGET, 90]) + minute * 3 + asked
    yield bytes([KNOW, 2, DESCRIBE]) + struct.pack("<HBBHB", 1600, 1, 5, 600, 2) + minute * 4 + asked
    yield minute + bytes([DAMAGE, 9, 0, 4, DAMAGE, 40, 1, 1, MAKE_UP, 8]) + b"PREPRED\0" + minute + asked
    for how in 200, 201, 230, 231:  # leaps: hours and seconds, forwards and back
        yield minute * 2 + bytes([PASS, how]) + struct.pack("<H", 9000) + minute * 2 + asked
    yield learn(1, starts=255) + learn(1, 2, starts=255, lag=250) + learn(3, lag=15) + asked
    yield b"".join(learn(r, peer=r) + seconds(1) for r in range(96)) + asked


def trace():
    """As what it is read, then the text."""
    yield b"\0" + b"1700000000 a hd 1 2 3\n1700000000.5 b sd 0 0 0\n"
    yield b"\1" + b"1700000001 a u 5\n# c\n\n1700000000 b u 7\nx\n"
    yield b"\2" + b"t,obj,user,size,device,geo,ctime,cat\n5,a,u,1,2,3,-4,c\n4,a/hd,,,,,,\n4,a/\n"
    yield b"\2" + b"\xef\xbb\xbfobj,t\r\na,1e3\r\n\"b\",2\r\n"
    yield b"\2" + b"time,obj\n1,a\n"
    yield b"\3" + b"1 a hd 1 2 3\n" + b"1" * 1100 + b"\n2 a hd 1 2 3"
    yield b"\3" + b"t,obj\n0,a\n1e10,a\n1e11,a\n"
    yield b"\4" + b"horizon,said,happened,rows\n5m,0.1,0.2,7\n15m,1,0,1e9\n"
    yield b"\4" + b"rows,said,happened,horizon,x\n0,.1,.2,5m,\n"
    yield b"\5" + b"start_s,actual,expected,q10,q25,q75,q90\n300,1,1.5,0,1,2,3\n600,1,1.5,0,1,2,3\n600,1,1,1,1,1,1\n"
    yield b"\6" + b"requests=7\nhit_lru_1=0.5\nhit_ours_hints_2.5=1\n"
    yield b"\6" + b"hit_lru_1=0.5\nhit_lru_1=0.5\n"
    yield b"\6" + b"hit_lru=0.5\n"
    yield b"\7" + b"emit_t,due_t,obj,device,user\n9,600.5,a,2,u\n5,6,a/hd,-1,-1\n5,6,,,\n4,7,b,300,u\n"
    yield b"\7" + b"user,obj,emit_t\n"
    yield b"\7" + b"obj,emit_t,due_t\na,1,\"2\"\n"


def book():
    """A whole code book, and one line wrong at a time."""
    lines = ["prestage-codes 1", "colluders 4", "first 0", "segments 6", "viewers 2",
             "biases 80003618c9e880003618c9e8", "1 b4", "alice@example.org 00"]
    yield "\n".join(lines).encode() + b"\n"
    for wrong in range(len(lines)):
        for text in ("", "viewers 0", "segments 16385", "1 b", "1  b4", "x" * 64 + " b4"):
            yield "\n".join(lines[:wrong] + [text] + lines[wrong + 1:]).encode()


HERE, USUAL, RAW = 0, 0, 0xE0
SCALE, ENCODE, MARK = 0, 1, 2


def size(pixels):
    return bytes([(pixels - 16) // 2, USUAL])


def encode(width, height, start=1, effort=1, flags=0, count=1, qp=18, bits=200, target=0, bits_max=0):
    """`bits`, `target` and `bits_max` in the units of any_control() and describe_encode()."""
    control = bytes([qp, 3, USUAL, target, USUAL, bits_max, USUAL, 0, USUAL, USUAL])
    return bytes([ENCODE, flags]) + bytes([HERE]) * 5 + size(width) + size(height) + bytes([count - 1, USUAL]) + \
        bytes([bits, USUAL, start, USUAL, effort, USUAL, USUAL, USUAL, HERE]) + control * count


def kernels():
    """Runs that are made, alone and after each other; then one wrong argument each."""
    for seed in b"\x60", b"\xc0":
        for nv12, renditions in (0, 1), (1, 2), (0, 6):
            yield seed + bytes([SCALE, 0] + [HERE] * 7) + size(64) + size(48) + \
                bytes([nv12, USUAL, 1, USUAL, renditions - 1, USUAL]) + bytes([9, 8, USUAL] * 6 + [HERE])
        yield seed + bytes([MARK, 0, HERE, HERE, HERE]) + size(48) + size(32) + bytes([0, USUAL]) + bytes([USUAL] * 5 + [HERE])
        for effort in range(3):
            yield seed + encode(32, 32, effort=effort) + encode(32, 32, 0, effort, count=2)
            yield seed + encode(48, 32, effort=effort, qp=0, target=40, bits_max=60) + encode(48, 32, 0, effort, 2)
        yield seed + encode(32, 32) + encode(32, 48, 0)
        yield seed + encode(32, 32) + encode(32, 32, 0, flags=1) + bytes([1, 9, 0, 7])
        yield seed + encode(16, 16, bits=1)
    good = b"\xc0" + encode(32, 32)
    for at in range(3, len(good)):  # each choice in turn: an edge, and anything
        yield good[:at] + b"\xf3" + good[at + 1:]
        yield good[:at] + bytes([RAW, 7, 1]) + good[at + 1:]


TOKEN_KEY = b"0123456789abcdef0123456789abcdef"
TOKEN_CLAIMS = {"sub": "alice", "act": ["put", "view"], "aud": "edge", "iat": 1800000000, "exp": 1800000600}
TOKEN_MORE = [{}, {"jti": "j"}, {"jti": "j", "use": "once"}, {"cnf": {"ip": "192.0.2.7"}}, {"med": "film", "prf": "hd"},
              {"reg": 4, "ten": "default", "wm": 17}, {"aud": ["a", "edge"]}, {"nbf": 1800000001.5}, {"exp": 1},
              {"iat": 1900000000}, {"exp": 1900000000}, {"aud": "other"}, {"sub": 5}, {"x": [[[1]]]}, {"cnf": {"jkt": "x"}}]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token():
    """Tokens whole and in parts, key files, a file of revocations."""
    headers = [{"alg": alg, "kid": "own", "typ": "JWT"} for alg in ("HS256", "none", "ES256", "HS512")]
    headers += [{"alg": "HS256"}, {"alg": "HS256", "kid": "own", "crit": ["exp"]}]
    claims = [json.dumps({**TOKEN_CLAIMS, **more}).encode() for more in TOKEN_MORE]
    for header, body in [(headers[0], body) for body in claims] + [(header, claims[0]) for header in headers[1:]]:
        head = json.dumps(header).encode()
        yield b"\1" + bytes([len(head)]) + head + body
        text = base64url(head) + b"." + base64url(body)
        yield b"\0" + text + b"." + base64url(hmac.digest(TOKEN_KEY, text, "sha256"))
    yield b"\2# two\nown:HS256:" + base64url(TOKEN_KEY) + b"\nold:HS256:" + base64url(TOKEN_KEY * 2) + b"\n"
    yield b"\2cdn:ES256:/nonexistent\n"
    ids = struct.pack("<QQ", 7, 1800000600 * 10**9)
    yield b"\3" + struct.pack("<QIIII", 0x31564552534B5450, 1, 1, crc32c(ids), 0) + ids
    for address in b"\x09192.0.2.7", b"\xff":
        yield b"\4\3\4\0\x3c\0\1\7\0" + b"\4film\2hd\7default" + address + b"\3bob"


def packed(value):
    """msgpack, in its shortest forms."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return bytes([value]) if value < 128 else b"\xcf" + value.to_bytes(8, "big")
    if isinstance(value, bytes):
        return b"\xc5" + len(value).to_bytes(2, "big") + value
    if isinstance(value, str):
        data = value.encode()
        return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data
    if isinstance(value, list):
        return b"\xdc" + len(value).to_bytes(2, "big") + b"".join(map(packed, value))
    return bytes([0x80 | len(value)]) + b"".join(packed(k) + packed(v) for k, v in value.items())


def collections_rpc():
    """Each method well and badly used, by strangers and by who said hello, alone and linked."""
    place = {"media": "clip-1", "profile": "hd"}
    calls = [("ping", {}), ("hello", {"token": "\x1fbob"}), ("hello", {"token": "\x01eve"}),
             ("put", {**place, "sequence": 1, "body": b"a"}), ("put", {**place, "sequence": 1, "body": b"a"}),
             ("put", {**place, "sequence": 5, "body": b"a"}), ("put", {**place, "region": 3, "body": "text"}),
             ("put", {"peer": "ann", "body": bytes(2048)}), ("put", {"peer": "bob", "body": bytes(2049)}),
             ("put_many", {**place, "sequence": 2, "bodies": [b"b", b"c", "d"]}),
             ("put_many", {**place, "bodies": [b"b", 7]}), ("put_many", {**place, "bodies": [b"b"] * 40}),
             ("fetch", {**place, "max": 2}), ("fetch", {**place, "next": True}), ("fetch", {"after": 1 << 40}),
             ("fetch", {**place, "after": 3, "wait_ms": 100}), ("fetch", {"wait_ms": 60000}), ("fetch", {"peer": "bob"}),
             ("ack", {**place, "ids": [(1 << 48) + n for n in range(1, 5)]}), ("ack", {"ids": []}),
             ("open", {**place, "messages": 4, "bytes": 4096, "message_bytes": 64, "age_s": 60}), ("close", place),
             ("nope", {}), ("put", {"media": "a/b", "profile": "x", "body": b""}), ("fetch", {"region": 1})]
    requests = [packed([0, number, method, [params]]) for number, (method, params) in enumerate(calls)]
    requests += [packed([2, method, [params]]) for method, params in calls[3:5]]
    requests += [packed([0, 1, "ping", []]), packed([0, 1, "ping", [{}, {}]]), packed([0, 1, "put", 5]), b"\xc1",
                 packed([1, 1, None, None]), packed({"a": 1}), b"\xdd\xff\xff\xff\xff", packed(["put"])]
    def connection(data):
        return struct.pack("<H", len(data)) + data
    for options in range(8):
        yield bytes([options, 7]) + connection(b"".join(requests))
        yield bytes([options, 9]) + connection(b"".join(requests[:14])) + connection(b"".join(requests[12:]))
    for request in requests:
        yield bytes([1, 3]) + connection(request) + connection(requests[3] + request)
    waits = requests[15] * 3 + requests[16] * 7
    yield bytes([1, 5]) + connection(waits) + connection(requests[3] + requests[7] + requests[12])


MSGPACK_PUT = b"\x82\xa4body\xc4\x03\0\xffa\xa8sequence\x05"


def collections_web():
    """A byte for what it is: JSON put, JSON limits, msgpack put, msgpack limits, text, base64."""
    for put in ('{"body":"hello"}', '{"body":"a\\u0000b\\n\\ud83c\\udfac","sequence":9}', '{"body64":"AP8="}', '{"body":1}',
                '{"body":"a","body":"b"}', '{"body":"", "sequence":18446744073709551615}', "[[[[", '{"x":{"y":[1,2.5,null]}}'):
        yield b"\0" + put.encode()
    yield b"\1" + b'{"messages":10,"bytes":4096,"message_bytes":512,"age_s":30}'
    yield b"\2" + MSGPACK_PUT
    yield b"\2" + b"\x81\xa4body\xd9\x02hi"
    yield b"\3" + b"\x82\xa8messages\x0a\xa5age_s\xcd\x01\x00"
    for text in ("/c/r/film/hd", "/c/r/film/hd/281474976710657", "/c/p/alice", "/c/p/alice/1", "/c/p/", "999", "18446744073709551615",
                 "text/html, application/msgpack;q=0.9", "application/json; charset=utf-8"):
        yield b"\4" + text.encode()
    for text in ("", "Zg==", "Zm8=", "Zm9v", "//+A", "Zh==", "===="):
        yield b"\5" + text.encode()


def bodies():
    """Options and cuts, then requests on one connection; the token's digit is what it may do."""
    def ask(method, path, body=b"", *headers):
        return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body

    may_all, json_type = "Authorization: Bearer 7a", "Content-Type: application/json"
    put = ask("POST", "/c/r/film/hd", b'{"body":"offer","sequence":1}', may_all, json_type)
    listen = b"GET /c/p/7a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer 7a\r\nAccept: text/event-stream\r\n\r\n"
    conversations = [
        [ask("POST", "/b/x?a=%41&b", b"hello")], [ask("POST", "/b/x", b"y" * 65)], [ask("OPTIONS", "/c/p/b")],
        [b"POST /b/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n"],
        [b"POST /b/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + b"z" * 255],
        [b"POST /b/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"hi"],
        [b"POST /b/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"],
        [b"GET /b/x HTTP/1.1\r\nHost: a\r\nX-Stream: 1\r\n\r\n"], [b"GET /r?a=%zz HTTP/1.0\r\n\r\n"],
        [put, put, ask("GET", "/c/r/film/hd?after=0&max=2&wait=5", b"", may_all)],
        [put, ask("DELETE", "/c/r/film/hd/1", b"", may_all), ask("POST", "/c/p/7a", b"raw bytes", may_all)],
        [ask("PUT", "/c/r/film/hd?region=3", b'{"messages":4,"age_s":9}', may_all, json_type), ask("DELETE", "/c/r/film/hd?region=3", b"", may_all)],
        [ask("POST", "/c/r/film/hd", MSGPACK_PUT, may_all, "Content-Type: application/msgpack"),
         ask("GET", "/c/r/film/hd?access_token=7b", b"", "Accept: application/msgpack")],
        [ask("GET", "/c/p/7a?wait=9", b"", may_all)], [put, listen], [listen, b"GET"],
    ]
    for options in (0, 1, 2, 4):
        for parts in conversations:
            yield bytes([options, 9]) + b"".join(parts)


SEEDS = {"acks": acks, "agent": agent, "bodies": bodies, "book": book, "capture": capture, "collections_rpc": collections_rpc,
         "collections_web": collections_web, "datagram": datagram, "feed": feed, "http": http, "kernels": kernels, "keys": keys,
         "lines": lines, "observer": observer, "options": options, "predict": predict, "region": region, "token": token,
         "trace": trace}


def write_pcap(path):
    frames = [item for _, *items in made_up() for item in items if not isinstance(item, int)]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def write_seeds(name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]()):
        (folder / f"{number:03}").write_bytes(seed)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--pcap":
        write_pcap(sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] in SEEDS:
        write_seeds(sys.argv[1], pathlib.Path(sys.argv[2]))
    else:
        sys.exit("usage: tests/fuzz/seeds.py " + "|".join(sorted(SEEDS)) + " DIR, or --pcap FILE")


main()
