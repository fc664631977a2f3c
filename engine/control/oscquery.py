"""OSCQuery: the namespace over HTTP, changes and OSC over WebSocket, and the phone's page.

In: requests; OSC packets and LISTEN, IGNORE in sockets. Out: JSON, presets' pictures, binary OSC on
change, what Input makes of the packets. A thread of its own with its own event loop.
"""

import asyncio
import json
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from aiohttp import WSMsgType, web

from engine.control.admission import EVERYWHERE, is_loopback, own_address, refusal
from engine.control.announce import announce
from engine.control.listener import Listener, tell_news
from engine.control.namespace import GIVEN, OTHERS, Node, address_of, find, id_of, tree, typed
from engine.control.osc import refusing
from engine.control.osc_input import Input
from engine.control.osc_packets import Argument
from engine.control.phone import page
from engine.parameters import MOMENTARY, Store

PERIOD = 1 / 30  # seconds between two looks for changes
SOCKETS = 32  # that may be open
IDLE = 64  # connections beside them; an open file each, and the show needs some of its own
HEARTBEAT = 5  # seconds between two questions whether a socket is still there
LONGEST = 1 << 16  # bytes of a message in a socket
COMMANDS = ("LISTEN", "IGNORE", "PATH_ADDED", "PATH_REMOVED")
PICTURE = "PICTURE"  # asks for a preset's, by its name
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src "
    "'unsafe-inline'; connect-src 'self' ws:; img-src 'self' data:; frame-ancestors 'none'",
}


class OscQuery:
    """Answers at `host`:`port` (0 takes a free one) from start() to stop().

    act and say as OscServer's; presets() returns the names that preset.load takes, picture(name)
    the file of one's picture and its version, None without one, KeyError if none is called so;
    signals() the newest value of each, which may be a text; osc() where OSC is heard by UDP, None
    if it is not.
    """

    def __init__(
        self,
        host: str,
        port: int,
        store: Store,
        act: Callable[..., None],
        say: Callable[[str], None],
        presets: Callable[[], Iterable[str]] = tuple,
        signals: Callable[[], Mapping[str, float | str]] = dict,
        osc: Callable[[], tuple[str, int] | None] = lambda: None,
        announced: bool = False,
        picture: Callable[[str], tuple[Path, object] | None] = lambda name: None,
    ):
        self.host, self.port, self.token = host, port, secrets.token_urlsafe(12)
        self._store, self._say, self._osc, self._announced = store, say, osc, announced
        self._presets, self._signals, self._picture = presets, signals, picture
        self._input = Input(store, act, say)
        self._listeners: set[Listener] = set()
        self._settling = False
        self._seen: dict[str, Argument] = {}  # by the last look for news
        self._connections: Callable[[], list[web.RequestHandler]] = list  # that are open
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Answer in a thread of its own; OscError if the address cannot be had."""
        with refusing("OSCQuery", self.host, self.port):
            family, *_ = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            bound = socket.create_server((self.host, self.port), family=family)
        self.port = bound.getsockname()[1]
        if not is_loopback(self.host):
            self._say(f"phone page at {self._address()}")
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(
            target=self._run, args=(bound,), name="oscquery", daemon=True
        )
        self._thread.start()

    @property
    def listens(self) -> bool:
        """Whether it answers."""
        return self._loop is not None

    def stop(self) -> None:
        """Close every socket and free the port."""
        if loop := self._loop:
            with suppress(RuntimeError):  # the loop has ended by itself, and said so
                loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(timeout=5)
            self._loop = None

    def _address(self) -> str:
        host = own_address() if self.host in EVERYWHERE else self.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}/?token={self.token}"

    # From here on: the thread of OSCQuery.

    def _run(self, bound: socket.socket) -> None:
        loop = self._loop
        loop.set_exception_handler(self._count_fault)
        try:
            loop.run_until_complete(self._serve(bound))
        except Exception as fault:  # noqa: BLE001 - the show goes on, and may start it again
            self._say(f"OSCQuery has ended: {type(fault).__name__}: {fault}")
            self._listeners.clear()
            self._loop = None
        finally:
            bound.close()
            loop.close()

    def _count_fault(self, _: asyncio.AbstractEventLoop, context: dict) -> None:
        """The thread's guard: whatever a task fails with is said, and the others go on."""
        fault = context.get("exception")
        if isinstance(fault, ConnectionError):
            return  # who asked has gone
        text = f"{type(fault).__name__}: {fault}" if fault else context["message"]
        self._input.refusals.count("fault", f"a request: {text}")

    async def _serve(self, bound: socket.socket) -> None:
        app = web.Application(client_max_size=0)
        app.router.add_get("/{path:.*}", self._answer)
        app.on_shutdown.append(self._close_sockets)
        runner = web.AppRunner(
            app, handle_signals=False, access_log=None, logger=self._logger(), shutdown_timeout=1
        )
        await runner.setup()
        self._connections = lambda: runner.server.connections
        await web.SockSite(runner, bound).start()
        self._tick()
        self._look()
        announced = asyncio.ensure_future(self._announce())
        await self._ended.wait()
        announced.cancel()
        await asyncio.gather(announced, return_exceptions=True)
        await runner.cleanup()

    def _logger(self) -> logging.Logger:
        """Return a logger that counts what aiohttp finds wrong instead of printing it."""
        logger = logging.Logger("oscquery", logging.ERROR)
        logger.addFilter(lambda record: self._count_fault(self._loop, _context(record)))
        return logger

    def _tick(self) -> None:
        self._loop.call_later(min(PERIOD, self._input.rest()), self._tick)
        self._input.settle()
        self._close_idle()

    def _close_idle(self) -> None:
        """Close the oldest of the connections that are too many and no socket's."""
        talking = {listener.connection for listener in self._listeners}
        for idle in [each for each in self._connections() if each not in talking][:-IDLE]:
            idle.force_close()

    def _look(self) -> None:
        """Let every socket hear what has changed since the last look, which is one for all."""
        self._loop.call_later(PERIOD, self._look)
        if self._listeners:
            self._settle()
            before, self._seen = self._seen, self._values()
            tell_news(before, self._seen, self._listeners)

    def _settle(self) -> None:
        self._settling = False
        self._input.settle()

    async def _announce(self) -> None:
        if self._announced:
            await announce(self.host, self.port, self._osc, self._say)

    async def _close_sockets(self, _: web.Application) -> None:
        for listener in list(self._listeners):
            await listener.socket.close(code=1001, message=b"the show has ended")

    # Requests.

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        why = refusal(
            request.remote or "", request.headers.get("Host"), request.headers.get("Origin"),
            request.query.get("token", ""), self.token, self.host,
        )  # fmt: skip
        if why:
            self._input.refusals.count("door", why)
            text = f"Refused: {why}.\n".encode(errors="replace").decode()
            return web.Response(status=403, text=text, headers=HEADERS)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request)
        asked = [key for key in request.query if key != "token"]
        if not asked and request.path == "/" and "text/html" in request.headers.get("Accept", ""):
            text = await asyncio.to_thread(page)
            return web.Response(text=text, content_type="text/html", headers=HEADERS)
        if asked == [PICTURE]:
            return self._show(request.query[PICTURE])
        if asked == ["HOST_INFO"]:
            return _json(self._host_info())
        presets = await asyncio.to_thread(self._presets)  # asks the disk, which may be busy
        return self._tell(request.path, asked, presets)

    def _show(self, preset: str) -> web.StreamResponse:
        """Return the picture of the preset of this name, or the status that says there is none."""
        with suppress(KeyError):
            if found := self._picture(preset):
                return web.FileResponse(found[0], headers={**HEADERS, "Cache-Control": "no-cache"})
        return web.Response(status=404, text="There is no such picture.\n", headers=HEADERS)

    def _tell(self, path: str, asked: list[str], presets: Iterable[str]) -> web.Response:
        """Return a node, one attribute of it, or the status that says why not."""
        if len(asked) > 1 or not set(asked) <= {*GIVEN, *OTHERS}:
            return web.Response(status=400, text="There is no such attribute.\n", headers=HEADERS)
        rows, values = self._store.rows(), self._store.values()
        node = find(tree(rows, values, self._told(), presets), path)
        if node is None:
            return web.Response(status=404, text="Nothing has this address.\n", headers=HEADERS)
        if not asked:
            return _json(node)
        (attribute,) = asked
        if attribute not in node:
            return web.Response(status=204, headers=HEADERS)
        return _json({attribute: node[attribute]})

    def _host_info(self) -> Node:
        info: Node = {"NAME": "Other Half"}
        if heard := self._osc():
            host, port = heard
            info |= {"OSC_PORT": port, "OSC_TRANSPORT": "UDP"}
            info |= {"OSC_IP": host} if host not in EVERYWHERE else {}
        told = dict.fromkeys([*GIVEN, *COMMANDS], True)
        return info | {"EXTENSIONS": told | dict.fromkeys(OTHERS, False)}

    # Sockets.

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        if len(self._listeners) >= SOCKETS:
            return web.Response(status=503, text=f"{SOCKETS} are open.\n", headers=HEADERS)
        ws = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST, compress=False)
        await ws.prepare(request)
        if not self._listeners:
            self._seen = self._values()
        listener = Listener(ws, request.protocol)
        self._listeners.add(listener)
        news = asyncio.ensure_future(listener.send())
        try:
            async for message in ws:
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data, listener, (request.remote, 0))
                elif message.type is WSMsgType.TEXT:
                    self._obey(message.data, listener)
        finally:
            self._listeners.discard(listener)
            news.cancel()
            self._let_go(listener)
        return ws

    def _let_go(self, listener: Listener) -> None:
        """Take a hand that is gone off what it held: nobody else would end its flash."""
        if listener.holds:
            self._settle()
            self._store.set_all(dict.fromkeys(listener.holds, 0.0))

    def _hear(self, packet: bytes, listener: Listener, sender: tuple) -> None:
        """Take a packet; obey it with all others that have come by then.

        Whoever sent it is told what became of it, even if that is what it was before.
        """
        if not self._settling:
            self._settling = True
            self._loop.call_soon(self._settle)
        for address, arguments in self._input.take(packet, sender):
            id = id_of(address)
            if id in listener.ids:
                listener.owed.add(id)
            if id in MOMENTARY:
                (listener.holds.add if any(arguments) else listener.holds.discard)(id)

    def _obey(self, text: str, listener: Listener) -> None:
        try:
            said = json.loads(text)
            command, path = said["COMMAND"], said["DATA"]
            known = command in ("LISTEN", "IGNORE") and isinstance(path, str)
        except (ValueError, TypeError, KeyError, RecursionError):
            known = False
        if not known:
            self._input.refusals.count("socket", "a message that is neither LISTEN nor IGNORE")
            return
        id = id_of(path)
        if command == "IGNORE":
            listener.ids.discard(id)
        elif path == address_of(id) and id in self._seen:
            listener.ids.add(id)
        else:
            self._input.refusals.count("socket", f"LISTEN {path}: nothing there has a value")

    def _values(self) -> dict[str, Argument]:
        """Return every value that can be listened to, by id, in the type of its node."""
        values = self._store.values()
        rows = {
            row.id: typed(row, values[row.id]) for row in self._store.rows() if row.id in values
        }
        return self._told() | rows

    def _told(self) -> dict[str, Argument]:
        """Return the newest value of each signal, in the type of its node."""
        signals = self._signals().items()
        return {id: value if isinstance(value, str) else float(value) for id, value in signals}


def _json(content: object) -> web.Response:
    return web.json_response(content, headers=HEADERS)


def _context(record: logging.LogRecord) -> dict:
    return {"exception": record.exc_info and record.exc_info[1], "message": record.getMessage()}
