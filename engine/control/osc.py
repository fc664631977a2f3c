"""OSC over UDP: every parameter and action by its address, values sent back on change.

In: packets. `/motion/zoom 0.2` sets motion.zoom, `/preset/load name` asks for that action.
Out: store.set(), act(), and to whoever sent `/subscribe` the value of every parameter, then each
change. One thread, which keeps the order of what arrives and sends from the listening socket.
"""

import math
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_server import BlockingOSCUDPServer

from engine import clock
from engine.parameters import ACTIONS, ParameterError, Store

PERIOD = 1 / 30  # seconds between two looks for changes
LEASE = 60.0  # seconds that a subscription lasts if it is not repeated
SUBSCRIBERS = 16
DEPTH = 8  # bundles within bundles
NUMBERS = {"i": ">i", "h": ">q", "f": ">f", "d": ">d"}
CONSTANTS = {"T": True, "F": False}

Argument = int | float | bool | str


class OscError(ValueError):
    """OSC that cannot be listened for."""


class Refused(Exception):
    """A packet or message that is not obeyed; `kind` is what is counted together."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


def decode(packet: bytes, depth: int = 0) -> list[tuple[str, list[Argument]]]:
    """Return the messages (address, arguments) of a packet, in order; Refused unless all is right.

    OSC 1.0, with the types i f s of the specification and h d T F. Time tags are not waited for.
    """
    if len(packet) % 4 or not packet:
        raise Refused("packet", f"a packet of {len(packet)} bytes: must be a multiple of 4")
    if not packet.startswith(b"#bundle\0"):
        return [_decode_message(packet)]
    if depth == DEPTH or len(packet) < 16:
        raise Refused("packet", f"a bundle cut short or more than {DEPTH} deep")
    messages, at = [], 16
    while at < len(packet):
        length = int.from_bytes(packet[at : at + 4], "big")
        at += 4 + length
        if length == 0 or at > len(packet):
            raise Refused("packet", "a bundle whose lengths do not fit")
        messages += decode(packet[at - length : at], depth + 1)
    return messages


def _decode_message(packet: bytes) -> tuple[str, list[Argument]]:
    address, at = _decode_string(packet, 0)
    if not (address.startswith("/") and address.isascii() and address.isprintable()):
        raise Refused("packet", "a packet that does not start with an address")
    tags, at = _decode_string(packet, at) if at < len(packet) else (",", at)
    if not tags.startswith(","):
        raise Refused("packet", f"{address}: no type tags")
    arguments = []
    for tag in tags[1:]:
        argument, at = _decode_argument(address, tag, packet, at)
        arguments.append(argument)
    if at != len(packet):
        raise Refused("packet", f"{address}: {len(packet) - at} bytes too many")
    return address, arguments


def _decode_argument(address: str, tag: str, packet: bytes, at: int) -> tuple[Argument, int]:
    if tag in CONSTANTS:
        return CONSTANTS[tag], at
    if tag == "s":
        return _decode_string(packet, at)
    if tag not in NUMBERS:
        raise Refused("type", f"{address}: arguments of type {tag!r} are not understood")
    end = at + struct.calcsize(NUMBERS[tag])
    if end > len(packet):
        raise Refused("packet", f"{address}: cut short")
    return struct.unpack(NUMBERS[tag], packet[at:end])[0], end


def _decode_string(packet: bytes, at: int) -> tuple[str, int]:
    end = packet.find(b"\0", at)
    after = (end // 4 + 1) * 4
    if end < 0 or after > len(packet) or packet[end:after].strip(b"\0"):
        raise Refused("packet", "a string without its end")
    try:
        return packet[at:end].decode(), after
    except UnicodeDecodeError:
        raise Refused("packet", "a string that is not UTF-8") from None


@dataclass
class Subscriber:
    """Who hears of changes: until when, and what was sent last."""

    until: float
    sent: dict[str, float] = field(default_factory=dict)


class OscServer:
    """Listens on `host`:`port` (0 takes a free one) from start() to stop().

    act(name, argument="") is called for actions, say(text) for a line to the performer.
    """

    def __init__(
        self,
        host: str,
        port: int,
        store: Store,
        act: Callable[..., None],
        say: Callable[[str], None],
    ):
        self.host, self.port = host, port
        self._store, self._act, self._say = store, act, say
        self._subscribers: dict[tuple[str, int], Subscriber] = {}
        self._refused: dict[str, tuple[int, str]] = {}  # kind: how often, the last one's text
        self._quiet: dict[str, float] = {}  # kind: until when it is only counted
        self._due = 0.0
        self._socket: _Socket | None = None

    def start(self) -> None:
        """Listen in a thread of its own; OscError if the address cannot be had."""
        try:
            self._socket = _Socket(self, (self.host, self.port))
        except (OSError, OverflowError) as fault:
            reason = getattr(fault, "strerror", None) or fault
            raise OscError(
                f"OSC cannot listen on {self.host}:{self.port}: {reason}; end the program that "
                "does, or choose another address with --osc HOST:PORT"
            ) from fault
        self.port = self._socket.server_address[1]
        self._thread = threading.Thread(
            target=self._socket.serve_forever, args=(PERIOD,), name="osc", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and free the port."""
        if self._socket:
            self._socket.shutdown()
            self._thread.join()
            self._socket.server_close()
            self._socket = None

    # From here on: the OSC thread.

    def receive(self, packet: bytes, sender: tuple) -> None:
        """Obey every message of `packet`, or none if the packet is malformed."""
        try:
            for address, arguments in decode(packet):
                self._obey(address, arguments, sender)
        except Refused as refusal:
            self.refuse(refusal.kind, str(refusal))

    def refuse(self, kind: str, text: str) -> None:
        """Count a refusal; tick() says so, at most once a second for each kind."""
        self._refused[kind] = (self._refused.get(kind, (0, ""))[0] + 1, text)

    def tick(self) -> None:
        """Send what has changed and say what was refused, if it is time to."""
        now = clock.now()
        if now < self._due:
            return
        self._due = now + PERIOD
        self._send_changes(now)
        for kind in [kind for kind in self._refused if now >= self._quiet.get(kind, 0.0)]:
            count, text = self._refused.pop(kind)
            self._quiet[kind] = now + 1
            more = f" (and {count - 1} more like it)" if count > 1 else ""
            self._say(f"refused {text[:200]}{more}")

    def _obey(self, address: str, arguments: list[Argument], sender: tuple) -> None:
        name = address if "." in address else address[1:].replace("/", ".")
        if address in ("/subscribe", "/unsubscribe"):
            self._subscribe(address, arguments, sender)
        elif name in ACTIONS:
            self._ask(address, name, arguments)
        else:
            self._set(address, name, arguments)

    def _set(self, address: str, name: str, arguments: list[Argument]) -> None:
        try:
            self._store.row(name)
        except ParameterError:
            raise Refused("address", f"{address}: nothing has this address") from None
        if len(arguments) != 1:
            raise Refused("count", f"{address}: takes one value, not {len(arguments)}")
        try:
            self._store.set(name, arguments[0])
        except ParameterError as fault:
            raise Refused("value", str(fault)) from None

    def _ask(self, address: str, name: str, arguments: list[Argument]) -> None:
        """Ask for an action: a name is its argument, a number a button (0 is its release)."""
        if len(arguments) > 1:
            raise Refused("count", f"{address}: takes one name or nothing, not {len(arguments)}")
        argument = arguments[0] if arguments else True
        if isinstance(argument, str):
            self._act(name, argument)
        elif not math.isfinite(argument):
            raise Refused("value", f"{address} {argument}: must be finite")
        elif argument:
            self._act(name)

    def _subscribe(self, address: str, arguments: list[Argument], sender: tuple) -> None:
        port = arguments[0] if arguments else sender[1]
        if len(arguments) > 1 or type(port) is not int or not 0 < port < 65536:
            raise Refused("value", f"{address} {arguments}: takes a port from 1 to 65535 or none")
        target = (sender[0], port)
        if address == "/unsubscribe":
            self._subscribers.pop(target, None)
        elif target not in self._subscribers and len(self._subscribers) == SUBSCRIBERS:
            raise Refused("subscribers", f"{address}: {SUBSCRIBERS} are subscribed already")
        else:
            self._subscribers[target] = Subscriber(clock.now() + LEASE)

    def _send_changes(self, now: float) -> None:
        if not self._subscribers:
            return
        values = self._store.values()
        rows = [row for row in self._store.rows() if row.id in values]
        for target, subscriber in list(self._subscribers.items()):
            news = [row for row in rows if subscriber.sent.get(row.id) != values[row.id]]
            if now > subscriber.until or not self._send(target, news, values):
                del self._subscribers[target]
            subscriber.sent.update(values)

    def _send(self, target: tuple[str, int], rows: list, values: dict[str, float]) -> bool:
        """Send each row's value as a message of its own, which the simplest receiver reads."""
        try:
            for row in rows:
                value = values[row.id]
                address = "/" + row.id.replace(".", "/")
                packet = build_msg(address, int(value) if row.whole else value).dgram
                self._socket.socket.sendto(packet, target)
        except OSError:
            return False
        return True


class _Socket(BlockingOSCUDPServer):
    """python-osc's server, with our own strict decoder instead of its lenient one."""

    max_packet_size = 65536

    def __init__(self, room: OscServer, address: tuple[str, int]):
        self.room = room
        super().__init__(address, Dispatcher())
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def verify_request(self, request, client_address) -> bool:
        return True  # what is wrong with a packet is for decode() to say

    def finish_request(self, request, client_address) -> None:
        self.room.receive(request[0], client_address)

    def service_actions(self) -> None:
        try:
            self.room.tick()
        except Exception:  # noqa: BLE001 - the thread's guard: whatever fails, OSC goes on
            self.handle_error(None, None)

    def handle_error(self, request, client_address) -> None:
        fault = sys.exc_info()[1]
        self.room.refuse("fault", f"a message: {type(fault).__name__}: {fault}")
