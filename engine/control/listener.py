"""What the open sockets hear: news, found by one look for all of them.

In: the newest values; what each socket listens to. Out: OSC packets, and words of nodes that come
and go. OSCQuery's thread; each socket is sent to by a task of its own, so a slow one misses some
and delays nobody.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from engine.control.namespace import address_of
from engine.control.osc_packets import Argument, encode


@dataclass(eq=False)
class Listener:
    """One open socket: the ids that it hears of and those that it holds while it is open.

    `owed` are those that it sent: it is told what became of them. What waits is the newest only.
    """

    socket: web.WebSocketResponse
    connection: web.RequestHandler
    ids: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    owed: set[str] = field(default_factory=set)
    _waiting: dict[tuple[str, str], bytes | str] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, kind: str, id: str, message: bytes | str) -> None:
        """Let this be sent, in place of what waits of the same kind and id."""
        self._waiting[kind, id] = message
        self._woken.set()

    async def send(self) -> None:
        """Send what waits, as fast as it is taken, until the socket is closed."""
        with suppress(ConnectionError):
            while await self._woken.wait():
                self._woken.clear()
                while self._waiting:
                    message = self._waiting.pop(next(iter(self._waiting)))
                    text = isinstance(message, str)
                    await (self.socket.send_str if text else self.socket.send_bytes)(message)


def tell_news(
    before: Mapping[str, Argument], now: Mapping[str, Argument], listeners: Iterable[Listener]
) -> None:
    """Tell each listener what is new for it between two looks at the values by id."""
    changed = {id for id in now.keys() & before.keys() if now[id] != before[id]}
    packets: dict[str, bytes] = {}  # each made once, for all
    nodes = _nodes("PATH_REMOVED", before.keys() - now.keys())
    nodes += _nodes("PATH_ADDED", now.keys() - before.keys())
    for listener in listeners:
        for id, text in nodes:
            listener.tell("node", id, text)
        for id in listener.ids & now.keys() & (changed | listener.owed):
            if id not in packets:
                packets[id] = encode(address_of(id), now[id])
            listener.tell("value", id, packets[id])
        listener.owed.clear()


def _nodes(command: str, ids: Iterable[str]) -> list[tuple[str, str]]:
    return [(id, json.dumps({"COMMAND": command, "DATA": address_of(id)})) for id in sorted(ids)]
