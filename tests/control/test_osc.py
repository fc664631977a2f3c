"""OSC over real UDP on loopback: what is obeyed, what is sent back."""

import socket
import struct
import time

import pytest
from osc_client import address_of, bundle, heard, silent, wait
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from engine.control import osc
from engine.control.osc import OscError, OscServer
from engine.parameters import ACTIONS, Store


def test_every_row_of_the_table_is_set_by_its_address_and_comes_back(show):
    show.send("/subscribe")
    rows = show.store.rows()
    first = heard(show.client, len(rows))
    assert first == {address_of(row): [pytest.approx(show.store.get(row.id))] for row in rows}
    assert all(isinstance(first[address_of(row)][0], int) == row.whole for row in rows)
    values = {row: float(row.max if row.default != row.max else row.min) for row in rows}
    for row, value in values.items():
        show.send(address_of(row), value)
    told = heard(show.client, len(rows))
    assert told == {address_of(row): [pytest.approx(value)] for row, value in values.items()}
    assert {row: show.store.get(row.id) for row in rows} == pytest.approx(values)
    assert silent(show.client)


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


def test_there_is_room_for_sixty_four_subscribers_and_a_line_for_the_next(show):
    for port in range(40001, 40065):
        show.send("/subscribe", port)
    show.send("/subscribe", 40001)
    show.settle()
    assert show.lines == []
    show.send("/subscribe", 40099)
    wait(lambda: show.lines)
    assert "64 are subscribed" in show.lines[0]


def test_receivers_are_told_changes_and_signals_unasked_until_they_are_told_no_more(show):
    light, rows = show.socket(), len(show.store.rows())
    show.signals["audio.level"] = 0.5
    no_broadcast = ("255.255.255.255", 9)  # one that cannot be reached disturbs nobody
    show.server.tell([no_broadcast, light.getsockname()])
    packets = [light.recv(65536) for _ in range(rows + 1)]
    assert sum(packet.startswith(b"#bundle") and b"/audio/level" in packet for packet in packets)
    assert sum(packet.startswith(b"/motion/x\0") for packet in packets) == 1
    show.store.set("motion.x", 0.25)
    wait(lambda: light.recv(65536) == build_msg("/motion/x", 0.25).dgram)
    show.server.tell([no_broadcast])
    wait(lambda: silent(light))
    show.store.set("motion.x", 0.75)
    assert silent(light)
    assert show.lines == []


def test_a_vanished_subscriber_does_not_disturb_the_others(show):
    gone = show.socket()
    show.send("/subscribe", gone.getsockname()[1])
    gone.close()
    show.send("/subscribe")
    heard(show.client, len(show.store.rows()))
    show.store.set("motion.x", 0.5)
    assert heard(show.client, 1) == {"/motion/x": [0.5]}


def test_at_five_thousand_messages_a_second_the_last_value_wins_and_no_action_is_lost():
    class Kept(Store):
        """A store that remembers what was set."""

        def set_all(self, values):
            kept.extend(values.values())
            super().set_all(values)

    kept, asked, store = [], [], Kept()
    server = OscServer(
        "127.0.0.1", 0, store, lambda _, name: asked.append((name, kept[-1])), lambda line: None
    )
    server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for n in range(5000):
            address = ("127.0.0.1", server.port)
            client.sendto(build_msg("/dream/channels/seed", n).dgram, address)
            if n % 25 == 24:
                client.sendto(build_msg("/preset/load", str(n)).dgram, address)
                time.sleep(0.005)
        wait(lambda: kept[-1] == 4999)
    server.stop()
    assert kept == sorted(set(kept))
    assert asked == [(str(n), n) for n in range(24, 5000, 25)]
    assert store.get("dream.channels.seed") == 4999


def test_signals_come_at_the_rate_that_is_asked_for(show):
    show.signals = {"audio.level": 0.25, "beat.phase": 0.5}
    show.send("/subscribe/signals", show.client.getsockname()[1], 50)
    begun, packets = time.monotonic(), []
    while time.monotonic() < begun + 1:
        packets.append(OscBundle(show.client.recv(65536)))
        show.signals["beat.phase"] = len(packets) / 128
    assert 40 <= len(packets) <= 52
    found = [{m.address: m.params[0] for m in packet} for packet in packets]
    assert found[20] == {"/audio/level": 0.25, "/beat/phase": 20 / 128}
    show.send("/unsubscribe")
    show.settle()
    show.client.setblocking(False)
    with pytest.raises(BlockingIOError):
        while show.client.recv(65536):
            pass
    show.client.setblocking(True)
    assert silent(show.client)


def test_changes_come_as_shares_of_the_travel_where_that_is_asked_for(show):
    show.send("/subscribe/norm")
    first = heard(show.client, len(show.store.rows()))
    for row in show.store.rows():
        share = row.norm(show.store.get(row.id))
        assert first[address_of(row) + "/norm"] == [pytest.approx(share)]
    show.send("/motion/zoom/norm", 0.75)
    assert heard(show.client, 1) == {"/motion/zoom/norm": [0.75]}


@pytest.mark.parametrize(("tail", "norm"), [("effective", False), ("effective/norm", True)])
def test_what_the_mappings_make_of_a_value_comes_as_often_as_is_asked_for(show, tail, norm):
    row = show.store.row("motion.zoom")
    show.store.apply({"motion.zoom": 0.5})
    show.send(f"/subscribe/{tail}", show.client.getsockname()[1], 100)
    first = heard(show.client, len(show.store.rows()))
    told = row.norm if norm else float
    assert first[f"/motion/zoom/{tail}"] == [pytest.approx(told(0.62))]
    assert first[f"/motion/x/{tail}"] == [told(0.0)]
    show.store.apply({"motion.zoom": -1.12})
    assert heard(show.client, 1) == {f"/motion/zoom/{tail}": [pytest.approx(told(-1.0))]}
    show.send("/unsubscribe")
    show.settle()
    show.store.apply({})
    assert silent(show.client)


def test_a_busy_port_is_refused_in_one_line_that_says_what_to_do(show):
    second = OscServer("127.0.0.1", show.server.port, Store(), show.act, print)
    with pytest.raises(OscError, match=r"already in use.*--osc HOST:PORT") as refusal:
        second.start()
    assert str(show.server.port) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    second.stop()


@pytest.mark.parametrize(
    ("host", "port"),
    [("no.such.host.invalid", 9000), ("127.0.0.1", 99999), ("a..b", 9000), ("x" * 70, 9000)],
)
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
