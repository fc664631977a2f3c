"""OSC over UDP: every parameter and action by its address, values and signals sent back.

In: packets. `/motion/zoom 0.2` sets motion.zoom, `/preset/load name` asks for that action.
Out: what Input makes of them, and to whoever sent `/subscribe` the value of every parameter, then
each change; to whoever sent `/subscribe/effective` the same of what the mappings make of them; to
whoever sent `/subscribe/signals` what the music does; values and signals to receivers that never
ask. One thread, which drains what has arrived in batches and answers from the listening socket.
"""

import errno
import math
import os
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

from engine import clock
from engine.control.namespace import address_of
from engine.control.osc_input import NORM, Input
from engine.control.osc_packets import Argument, Refused, bundles, encode
from engine.parameters import Parameter, Store

PERIOD = 1 / 30  # seconds between two looks for changes
BATCH = 256  # packets that are read before they are obeyed
BUSY, PAUSE = 16, 0.004  # packets in a batch from which on it pauses (seconds), to get more at once
LEASE = 60.0  # seconds that a subscription lasts if it is not repeated
SUBSCRIBERS = 64
RATES = (1.0, 100.0)  # times a second that may be asked for, of what the music moves
VALUES, NORMS, SIGNALS = "/subscribe", "/subscribe/norm", "/subscribe/signals"
EFFECTIVE = ("/subscribe/effective", "/subscribe/effective/norm")
KINDS = (VALUES, NORMS, SIGNALS, *EFFECTIVE)
LET_GO = "/unsubscribe"


class OscError(ValueError):
    """An address that cannot be listened at."""


@contextmanager
def refusing(who: str, host: str, port: int) -> Iterator[None]:
    """Say in an OscError why `who` ("OSC") cannot listen there, and which option helps."""
    try:
        yield
    except (OSError, OverflowError, UnicodeError) as fault:
        raise OscError(
            f"{who} cannot listen on {host}:{port}: {_reason(fault)}; "
            f"end the program that does, or choose another address with --{who.lower()} HOST:PORT"
        ) from fault


def _reason(fault: Exception) -> str:
    """Return why, without what Python adds to it; errors of names have numbers of their own."""
    number = getattr(fault, "errno", None)
    plain = number in errno.errorcode and not isinstance(fault, socket.gaierror)
    return os.strerror(number) if plain else getattr(fault, "strerror", None) or str(fault)


@dataclass
class Subscriber:
    """Who hears of what: until when, how often, and what was sent last."""

    until: float
    period: float = PERIOD
    due: float = 0.0
    sent: dict[str, float] = field(default_factory=dict)


class OscServer:
    """Listens on `host`:`port` (0 takes a free one) from start() to stop().

    act(name, argument="") is called for actions, say(text) for a line to the performer; signals()
    returns the newest value of each.
    """

    def __init__(
        self,
        host: str,
        port: int,
        store: Store,
        act: Callable[..., None],
        say: Callable[[str], None],
        signals: Callable[[], Mapping[str, float]] = dict,
    ):
        self.host, self.port = host, port
        self._store, self._signals = store, signals
        commands = dict.fromkeys((*KINDS, LET_GO), self._subscribe)
        self._input = Input(store, act, say, commands)
        self._subscribers: dict[tuple[tuple[str, int], str], Subscriber] = {}
        self._receivers: frozenset[tuple[tuple[str, int], str]] = frozenset()
        self._socket: socket.socket | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Listen in a thread of its own; OscError if the address cannot be had."""
        with refusing("OSC", self.host, self.port):
            bound = _bound(self.host, self.port)
            # One that is bound to this machine's own address reaches no other.
            self._outward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._outward.setblocking(False)
        self._socket = bound
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def tell(self, receivers: Iterable[tuple[str, int]]) -> None:
        """Send these (IPv4 address, port) every value, each change and the signals, unasked."""
        self._receivers = frozenset(product(receivers, (VALUES, SIGNALS)))

    @property
    def listens(self) -> bool:
        """Whether it does."""
        return self._socket is not None

    @property
    def address(self) -> tuple[str, int] | None:
        """Where it listens, None if it does not."""
        return (self.host, self.port) if self._socket else None

    def stop(self) -> None:
        """Stop listening and free the port."""
        if self._socket:
            self._ended.set()
            self._thread.join()
            self._socket.close()
            self._outward.close()
            self._socket = None

    # From here on: the OSC thread.

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._turn()
            except Exception as fault:  # noqa: BLE001 - the thread's guard: OSC goes on
                self._input.refusals.count("fault", f"a message: {type(fault).__name__}: {fault}")
                self._ended.wait(PERIOD)

    def _turn(self) -> None:
        due = min((s.due for s in self._subscribers.values()), default=math.inf) - clock.now()
        rest = min(self._input.rest(), max(due, 0.0), PERIOD)
        if select.select([self._socket], [], [], rest)[0] and self._drain() > BUSY:
            self._ended.wait(PAUSE)
        self._input.settle()
        self._send()

    def _drain(self) -> int:
        """Take what has arrived, at most a batch; return how many packets that was."""
        for taken in range(BATCH):
            try:
                packet, sender = self._socket.recvfrom(65536)
            except OSError:  # nothing more, or a subscriber's machine says that nobody listens
                return taken
            self._input.take(packet, sender)
        return BATCH

    def _subscribe(self, address: str, arguments: list[Argument], sender: tuple) -> None:
        port = arguments[0] if arguments else sender[1]
        if type(port) is not int or not 0 < port < 65536:
            raise Refused("value", f"{address} {arguments}: takes a port from 1 to 65535 or none")
        target = (sender[0], port)
        if address == LET_GO:
            for kind in KINDS:
                self._subscribers.pop((target, kind), None)
            return
        period = _period(address, arguments[1:])
        if (target, address) in self._receivers:
            return
        if (target, address) not in self._subscribers and len(self._subscribers) >= SUBSCRIBERS:
            raise Refused("subscribers", f"{address}: {SUBSCRIBERS} are subscribed already")
        self._subscribers[target, address] = Subscriber(clock.now() + LEASE, period)

    def _send(self) -> None:
        """Send to every subscriber what it is time for."""
        now = clock.now()
        self._follow_receivers()
        due = {key: s for key, s in self._subscribers.items() if now >= s.due}
        if not due:
            return
        kinds, rows, hand = {kind for _, kind in due}, self._store.rows(), self._store.values()
        effective = self._store.snapshot() if not kinds.isdisjoint(EFFECTIVE) else {}
        signals = list(bundles(_messages(self._signals()))) if SIGNALS in kinds else []
        for (target, kind), subscriber in due.items():
            subscriber.due += subscriber.period
            if subscriber.due <= now:  # it has just begun, or fell behind
                subscriber.due = now + subscriber.period
            values = effective if kind in EFFECTIVE else hand
            packets = signals if kind == SIGNALS else _news(rows, values, kind, subscriber.sent)
            lasts = subscriber.until == math.inf
            if not self._send_all(self._outward if lasts else self._socket, target, packets):
                subscriber.sent.clear()  # should it come back, it hears all
                subscriber.until = subscriber.until if lasts else 0.0
            if now > subscriber.until:
                del self._subscribers[target, kind]

    def _follow_receivers(self) -> None:
        """Let those that are told unasked be subscribers that last, and no others."""
        lasting = {key for key, s in self._subscribers.items() if s.until == math.inf}
        for key in lasting - self._receivers:
            del self._subscribers[key]
        for key in self._receivers - lasting:
            self._subscribers[key] = Subscriber(math.inf)

    def _send_all(self, sender: socket.socket, target: tuple, packets: list[bytes]) -> bool:
        try:
            for packet in packets:
                sender.sendto(packet, target)
        except OSError:
            return False
        return True


def _bound(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        bound.setblocking(False)
        bound.bind((address[0], port, *address[2:]))  # getaddrinfo wraps a port too large
    except (OSError, OverflowError):
        bound.close()
        raise
    return bound


def _period(address: str, arguments: list[Argument]) -> float:
    """Return the seconds between two looks that a subscription asks for."""
    if not arguments:
        return PERIOD
    low, high = RATES
    rate = arguments[0]
    rated = address == SIGNALS or address in EFFECTIVE
    if not rated or len(arguments) > 1 or isinstance(rate, str) or not low <= rate <= high:
        raise Refused(
            "value", f"{address} {arguments}: {VALUES} and {NORMS} take a port or nothing, the "
            "others a port and a rate from 1 to 100 a second too",
        )  # fmt: skip
    return 1 / rate


def _messages(signals: Mapping[str, float]) -> list[bytes]:
    return [encode(address_of(name), float(value)) for name, value in signals.items()]


def _news(
    rows: tuple[Parameter, ...], values: Mapping[str, float], kind: str, sent: dict[str, float]
) -> list[bytes]:
    """Return each changed value as a message of its own, which the simplest receiver reads."""
    packets, tail = [], kind.removeprefix(VALUES)
    for row in rows:
        value = values.get(row.id)
        if value is None or sent.get(row.id) == value:
            continue
        sent[row.id] = value
        told = row.norm(value) if kind.endswith(NORM) else int(value) if row.whole else value
        packets.append(encode(address_of(row.id) + tail, told))
    return packets
