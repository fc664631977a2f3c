"""A program that speaks OSC to a server over real UDP, and packets of every kind for it."""

import re
import socket
import struct
import time

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from benchmarks.packets import message
from engine.control.osc import OscServer
from engine.parameters import Store


class Show:
    """A store, a server on a free port, what it asked for and said, and a client's socket."""

    def __init__(self):
        self.store, self.acts, self.lines = Store(), [], []
        self.signals: dict[str, float] = {}
        self.store.fill("dream.layer.", {"b16_conv1": 0.0, "b4_fc": 0.5})
        self.server = OscServer(
            "127.0.0.1", 0, self.store, self.act, self.lines.append, lambda: self.signals
        )
        self.server.start()
        self.client = self.socket()

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def socket(self):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.bind(("127.0.0.1", 0))
        client.settimeout(5)
        return client

    def raw(self, packet, client=None):
        (client or self.client).sendto(packet, ("127.0.0.1", self.server.port))

    def send(self, address, *arguments, client=None):
        self.raw(build_msg(address, arguments).dgram, client)

    def settle(self):
        """Return when everything sent before has been handled (the order is kept)."""
        count = len(self.acts)
        self.send("/beat/tap", 1)
        wait(lambda: len(self.acts) > count)
        self.acts.pop()

    def close(self):
        self.server.stop()
        self.client.close()


def wait(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def heard(client, count):
    """Return `count` messages that come to a subscriber, by address."""
    messages = [OscMessage(client.recv(65536)) for _ in range(count)]
    return {message.address: message.params for message in messages}


def counted(lines, text):
    """Return how many lines tell of `text`, and how many refusals they count."""
    lines = [line for line in lines if text in line]
    more = [re.search(r"and (\d+) more", line) for line in lines]
    return len(lines), len(lines) + sum(int(found[1]) for found in more if found)


def silent(client):
    client.settimeout(0.25)
    try:
        return not client.recv(65536)
    except TimeoutError:
        return True


def address_of(row):
    return "/" + row.id.replace(".", "/")


def bundle(*contents, at=IMMEDIATELY):
    """Return a bundle for a moment in Unix seconds."""
    builder = OscBundleBuilder(at)
    for content in contents:
        builder.add_content(content)
    return builder.build()


ZOOM = b"/motion/zoom"
X = message(b"/motion/x", b",f", struct.pack(">f", 1.0))
DEEP = message(ZOOM, b",f", struct.pack(">f", 1.0))
for _ in range(200):
    DEEP = b"#bundle\0" + bytes(8) + struct.pack(">i", len(DEEP)) + DEEP
MALFORMED = {
    "empty": b"",
    "one byte": b"/",
    "no address": b"abcd" * 4,
    "truncated float": message(ZOOM, b",f", b"\x3f"),
    "no float at all": message(ZOOM, b",f"),
    "float too long": message(ZOOM, b",f", bytes(8)),
    "unknown tag": message(ZOOM, b",q", bytes(4)),
    "blob": message(ZOOM, b",b", struct.pack(">i", 4) + bytes(4)),
    "array": message(ZOOM, b",[f]", bytes(4)),
    "nil": message(ZOOM, b",N"),
    "tags without comma": message(ZOOM, b"f", bytes(4)),
    "no tags": message(ZOOM, b"")[:-4],
    "address not UTF-8": message(b"/motion/\xff\xfe", b",f", bytes(4)),
    "string not UTF-8": message(b"/motion/edge", b",s", b"\xff\xfe\0\0"),
    "address with line break": message(b"/motion\n/zoom", b",f", bytes(4)),
    "padding that is not zero": ZOOM + b"\0x\0\0,f\0\0" + bytes(4),
    "unending string": b"/motion/zoom" * 10,
    "not a number": message(ZOOM, b",f", struct.pack(">f", float("nan"))),
    "infinite": message(ZOOM, b",f", struct.pack(">f", float("inf"))),
    "double infinite": message(ZOOM, b",d", struct.pack(">d", float("-inf"))),
    "two values": message(ZOOM, b",ff", struct.pack(">ff", 1.0, 1.0)),
    "no value": message(ZOOM, b","),
    "text for a number": message(ZOOM, b",s", b"1.0\0"),
    "no such choice": message(b"/motion/edge", b",s", b"blue"[:3] + b"\0"),
    "unknown address": message(b"/motion/zooom", b",f", bytes(4)),
    "id as address": message(b"/motion.zoom", b",f", struct.pack(">f", 1.0)),
    "pattern without its other half": message(b"/motion/[xy", b",f", bytes(4)),
    "pattern of nothing": message(b"/no/*", b",f", bytes(4)),
    "pattern too long": message(b"/{" + b"x" * 300 + b"}", b",f", bytes(4)),
    "norm of nothing": message(b"/motion/norm", b",f", bytes(4)),
    "norm that is no number": message(b"/motion/x/norm", b",f", struct.pack(">f", float("nan"))),
    "norm as text": message(b"/motion/edge/norm", b",s", b"wrap\0\0\0\0"),
    "rate too high": message(b"/subscribe/signals", b",ii", struct.pack(">ii", 9, 101)),
    "rate as text": message(b"/subscribe/signals", b",is", struct.pack(">i", 9) + b"30\0\0"),
    "bundle too far ahead": b"#bundle\0\xff\xff\xff\xff\0\0\0\0" + struct.pack(">i", len(X)) + X,
    "root": message(b"/", b",f", struct.pack(">f", 1.0)),
    "action with two names": message(b"/preset/load", b",ss", b"a\0\0\0b\0\0\0"),
    "action with NaN": message(b"/show/quit", b",f", struct.pack(">f", float("nan"))),
    "bundle cut short": b"#bundle\0" + bytes(4),
    "bundle with a wrong length": b"#bundle\0" + bytes(8) + struct.pack(">i", 99) + bytes(8),
    "bundle with a negative length": b"#bundle\0" + bytes(8) + struct.pack(">i", -4) + bytes(8),
    "bundle with length 0": b"#bundle\0" + bytes(8) + bytes(4) * 8,
    "bundles nested deep": DEEP,
    "huge": b"/" + b"a" * 65499,
    "port 0": message(b"/subscribe", b",i", bytes(4)),
    "port too large": message(b"/subscribe", b",i", struct.pack(">i", 65536)),
    "port as text": message(b"/subscribe", b",s", b"9000\0\0\0\0"),
}
