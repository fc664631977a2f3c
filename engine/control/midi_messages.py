"""What a MIDI message moves: control changes (7, 14 bits), NRPN, notes, pressure, bend, programs.

In: messages of one port, in order. Out: moves of named controls. Pure; whoever calls.
A message may move two controls: the second half of a 14-bit pair is a control change too, and it
is for the bindings to say which of the two is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import mido

TOPS = {  # the largest value of each kind of control
    "cc": 127,
    "cc14": 16383,  # number n with n + 32, the fine part
    "nrpn": 16383,
    "note": 127,  # the velocity; 0 when it is let go
    "poly": 127,  # the pressure on one key
    "touch": 127,  # the pressure on all keys
    "bend": 16383,
    "program": 127,  # this program was called
    "programs": 127,  # the number of the program that was called
}
FIRST = {"nrpn": 16383}  # the largest number of a kind, where it is not 127
SINGLE = ("touch", "bend", "programs")  # one in each channel, number 0


class ControlError(ValueError):
    """A text that names no control."""


@dataclass(frozen=True)
class Control:
    """One control of a port: channel 1..16, kind, number."""

    channel: int
    kind: str
    number: int = 0

    @property
    def top(self) -> int:
        """The largest value that it sends."""
        return TOPS[self.kind]

    def __str__(self) -> str:
        """Return its name, as "1.cc.7"."""
        return f"{self.channel}.{self.kind}.{self.number}"

    @classmethod
    def read(cls, text: object) -> "Control":
        """Return the control that `text` names; ControlError if there is none."""
        parts = text.split(".") if isinstance(text, str) else []
        if len(parts) == 3 and parts[1] in TOPS and all(_small(part) for part in parts[::2]):
            channel, kind, number = int(parts[0]), parts[1], int(parts[2])
            last = 0 if kind in SINGLE else 31 if kind == "cc14" else FIRST.get(kind, 127)
            if 1 <= channel <= 16 and number <= last:
                return cls(channel, kind, number)
        kinds = ", ".join(TOPS)
        raise ControlError(
            f"control = {str(text)[:40]!r}: must be channel.kind.number, as 1.cc.7; kinds: {kinds}"
        )


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def message(data: Sequence[int]) -> mido.Message | None:
    """Return the message that these bytes are, None if they are no whole one."""
    try:
        return mido.Message.from_bytes(data)
    except (ValueError, LookupError):
        return None


class Move(NamedTuple):
    """A control and the value that it has now, 0 to its top."""

    control: Control
    value: int


class Decoder:
    """Remembers what belongs together on each channel: pairs of 14 bits, the NRPN in hand."""

    def __init__(self):
        self._coarse: dict[tuple[int, int], int] = {}  # channel, number 0..31: its coarse part
        self._parameter: dict[int, list[int | None]] = {}  # channel: the NRPN's number, both parts
        self._data: dict[Control, int] = {}  # what each NRPN was set to
        self._fine: set[Control] = set()  # NRPNs that send a fine part too

    def moves(self, message: mido.Message) -> list[Move]:
        """Return what `message` moves, in order; nothing for what is no control."""
        kind = message.type
        if kind == "control_change":
            return self._change(message.channel + 1, message.control, message.value)
        channel = getattr(message, "channel", 0) + 1
        if kind in ("note_on", "note_off"):
            velocity = message.velocity if kind == "note_on" else 0
            return [Move(Control(channel, "note", message.note), velocity)]
        if kind == "polytouch":
            return [Move(Control(channel, "poly", message.note), message.value)]
        if kind == "aftertouch":
            return [Move(Control(channel, "touch"), message.value)]
        if kind == "pitchwheel":
            return [Move(Control(channel, "bend"), message.pitch + 8192)]
        if kind == "program_change":
            called = Control(channel, "program", message.program)  # pressed and let go
            number = Move(Control(channel, "programs"), message.program)
            return [Move(called, 127), Move(called, 0), number]
        return []

    def _change(self, channel: int, number: int, value: int) -> list[Move]:
        moves = [Move(Control(channel, "cc", number), value)]
        if number < 32:
            self._coarse[channel, number] = value
        elif number < 64 and (channel, number - 32) in self._coarse:
            whole = self._coarse[channel, number - 32] << 7 | value
            moves.append(Move(Control(channel, "cc14", number - 32), whole))
        if number in (98, 99, 100, 101):
            self._choose(channel, number, value)
        elif number in (6, 38, 96, 97) and (nrpn := self._chosen(channel)):
            moves += self._enter(nrpn, number, value)
        return moves

    def _choose(self, channel: int, number: int, value: int) -> None:
        """Take half of an NRPN's number; an RPN's number closes it."""
        halves = self._parameter.setdefault(channel, [None, None])
        if number in (100, 101):
            halves[:] = None, None
        else:
            halves[99 - number] = value

    def _chosen(self, channel: int) -> Control | None:
        coarse, fine = self._parameter.get(channel, (None, None))
        if coarse is None or fine is None or coarse == fine == 127:
            return None
        return Control(channel, "nrpn", coarse << 7 | fine)

    def _enter(self, nrpn: Control, number: int, value: int) -> list[Move]:
        """Take data for `nrpn`: coarse (6), fine (38), a step up (96) or down (97)."""
        before = self._data.get(nrpn, 0)
        if number == 6:
            # Without a fine part the coarse one spans the whole range: 127 is all of it.
            after = value << 7 | (before & 127 if nrpn in self._fine else value)
        elif number == 38:
            self._fine.add(nrpn)
            after = before & ~127 | value
        else:
            after = min(max(before + (128 if number == 96 else -128), 0), nrpn.top)
        self._data[nrpn] = after
        waits = number == 6 and nrpn in self._fine  # its fine part comes next
        return [] if waits else [Move(nrpn, after)]
