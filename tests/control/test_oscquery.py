"""OSCQuery over real HTTP and WebSockets: every node, every attribute, changes, OSC both ways."""

import asyncio
import re
import socket
import urllib.request

import pytest
from osc_client import MALFORMED, bundle, wait
from pythonosc.osc_message_builder import build_msg
from query_client import PICTURES, QueryShow, hear, is_silent, listen, nodes

from engine.control.namespace import GIVEN, OTHERS
from engine.control.osc import OscError
from engine.control.oscquery import IDLE, OscQuery
from engine.control.phone import PAGE
from engine.parameters import ACTIONS, Store


@pytest.fixture(scope="module")
def query():
    query = QueryShow()
    yield query
    query.server.stop()


@pytest.fixture(autouse=True)
def begun_anew(query):
    query.acts.clear()
    query.lines.clear()
    for row in query.store.rows():
        query.store.set(row.id, row.default)


def test_every_node_answers_at_its_own_path_with_its_own_subtree(query):
    status, root = query.ask("/")
    assert status == 200
    everything = nodes(root)
    assert len(everything) > len(query.store.rows()) + len(ACTIONS)
    for node in everything:
        assert query.ask(node["FULL_PATH"]) == (200, node)
        for name, child in node.get("CONTENTS", {}).items():
            assert child["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"


def test_every_attribute_of_every_node_is_told_alone_or_204(query):
    for node in nodes(query.ask("/")[1]):
        for attribute in (*GIVEN, *OTHERS):
            status, told = query.ask(f"{node['FULL_PATH']}?{attribute}")
            if attribute in node:
                assert (status, told) == (200, {attribute: node[attribute]})
            else:
                assert (status, told) == (204, "")


def test_every_parameter_has_what_the_table_says(query):
    for row in query.store.rows():
        _, node = query.ask("/" + row.id.replace(".", "/"))
        assert node["ACCESS"] == 3
        assert node["DESCRIPTION"] == row.help
        assert ("UNIT" in node) == bool(row.unit)
        (value,), (span,) = node["VALUE"], node["RANGE"]
        kind = {"f": float, "i": int, "s": str, "T": bool, "F": bool}[node["TYPE"]]
        assert type(value) is kind or (kind is float and type(value) is int)
        if row.choices:
            assert value in span["VALS"]
            assert row.read(value) == query.store.get(row.id)
        else:
            assert (span["MIN"], span["MAX"], node["CLIPMODE"]) == (row.min, row.max, ["both"])
            assert value == query.store.get(row.id)


def test_actions_are_write_only_and_signals_read_only(query):
    for name in ACTIONS:
        path = "/" + name.replace(".", "/")
        _, node = query.ask(path)
        assert (node["TYPE"], node["ACCESS"]) == ("s" if ACTIONS[name].takes else "I", 2)
        assert query.ask(path + "?VALUE") == (204, "")
    assert query.ask("/preset/load?RANGE")[1] == {"RANGE": [{"VALS": ["Pearl", "Reef"]}]}
    assert query.ask("/audio/level")[1] == {
        "FULL_PATH": "/audio/level", "TYPE": "f", "ACCESS": 1, "VALUE": [0.25],
    }  # fmt: skip
    _, wave = query.ask("/lfo/1")
    assert (wave["VALUE"], "shape" in wave["CONTENTS"]) == ([0.5], True)


def test_a_macro_is_a_signal_too_and_still_to_be_set(query):
    query.signals["macro.1"] = 0.75  # as mappings move it
    assert query.ask("/macro/1?ACCESS") == (200, {"ACCESS": 3})
    assert query.ask("/macro/1?VALUE") == (200, {"VALUE": [0]})


def test_the_host_tells_of_itself_at_any_path_and_never_unasked(query):
    status, info = query.ask("/?HOST_INFO")
    assert status == 200
    assert (info["OSC_IP"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("127.0.0.1", 9000, "UDP")
    assert info["EXTENSIONS"]["LISTEN"] is True
    assert query.ask("/motion/zoom?HOST_INFO") == (200, info)
    assert all("HOST_INFO" not in node for node in nodes(query.ask("/")[1]))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/motion/zooom", 404),
        ("/motion/zoom/deeper", 404),
        ("/motion.zoom", 404),
        ("/motion/zoom?COLOUR", 400),
        ("/motion/zoom?VALUE&RANGE", 400),
        ("/motion?VALUE", 204),
        ("/..%2f..%2fetc/passwd", 404),
        ("/%ff", 404),
        ("/" + "a/" * 2000, 404),
    ],
)
def test_what_is_not_there_has_a_status_of_its_own(query, path, status):
    assert query.ask(path)[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_is_changed_by_http(query, method):
    assert query.ask("/motion/zoom?VALUE", method=method)[0] == 405


def test_a_socket_hears_of_what_it_listens_to_and_of_nothing_else(query):
    async def show():
        async with query.socket() as ws, query.socket() as other:
            paths = (
                "/motion/x",
                "/dream/octaves",
                "/motion/edge",
                "/output/freeze",
                "/audio/level",
            )
            await listen(ws, *paths)
            await listen(other, "/motion")
            news = {"motion.x": 0.5, "dream.octaves": 5, "motion.edge": "wrap", "output.freeze": 1}
            for id, value in news.items():
                query.store.set(id, value)
            query.store.set("motion.y", 0.5)
            query.signals["audio.level"] = 0.75
            heard = dict([await hear(ws) for _ in range(5)])
            assert heard == {
                "/motion/x": [0.5], "/dream/octaves": [5], "/motion/edge": ["wrap"],
                "/output/freeze": [True], "/audio/level": [0.75],
            }  # fmt: skip
            await listen(ws, "/motion/x", command="IGNORE")
            query.store.set("motion.x", -0.5)
            assert await is_silent(ws)
            assert await is_silent(other)

    asyncio.run(show())
    wait(lambda: any("LISTEN /motion:" in line for line in query.lines))


def test_what_plays_is_told_by_its_name_and_heard_when_it_changes(query):
    assert query.ask("/preset/playing")[1] == {
        "FULL_PATH": "/preset/playing", "TYPE": "s", "ACCESS": 1, "VALUE": ["Pearl"],
    }  # fmt: skip

    async def show():
        async with query.socket() as ws:
            await listen(ws, "/preset/playing")
            query.signals["preset.playing"] = "Reef"
            assert await hear(ws) == ("/preset/playing", ["Reef"])

    asyncio.run(show())
    query.signals["preset.playing"] = "Pearl"


def test_a_presets_picture_is_given_and_no_other_file(query):
    with urllib.request.urlopen(f"http://127.0.0.1:{query.server.port}/?PICTURE=Pearl") as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.read() == (PICTURES / "Pearl.jpg").read_bytes()
    for name in ("Reef", "Silk", "../Pearl", "", "/etc/passwd"):  # none; not in the list; no names
        assert query.ask(f"/?PICTURE={name}")[0] == 404


def test_a_socket_that_is_gone_holds_no_flash(query):
    async def flash(ws, on):
        await ws.send_bytes(build_msg("/output/flash", on).dgram)
        await asyncio.to_thread(wait, lambda: query.store.get("output.flash") == on)

    async def show():
        async with query.socket() as ws:
            async with query.socket() as other:
                await flash(other, True)
                await flash(other, False)
                await flash(ws, True)
            assert query.store.get("output.flash") == 1  # the other one had let go of it
        await asyncio.to_thread(wait, lambda: query.store.get("output.flash") == 0)

    asyncio.run(show())


def test_osc_comes_in_by_the_socket_too(query):
    async def show():
        async with query.socket() as ws:
            await listen(ws, "/motion/x")
            pair = bundle(build_msg("/motion/y/norm", 1.0), build_msg("/tone/{hold,mean}", 2.0))
            for packet in (build_msg("/motion/x", 0.25), pair, build_msg("/preset/load", "Reef")):
                await ws.send_bytes(packet.dgram)
            await ws.send_bytes(b"/beat/tap\0\0\0,I\0\0")
            assert await hear(ws) == ("/motion/x", [0.25])

    asyncio.run(show())
    values = query.store.values()
    assert (values["motion.y"], values["tone.hold"], values["tone.mean"]) == (1, 2, 2)
    assert query.acts == [("preset.load", "Reef"), ("beat.tap", "")]


def test_who_sends_a_value_is_told_what_became_of_it_even_if_that_is_nothing_new(query):
    async def show():
        async with query.socket() as ws:
            await listen(ws, "/motion/x")
            await ws.send_bytes(build_msg("/motion/x", 9.0).dgram)
            assert await hear(ws) == ("/motion/x", [1])
            await ws.send_bytes(build_msg("/motion/x", 5.0).dgram)
            assert await hear(ws) == ("/motion/x", [1])

    asyncio.run(show())


def test_what_is_malformed_is_counted_and_the_socket_goes_on(query, capfd):
    async def show():
        async with query.socket() as ws:
            for packet in MALFORMED.values():
                await ws.send_bytes(packet[:60_000])
            for text in ("", "{", "[]", "1", '{"COMMAND": "LISTEN"}', '{"COMMAND": 1, "DATA": 2}',
                         '{"COMMAND": "LISTEN", "DATA": ["/motion/x"]}', "[" * 5000):  # fmt: skip
                await ws.send_str(text)
            await listen(ws, "/motion/x")
            query.store.set("motion.x", 0.5)
            assert await hear(ws) == ("/motion/x", [0.5])

    before = query.store.values()
    asyncio.run(show())
    assert query.store.values() == {**before, "motion.x": 0.5}
    wait(lambda: any("neither LISTEN nor IGNORE" in line for line in query.lines))
    assert not any("a request:" in line for line in query.lines), "the guard had to help"
    assert capfd.readouterr() == ("", "")


def test_a_message_too_long_closes_its_socket_alone(query, capfd):
    async def show():
        async with query.socket() as ws, query.socket() as other:
            await listen(other, "/motion/x")
            await ws.send_bytes(bytes(1 << 20))
            assert (await ws.receive(timeout=5)).data == 1009
            query.store.set("motion.x", 0.5)
            assert await hear(other) == ("/motion/x", [0.5])

    asyncio.run(show())
    assert capfd.readouterr() == ("", "")


def test_nodes_that_come_and_go_are_told(query):
    async def show():
        async with query.socket() as ws:
            await listen(ws, "/motion/x")
            query.store.fill("dream.layer.", {"b16_conv1": 0.0, "b8_conv0": 0.5})
            told = [await ws.receive_json(timeout=5) for _ in range(2)]
            assert told == [
                {"COMMAND": "PATH_REMOVED", "DATA": "/dream/layer/b4_fc"},
                {"COMMAND": "PATH_ADDED", "DATA": "/dream/layer/b8_conv0"},
            ]

    asyncio.run(show())
    assert query.ask("/dream/layer/b4_fc")[0] == 404
    query.store.fill("dream.layer.", {"b16_conv1": 0.0, "b4_fc": 0.5})


def test_a_socket_that_does_not_read_delays_nobody(query):
    async def show():
        async with query.socket() as deaf, query.socket() as ws:
            transport = deaf._response.connection.transport
            transport.pause_reading()
            await listen(deaf, *["/motion/x"])
            await listen(ws, "/motion/x")
            for n in range(1, 20):
                query.store.set("motion.x", n / 32)
                assert await hear(ws) == ("/motion/x", [n / 32])
            transport.resume_reading()

    asyncio.run(show())


def test_raw_bytes_instead_of_http_are_counted_and_end_nothing(query, capfd):
    async def show():
        for data in (
            b"\0" * 100,
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /" + b"a" * 20_000,
            b"\x16\x03\1",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", query.server.port)
            writer.write(data + b"\r\n\r\n")
            writer.write_eof()
            await reader.read()
            writer.close()

    asyncio.run(show())
    assert query.ask("/motion/zoom")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_refused_in_one_line_that_says_what_to_do(query):
    second = OscQuery("127.0.0.1", query.server.port, Store(), query.act, print)
    with pytest.raises(OscError, match=r"already in use.*--oscquery HOST:PORT"):
        second.start()
    second.stop()


@pytest.mark.parametrize(
    ("host", "port"),
    [("no.such.host.invalid", 9001), ("127.0.0.1", 99999), ("a..b", 9001), ("x" * 70, 9001)],
)
def test_an_address_that_cannot_be_is_refused(host, port):
    with pytest.raises(OscError, match=f"{host}:{port}"):
        OscQuery(host, port, Store(), print, print).start()


def test_stopping_closes_the_sockets_and_frees_the_port():
    async def show():
        query = QueryShow()
        async with query.socket() as ws:
            await listen(ws, "/motion/x")
            await asyncio.to_thread(query.server.stop)
            assert (await ws.receive(timeout=5)).data == 1001
        again = QueryShow(port=query.server.port)
        assert again.ask("/motion/x")[0] == 200
        again.server.stop()

    asyncio.run(show())


def test_the_phones_page_is_one_answer_that_asks_for_no_other_part_of_it(query):
    status, page = query.ask("/", Accept="text/html")
    parts = [part for part in PAGE.iterdir() if part.suffix in (".js", ".css")]
    assert (status, len(parts) > 2) == (200, True)
    assert [part.name for part in parts if part.read_text("utf-8") not in page] == []
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', page) == []


def test_what_is_said_of_a_refusal_is_a_line_that_any_terminal_can_show(query):
    async def script():
        async with query.socket() as ws:
            await ws.send_str(r'{"COMMAND": "LISTEN", "DATA": "/\ud800\u001b[2J\nx"}')
            await is_silent(ws)

    asyncio.run(script())
    wait(lambda: query.lines)
    assert query.lines == ["refused LISTEN / [2J x: nothing there has a value"]


def test_connections_that_ask_nothing_take_no_more_than_their_share(query):
    idle = []

    def closed(connection):
        connection.setblocking(False)
        try:
            return connection.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    async def script():
        async with query.socket() as ws:
            await listen(ws, "/motion/x")
            idle.extend(
                socket.create_connection(("127.0.0.1", query.server.port)) for _ in range(99)
            )
            await asyncio.to_thread(wait, lambda: sum(map(closed, idle)) >= 99 - IDLE)
            query.store.set("motion.x", 0.5)
            assert await hear(ws) == ("/motion/x", [0.5])

    asyncio.run(script())
    assert query.ask("/motion/x?VALUE") == (200, {"VALUE": [0.5]})
    for connection in idle:
        connection.close()


def test_one_that_has_ended_by_itself_says_so_and_can_be_started_again():
    show = QueryShow()
    port, loop = show.server.port, show.server._loop
    loop.call_soon_threadsafe(loop.stop)
    wait(lambda: not show.server.listens)
    assert "OSCQuery has ended" in show.lines[0]
    show.server._thread.join()
    show.server.start()
    assert show.server.port == port
    assert show.ask("/motion/x?VALUE") == (200, {"VALUE": [0]})
    show.server.stop()
