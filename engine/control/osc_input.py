"""What comes in as OSC is obeyed: values, actions, patterns, bundles at their time.

In: packets by take(), from UDP or a WebSocket. Out: store.set_all() and act() by settle() and, for
actions, at once; one line a second for each kind of what was refused. Of one thread each.
Of many values for one parameter the last one counts; actions are all kept, and the order too.
"""

import heapq
import math
from collections.abc import Callable, Mapping
from itertools import count

from engine import clock
from engine.control.namespace import id_of
from engine.control.osc_packets import NOW, Argument, Message, Refused, unpack
from engine.control.osc_patterns import is_pattern, matching
from engine.parameters import ACTIONS, ParameterError, Store

BUNDLES, MESSAGES = 1_000, 10_000  # that may wait for their time
AHEAD = 10.0  # seconds that they may wait
LINE = 200  # characters of a refusal that are shown
NORM, TOUCH = "norm", "z"  # what may follow a parameter's address

Command = Callable[[str, list[Argument], tuple], None]


def _ahead(tag: int) -> float:
    return clock.of_ntp(tag) - clock.now()


class Refusals:
    """Counts what was refused and says so, at most once a second for each kind."""

    def __init__(self, say: Callable[[str], None]):
        self._say = say
        self._counts: dict[str, tuple[int, str]] = {}  # kind: how often, the last one's text
        self._quiet: dict[str, float] = {}  # kind: until when it is only counted

    def count(self, kind: str, text: str) -> None:
        """Count a refusal; its text comes from outside, and may be no line that can be shown."""
        plain = "".join(letter if letter.isprintable() else " " for letter in text[:LINE])
        self._counts[kind] = (self._counts.get(kind, (0, ""))[0] + 1, " ".join(plain.split()))

    def tell(self) -> None:
        """Say what was refused since it was said last, where it is time to."""
        now = clock.now()
        for kind in [kind for kind in self._counts if now >= self._quiet.get(kind, 0.0)]:
            times, text = self._counts.pop(kind)
            self._quiet[kind] = now + 1
            more = f" (and {times - 1} more like it)" if times > 1 else ""
            self._say(f"refused {text}{more}")


class Input:
    """Obeys packets. act(name, argument="") asks for an action, say(text) tells the performer.

    `commands` are addresses that mean something to whoever listens: command(address, arguments,
    sender), which may raise Refused.
    """

    def __init__(
        self,
        store: Store,
        act: Callable[..., None],
        say: Callable[[str], None],
        commands: Mapping[str, Command] = {},
    ):
        self._store, self._act, self._commands = store, act, commands
        self.refusals = Refusals(say)
        self._values: dict[str, float] = {}  # that are to be set
        self._waiting: list[tuple[int, int, list[Message], tuple]] = []  # by time
        self._number, self._messages = count(), 0  # that wait

    def take(self, packet: bytes, sender: tuple) -> list[Message]:
        """Obey every message of `packet` that can be, none if it is malformed; return them all."""
        found: list[Message] = []
        try:
            for tag, messages in unpack(packet):
                found += messages
                if tag == NOW or _ahead(tag) <= 0:
                    self._obey_all(messages, sender)
                else:
                    self._wait(tag, messages, sender)
        except Refused as refusal:
            self.refusals.count(refusal.kind, str(refusal))
        return found

    def settle(self) -> None:
        """Obey the bundles whose time has come, set what is to be set, say what was refused."""
        while self.rest() <= 0:
            _, _, messages, sender = heapq.heappop(self._waiting)
            self._messages -= len(messages)
            self._obey_all(messages, sender)
        self._set_values()
        self.refusals.tell()

    def rest(self) -> float:
        """Return the seconds until a bundle's time comes."""
        return max(_ahead(self._waiting[0][0]), 0.0) if self._waiting else math.inf

    def _wait(self, tag: int, messages: list[Message], sender: tuple) -> None:
        ahead = _ahead(tag)
        if ahead > AHEAD:
            raise Refused("time", f"a bundle for {ahead:.0f} s from now: at most {AHEAD:.0f} s")
        if len(self._waiting) >= BUNDLES or self._messages + len(messages) > MESSAGES:
            raise Refused("time", f"a bundle, for {len(self._waiting)} wait for their time already")
        self._messages += len(messages)
        heapq.heappush(self._waiting, (tag, next(self._number), messages, sender))

    def _obey_all(self, messages: list[Message], sender: tuple) -> None:
        for address, arguments in messages:
            try:
                self._obey(address, arguments, sender)
            except Refused as refusal:
                self.refusals.count(refusal.kind, str(refusal))

    def _obey(self, address: str, arguments: list[Argument], sender: tuple) -> None:
        if address in self._commands:
            self._commands[address](address, arguments, sender)
            return
        kind, ids = self._mean(address)
        for id in ids:
            if kind == "action":
                self._ask(address, id, arguments)
            elif kind != TOUCH:
                self._keep(address, id, arguments, kind)

    def _mean(self, address: str) -> tuple[str, list[str]]:
        """Return what an address means (value, norm, z or action) and of which ids."""
        if is_pattern(address):
            return self._mean_pattern(address)
        name = id_of(address)
        base, _, last = name.rpartition(".")
        if name in ACTIONS:
            return "action", [name]
        if self._store.has(name):
            return "value", [name]
        if last in (NORM, TOUCH) and (self._store.has(base) or (last == TOUCH and base in ACTIONS)):
            return last, [base]
        raise Refused("address", f"{address}: nothing has this address")

    def _mean_pattern(self, address: str) -> tuple[str, list[str]]:
        """Return the same for a pattern. One that fits parameters and actions means the former:
        whoever sets all of `/output/*` does not want fullscreen, nor `/*/*` the show to end.
        """
        rows = [row.id for row in self._store.rows()]
        base, _, last = address.rpartition("/")
        if ids := matching(address, rows):
            return "value", ids
        if last in (NORM, TOUCH) and (ids := matching(base, rows)):
            return last, ids
        if ids := matching(address, ACTIONS):
            return "action", ids
        raise Refused("address", f"{address}: nothing fits this pattern")

    def _keep(self, address: str, id: str, arguments: list[Argument], kind: str) -> None:
        if len(arguments) != 1:
            raise Refused("count", f"{address}: takes one value, not {len(arguments)}")
        row, (value,) = self._store.row(id), arguments
        if kind == NORM:
            if isinstance(value, str) or not math.isfinite(value):
                raise Refused("value", f"{address} {value!r}: must be a number from 0 to 1")
            value = row.from_norm(value)
        try:
            self._values[id] = row.read(value)
        except ParameterError as fault:
            raise Refused("value", str(fault)) from None

    def _ask(self, address: str, name: str, arguments: list[Argument]) -> None:
        """Ask for an action: a name is its argument, a number a button (0 is its release).

        Of what is numbered, a number is the argument too.
        """
        if len(arguments) > 1:
            raise Refused("count", f"{address}: takes one name or nothing, not {len(arguments)}")
        argument = arguments[0] if arguments else True
        if not isinstance(argument, str) and not math.isfinite(argument):
            raise Refused("value", f"{address} {argument}: must be finite")
        self._set_values()  # what came before is done before
        if isinstance(argument, str):
            self._act(name, argument)
        elif (least := ACTIONS[name].least) is not None and not isinstance(argument, bool):
            if argument >= least:
                self._act(name, f"{argument:g}")
        elif argument:
            self._act(name)

    def _set_values(self) -> None:
        values, self._values = self._values, {}
        if values:
            self._store.set_all(values)
