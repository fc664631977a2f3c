"""A show's OSCQuery on a free port, and a program that asks it over real HTTP and WebSockets."""

import asyncio
import http.client
import json
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from pythonosc.osc_message import OscMessage

from engine.control.oscquery import OscQuery
from engine.parameters import Store

PICTURES = Path(__file__).parents[2] / "presets"


class QueryShow:
    """A store, OSCQuery on a free port, what it asked for and said."""

    def __init__(self, host="127.0.0.1", port=0, **options):
        self.store, self.acts, self.lines = Store(), [], []
        self.signals = {"audio.level": 0.25, "lfo.1": 0.5, "tempo.bpm": 120.0}
        self.signals |= {"preset.playing": "Pearl", "look.a": "Reef", "look.b": ""}
        self.store.fill("dream.layer.", {"b16_conv1": 0.0, "b4_fc": 0.5})
        self.osc = ("127.0.0.1", 9000)
        self.server = OscQuery(
            host, port, self.store, self.act, self.lines.append,
            lambda: ["Pearl", "Reef"], lambda: self.signals, lambda: self.osc,
            picture=self.picture, **options,
        )  # fmt: skip
        self.server.start()

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def picture(self, name):
        return {"Pearl": (PICTURES / "Pearl.jpg", 1), "Reef": None}[name]

    def ask(self, path, sender="127.0.0.1", method="GET", **headers):
        """Return status and body of a request; JSON is read."""
        link = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=5, source_address=(sender, 0)
        )
        link.request(method, path, headers=headers)
        answer = link.getresponse()
        body = answer.read()
        link.close()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(body) if is_json else body.decode()

    @asynccontextmanager
    async def socket(self, query="", sender="127.0.0.1", **headers):
        """Open a WebSocket."""
        connector = aiohttp.TCPConnector(local_addr=(sender, 0))
        url = f"http://127.0.0.1:{self.server.port}/{query}"
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.ws_connect(url, headers=headers) as ws,
        ):
            yield ws


async def listen(ws, *paths, command="LISTEN"):
    for path in paths:
        await ws.send_json({"COMMAND": command, "DATA": path})
    await asyncio.sleep(0.1)


async def hear(ws):
    """Return the next binary message's address and arguments."""
    message = OscMessage(await ws.receive_bytes(timeout=5))
    return message.address, message.params


async def is_silent(ws, seconds=0.3):
    try:
        await ws.receive(timeout=seconds)
    except TimeoutError:
        return True
    return False


def nodes(node):
    """Return a node and all that it contains."""
    return [node, *(n for child in node.get("CONTENTS", {}).values() for n in nodes(child))]
