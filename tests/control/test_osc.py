"""OSC over real UDP on loopback: what is obeyed, what is sent back, what is refused."""

import random
import re
import socket
import struct
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from engine.control import osc
from engine.control.osc import OscError, OscServer, Refused, decode
from engine.parameters import ACTIONS, Store


class Show:
    """A store, a server on a free port, what it asked for and said, and a client's socket."""

    def __init__(self):
        self.store, self.acts, self.lines = Store(), [], []
        self.store.fill("dream.layer.", {"b16_conv1": 0.0, "b4_fc": 0.5})
        self.server = OscServer("127.0.0.1", 0, self.store, self.act, self.lines.append)
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


def silent(client):
    client.settimeout(0.25)
    try:
        return not client.recv(65536)
    except TimeoutError:
        return True


@pytest.fixture
def show():
    show = Show()
    yield show
    show.close()


def address_of(row):
    return "/" + row.id.replace(".", "/")


def test_every_row_of_the_table_is_set_by_its_address_and_comes_back(show):
    show.send("/subscribe")
    rows = show.store.rows()
    first = heard(show.client, len(rows))
    assert first == {address_of(row): [pytest.approx(show.store.get(row.id))] for row in rows}
    assert all(isinstance(first[address_of(row)][0], int) == row.whole for row in rows)
    for row in rows:
        value = row.max if row.default != row.max else row.min
        show.send(address_of(row), float(value))
        assert heard(show.client, 1) == {address_of(row): [pytest.approx(value)]}
        assert show.store.get(row.id) == pytest.approx(value)


@pytest.mark.parametrize(
    ("address", "argument", "id", "value"),
    [
        ("/motion/zoom", 0.25, "motion.zoom", 0.25),
        ("/motion/zoom", 1, "motion.zoom", 1.0),
        ("/dream/layer/b16_conv1", 0.7, "dream.layer.b16_conv1", 0.7),
        ("/output/freeze", True, "output.freeze", 1.0),
        ("/output/freeze", False, "output.freeze", 0.0),
        ("/output/freeze", "on", "output.freeze", 1.0),
        ("/motion/edge", "black", "motion.edge", 2.0),
        ("/motion/edge", 1, "motion.edge", 1.0),
        ("/dream/octaves", 4.4, "dream.octaves", 4.0),
        ("/motion/zoom", 1e30, "motion.zoom", 2.0),
        ("/motion/zoom", -99, "motion.zoom", -2.0),
        ("/dream/octaves", 1000, "dream.octaves", 6.0),
    ],
)
def test_numbers_bools_and_names_set_values_within_the_range(show, address, argument, id, value):
    show.send(address, argument)
    show.settle()
    assert show.store.get(id) == pytest.approx(value)
    assert show.lines == []


@pytest.mark.parametrize("tag", ["i", "h", "f", "d"])
def test_every_type_of_number_is_read(show, tag):
    builder = OscMessageBuilder("/dream/octaves")
    builder.add_arg(5 if tag in "ih" else 5.0, tag)
    show.raw(builder.build().dgram)
    show.settle()
    assert show.store.get("dream.octaves") == 5


def bundle(*contents):
    builder = OscBundleBuilder(IMMEDIATELY)
    for content in contents:
        builder.add_content(content)
    return builder.build()


def test_bundles_are_obeyed_in_order(show):
    inner = bundle(build_msg("/motion/x", 0.5), build_msg("/motion/y", 0.25))
    show.raw(bundle(build_msg("/motion/x", -0.5), inner, build_msg("/tone/hold", 2.0)).dgram)
    show.settle()
    values = show.store.values()
    assert (values["motion.x"], values["motion.y"], values["tone.hold"]) == (0.5, 0.25, 2.0)


def test_a_large_bundle_is_read_whole(show):
    show.raw(bundle(*[build_msg("/dream/channels/seed", n) for n in range(1000)]).dgram)
    show.settle()
    assert show.store.get("dream.channels.seed") == 999
    assert show.lines == []


def test_a_bundle_with_one_bad_message_changes_nothing(show):
    good, bad = build_msg("/motion/x", 0.5).dgram, b"/motion/y\0\0\0,f\0\0"
    head = b"#bundle\0" + bytes(7) + b"\1"
    show.raw(head + b"".join(struct.pack(">i", len(m)) + m for m in (good, bad)))
    show.settle()
    assert show.store.get("motion.x") == 0
    wait(lambda: show.lines)


def test_every_action_has_an_address(show):
    for name in ACTIONS:
        show.send("/" + name.replace(".", "/"), "a name")
    show.send("/preset/next")
    show.send("/preset/next", 1.0)
    show.send("/beat/tap", True)
    wait(lambda: len(show.acts) == len(ACTIONS) + 3)
    assert show.acts[: len(ACTIONS)] == [(name, "a name") for name in ACTIONS]
    assert show.acts[len(ACTIONS) :] == [("preset.next", "")] * 2 + [("beat.tap", "")]


def test_the_release_of_a_button_asks_for_nothing(show):
    for release in (0, 0.0, False):
        show.send("/show/quit", release)
    show.settle()
    assert show.acts == []
    assert show.lines == []


def test_an_action_that_fails_does_not_end_the_thread():
    store, lines = Store(), []
    server = OscServer("127.0.0.1", 0, store, lambda name: 1 / 0, lines.append)
    server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(build_msg("/beat/tap", 1).dgram, ("127.0.0.1", server.port))
        client.sendto(build_msg("/motion/x", 0.5).dgram, ("127.0.0.1", server.port))
        wait(lambda: store.get("motion.x") == 0.5 and lines)
    server.stop()
    assert "ZeroDivisionError" in lines[0]


def test_changes_by_panel_or_preset_reach_every_subscriber_once(show):
    other = show.socket()
    show.send("/subscribe", other.getsockname()[1])
    show.send("/subscribe")
    for client in (show.client, other):
        heard(client, len(show.store.rows()))
    show.store.set("tone.contrast", 2.0)
    show.store.set("motion.edge", "wrap")
    for client in (show.client, other):
        assert heard(client, 2) == {"/tone/contrast": [2.0], "/motion/edge": [1]}
        assert silent(client)
    other.close()


def test_unsubscribing_ends_it(show):
    show.send("/subscribe")
    heard(show.client, len(show.store.rows()))
    show.send("/unsubscribe")
    show.settle()
    show.store.set("motion.x", 0.5)
    assert silent(show.client)


def test_a_subscription_ends_with_its_lease_unless_repeated(show, monkeypatch):
    monkeypatch.setattr(osc, "LEASE", 1.0)
    show.send("/subscribe")
    heard(show.client, len(show.store.rows()))
    time.sleep(1.3)
    show.store.set("motion.x", 0.5)
    assert silent(show.client)
    show.client.settimeout(5)
    show.send("/subscribe")
    assert heard(show.client, len(show.store.rows()))["/motion/x"] == [0.5]


def test_there_is_room_for_sixteen_subscribers_and_a_line_for_the_next(show):
    for port in range(40001, 40017):
        show.send("/subscribe", port)
    show.send("/subscribe", 40001)
    show.settle()
    assert show.lines == []
    show.send("/subscribe", 40099)
    wait(lambda: show.lines)
    assert "16 are subscribed" in show.lines[0]


def test_a_vanished_subscriber_does_not_disturb_the_others(show):
    gone = show.socket()
    show.send("/subscribe", gone.getsockname()[1])
    gone.close()
    show.send("/subscribe")
    heard(show.client, len(show.store.rows()))
    show.store.set("motion.x", 0.5)
    assert heard(show.client, 1) == {"/motion/x": [0.5]}


def message(address, tags, data=b""):
    def padded(text):
        return text + bytes(4 - len(text) % 4)

    return padded(address) + padded(tags) + data


ZOOM = b"/motion/zoom"
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
    "family itself": message(b"/dream/layer/*", b",f", struct.pack(">f", 1.0)),
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


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_malformed_is_refused_in_one_line_and_changes_nothing(show, kind, capfd):
    before = show.store.values()
    show.raw(MALFORMED[kind])
    show.settle()
    wait(lambda: show.lines)
    assert show.store.values() == before
    assert show.acts == []
    assert len(show.lines) == 1
    assert show.lines[0].startswith("refused ")
    assert "a message:" not in show.lines[0], "the guard had to help"
    assert "\n" not in show.lines[0]
    assert len(show.lines[0]) < 250
    assert capfd.readouterr() == ("", "")


def test_a_flood_of_refusals_is_one_line_a_second_with_a_count(show):
    def counted(text):
        lines = [line for line in show.lines if text in line]
        more = [re.search(r"and (\d+) more", line) for line in lines]
        return len(lines), len(lines) + sum(int(found[1]) for found in more if found)

    for _ in range(20):
        for _ in range(25):
            show.send("/nothing/here", 1.0)
            show.raw(b"abc")
        show.settle()
    wait(lambda: counted("/nothing/here")[1] == counted("3 bytes")[1] == 500)
    assert counted("/nothing/here")[0] <= 3
    assert counted("3 bytes")[0] <= 3


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_decoded_or_refused(packet):
    try:
        messages = decode(packet)
    except Refused:
        return
    for address, arguments in messages:
        assert address.startswith("/")
        assert all(isinstance(argument, (bool, int, float, str)) for argument in arguments)


ARGUMENTS = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.floats(width=32, allow_nan=False),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ARGUMENTS, max_size=5))
def test_what_python_osc_writes_is_read_back(arguments):
    builder = OscMessageBuilder("/some/address")
    for argument in arguments:
        builder.add_arg(argument)
    assert decode(builder.build().dgram) == [("/some/address", arguments)]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_packet_cut_anywhere_is_refused(data):
    packet = bundle(build_msg("/motion/x", [0.5, "name", 3]), build_msg("/a", "b")).dgram
    cut = data.draw(st.integers(17, len(packet) - 1))
    whole_first_message = 20 + len(build_msg("/motion/x", [0.5, "name", 3]).dgram)
    if cut != whole_first_message:
        with pytest.raises(Refused):
            decode(packet[:cut])


def test_five_thousand_messages_a_second_arrive_in_order_and_the_last_one_wins():
    class Kept(Store):
        """A store that remembers what was set."""

        def set(self, id, value):
            kept.append(value)
            return super().set(id, value)

    kept, store = [], Kept()
    server = OscServer("127.0.0.1", 0, store, lambda *_: None, lambda line: None)
    server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for n in range(5000):
            client.sendto(build_msg("/dream/channels/seed", n).dgram, ("127.0.0.1", server.port))
            if n % 25 == 24:
                time.sleep(0.005)
        wait(lambda: len(kept) == 5000)
    server.stop()
    assert kept == list(range(5000))
    assert store.get("dream.channels.seed") == 4999


def test_a_busy_port_is_refused_in_one_line_that_says_what_to_do(show):
    second = OscServer("127.0.0.1", show.server.port, Store(), show.act, print)
    with pytest.raises(OscError, match=r"already in use.*--osc HOST:PORT") as refusal:
        second.start()
    assert str(show.server.port) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    second.stop()


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 9000), ("127.0.0.1", 99999)])
def test_an_address_that_cannot_be_is_refused(host, port):
    with pytest.raises(OscError, match=f"{host}:{port}"):
        OscServer(host, port, Store(), print, print).start()


def test_stopping_frees_the_port(show):
    port = show.server.port
    show.server.stop()
    again = OscServer("127.0.0.1", port, Store(), show.act, print)
    again.start()
    assert again.port == port
    again.stop()


def random_packet(chance, rows):
    """Return random bytes, a malformed packet, a good one, or one of these damaged."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randrange(64))
    if kind == 1:
        return chance.choice(list(MALFORMED.values()))[:2048]
    value = struct.pack(">f", chance.uniform(-1e6, 1e6))
    packet = message(address_of(chance.choice(rows)).encode(), b",f", value)
    if kind == 2:
        return packet
    place = chance.randrange(len(packet))
    return packet[:place] + chance.randbytes(1) + packet[place + 1 :]


def test_a_hundred_thousand_random_and_malformed_packets_end_nothing(show, capfd):
    chance, rows = random.Random(1), show.store.rows()
    packets = [random_packet(chance, rows) for _ in range(2000)]
    for sent in range(100_000):
        show.raw(packets[sent % len(packets)])
        if sent % 100 == 99:  # no more than the socket's buffer holds, so that none is lost
            show.settle()
    for row in show.store.rows():
        assert row.min <= show.store.get(row.id) <= row.max
    show.send("/motion/zoom", 0.125)
    wait(lambda: show.store.get("motion.zoom") == 0.125)
    assert {name for name, _ in show.acts} <= set(ACTIONS)
    assert len(show.lines) < 200
    assert capfd.readouterr() == ("", "")
