"""Who may come in: this machine, whoever has the token; no page of another site."""

import asyncio
import re

import aiohttp
import pytest
from query_client import QueryShow, hear, listen

from engine.control.admission import is_loopback, refusal

ELSEWHERE = "127.0.0.2"  # an address that is not this machine's own 127.0.0.1


@pytest.fixture(scope="module")
def open_show():
    """OSCQuery bound to every address."""
    show = QueryShow("0.0.0.0")
    yield show
    show.server.stop()


def answers(show, query, sender):
    """Whether the WebSocket is opened and of use."""

    async def talk():
        try:
            async with show.socket(query, sender) as ws:
                await listen(ws, "/motion/x")
                show.store.set("motion.x", 0.5 - show.store.get("motion.x"))
                return (await hear(ws))[0] == "/motion/x"
        except aiohttp.WSServerHandshakeError as refused:
            assert refused.status == 403
            return False

    return asyncio.run(talk())


def test_from_another_address_all_is_refused_without_the_token(open_show):
    for path in ("/", "/motion/zoom", "/?HOST_INFO", "/?token=", "/?token=wrong", "/?token=%ff"):
        for accept in ("application/json", "text/html"):
            status, text = open_show.ask(path, ELSEWHERE, Accept=accept)
            assert status == 403
            assert "token" in text
            assert open_show.server.token not in text
    assert not answers(open_show, "", ELSEWHERE)
    assert not answers(open_show, "?token=wrong", ELSEWHERE)


def test_with_the_token_another_address_may_come_in(open_show):
    given = f"?token={open_show.server.token}"
    assert open_show.ask("/motion/zoom" + given, ELSEWHERE)[0] == 200
    assert open_show.ask("/motion/zoom" + given + "&VALUE", ELSEWHERE) == (200, {"VALUE": [0.12]})
    assert "<html" in open_show.ask("/" + given, ELSEWHERE, Accept="text/html,*/*")[1]
    assert answers(open_show, given, ELSEWHERE)


def test_this_machine_needs_none(open_show):
    assert open_show.ask("/motion/zoom")[0] == 200
    assert answers(open_show, "", "127.0.0.1")


def test_the_performer_is_told_the_address_with_the_token_and_only_where_it_is_needed(open_show):
    (line,) = [line for line in open_show.lines if "phone page" in line]
    assert re.search(rf"http://[\w.:\[\]-]+:{open_show.server.port}/\?token=", line)
    assert line.endswith(open_show.server.token)
    other = QueryShow()
    other.server.stop()
    assert other.lines == []
    assert other.server.token != open_show.server.token


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:9001"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Origin": "http://[::1"},
        {"Host": "\xff\xfe"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
    ids=str,
)
def test_a_page_of_another_site_may_neither_read_nor_play(open_show, headers):
    assert open_show.ask("/motion/zoom", **headers)[0] == 403
    given = f"?token={open_show.server.token}"
    assert open_show.ask("/" + given, **headers)[0] == 403

    async def talk():
        async with open_show.socket(given, **headers):
            pass

    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        asyncio.run(talk())


@pytest.mark.parametrize("host", ["127.0.0.1:9001", "localhost", "192.168.1.5:9001", "[::1]:9001"])
def test_our_own_addresses_are_good_names(open_show, host):
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert open_show.ask("/motion/zoom", **headers)[0] == 200


def test_the_name_that_was_asked_for_on_the_command_line_is_ours():
    assert refusal("127.0.0.1", "stage.example:9001", None, "", "t", "stage.example") == ""
    assert refusal("127.0.0.1", None, None, "", "t", "127.0.0.1") == ""
    assert refusal("::ffff:127.0.0.1", "localhost", None, "", "t", "::") == ""


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.0.0.2", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("stage.example", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches_is_known(host, inside):
    assert is_loopback(host) == inside


def test_other_sites_are_given_no_way_to_read_or_to_frame_the_page(open_show):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{open_show.server.port}/motion/x") as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
