"""OSC and OSCQuery listen as soon as their addresses are free, and what hinders them stands."""

import socket

from engine.control import doors
from engine.control.doors import Doors
from engine.control.osc import OscServer
from engine.control.oscquery import OscQuery
from engine.parameters import Store


def test_an_address_that_is_taken_stands_until_it_is_free(monkeypatch):
    monkeypatch.setattr(doors, "AGAIN", 0.0)
    standing, given = {}, (Store(), lambda *act: None, lambda line: None)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_server(("127.0.0.1", 0)) as tcp,
    ):
        udp.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (udp, tcp)]
        rooms = {
            "osc": OscServer("127.0.0.1", ports[0], *given),
            "oscquery": OscQuery("127.0.0.1", ports[1], *given),
        }
        both = Doors(rooms, lambda room, *lines: standing.update({room: lines}))
        both.keep_open(lambda *work: 1 / 0)  # nobody has asked for them yet
        both.open()
        for room, port in zip(rooms, ports, strict=True):
            assert f"127.0.0.1:{port}" in standing[room][0]
        assert "attempting" not in standing["oscquery"][0]  # Python's own words
    both.keep_open(lambda name, work: work())
    assert standing == {"osc": (), "oscquery": ()}
    assert all(room.listens for room in rooms.values())
    both.keep_open(lambda *work: 1 / 0)  # nothing is left to do
    for room in rooms.values():
        room.stop()
