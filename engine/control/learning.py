"""Which control the performer means, and how it speaks, heard from how it moves.

In: the moves of all ports since learning began. Out: the binding, once there is no doubt. MIDI
thread. The control that has moved most is meant: a fader that jitters has not. An endless knob says
by how much it was turned; its first turn to the right tells offset from the others, a turn to the
left then two's complement from a sign bit.
"""

from collections import deque
from collections.abc import Collection

from engine.control.bindings import Binding
from engine.control.midi_messages import Control, Move
from engine.parameters import Parameter

WINDOW = 0.5  # seconds after the first move in which all that belongs to it comes
JITTER = 3  # steps of 127 that a fader moves by itself at most
FEW = 10  # steps that an endless knob tells at most when it is turned slowly
LEAST, MOST = 3, 12  # moves that are looked at before it is said what they are
KEPT = 64  # moves of one control
SPRUNG = ("touch", "poly", "programs")  # kinds with no place of their own, to be picked up from
WHOLES = ("cc14", "nrpn", "programs")  # kinds whose parts are controls too
PRESSED = ("note", "touch", "poly")  # kinds that are at 0 when they are let go
DATA = (6, 38, 96, 97, 98, 99, 100, 101)  # control changes that an NRPN consists of
LEFT = "left"
ENDLESS = ("twos", "offset", "sign")


class Learner:
    """Waits for a control for `to`, an action or the parameter of this row."""

    def __init__(self, to: str, row: Parameter | None = None):
        self.to, self._row = to, row
        self._heard: dict[tuple[str, Control], deque[int]] = {}
        # By port and channel those that have parts; all NRPNs have the same, one stands for them.
        self._wholes: dict[tuple[str, int], dict[tuple, tuple[str, Control]]] = {}
        self._meant: tuple[str, Control] | None = None  # the port and the control, as it looks
        self._until = 0.0

    def hear(self, port: str, moves: Collection[Move], moment: float) -> None:
        """Take the moves of a message; one that lets go means nothing."""
        for control, value in moves:
            if value or control.kind not in PRESSED:
                self._heard.setdefault((port, control), deque(maxlen=KEPT)).append(value)
                self._note_whole(port, control)
        keys = dict.fromkeys((self._meant, *((port, control) for control, _ in moves)))
        meant = max(filter(self._stands, keys), key=self._travel, default=None)
        if meant != self._meant:
            self._meant, self._until = meant, moment + WINDOW

    def _note_whole(self, port: str, control: Control) -> None:
        if control.kind in WHOLES:
            alike = control.kind, control.number if control.kind == "cc14" else 0
            self._wholes.setdefault((port, control.channel), {})[alike] = (port, control)

    def learned(self, moment: float) -> Binding | None:
        """Return the binding, None while there is none yet or it is in doubt."""
        if not self._meant or moment < self._until or not self._travel(self._meant):
            return None
        port, control = self._meant
        if self._row is None:
            return Binding(port, control, self.to)
        if control.kind != "cc":
            takeover = "jump" if control.kind in SPRUNG else "pickup"
            return Binding(port, control, self.to, takeover=takeover)
        how = speech(self._heard[self._meant])
        if how in ENDLESS:
            return Binding(port, control, self.to, "relative", encoding=how)
        switch = self._row.curve == "toggle"
        modes = {"button": "" if switch else "momentary", "absolute": "absolute" if switch else ""}
        return Binding(port, control, self.to, modes[how]) if how in modes else None

    def means(self, port: str, control: Control) -> bool:
        """Whether this control is the one that is being learned, as it looks now, or its part."""
        return self._meant is not None and _is_part((port, control), self._meant)

    @property
    def doubts(self) -> bool:
        """Whether an endless knob has yet to be turned to the left."""
        if self._row is None or not self._meant or self._meant[1].kind != "cc":
            return False
        return speech(self._heard[self._meant]) == LEFT

    def _stands(self, key: tuple[str, Control] | None) -> bool:
        """Whether this was heard, by itself and not as a part of another control."""
        return key in self._heard and self._is_one(key) and not self._is_covered(key)

    def _is_covered(self, key: tuple[str, Control]) -> bool:
        """Whether a control was heard of which this one is a part."""
        port, control = key
        wholes = self._wholes.get((port, control.channel), {}).values()
        return control.kind not in WHOLES and any(
            _is_part(key, whole) and self._is_one(whole) for whole in wholes
        )

    def _is_one(self, key: tuple[str, Control]) -> bool:
        port, control = key
        if control.kind == "cc14":
            coarse = Control(control.channel, "cc", control.number)
            return len(self._heard[key]) > 1 and (port, coarse) in self._heard
        return control.kind != "programs" or self._row is not None  # an action takes one program

    def _travel(self, key: tuple[str, Control]) -> float:
        """Return how far it has moved, 0..1: a key wholly, a fader that jitters not at all."""
        (_, control), values = key, self._heard[key]
        how = speech(values) if control.kind == "cc" else ""
        if how == "button" or control.kind not in ("cc", "cc14", "bend"):
            return 1.0
        if how in (*ENDLESS, LEFT):
            return len(values) / control.top
        span = max(values) - min(values)
        return span / control.top if span * 127 > JITTER * control.top else 0.0


def _is_part(key: tuple[str, Control], of: tuple[str, Control]) -> bool:
    """Return whether what moves the one control of a port moves this one too, or is it."""
    (port, control), (where, whole) = key, of
    if key == of:
        return True
    if (port, control.channel) != (where, whole.channel):
        return False
    if whole.kind == "programs":
        return control.kind == "program"
    parts = {"cc14": (whole.number, whole.number + 32), "nrpn": DATA}.get(whole.kind, ())
    return control.kind == "cc" and control.number in parts


def speech(values: Collection[int]) -> str:
    """Return how a control change speaks: absolute, button, or an endless knob's encoding.

    LEFT: an endless knob that was only turned right so far; "": too little to tell.
    """
    seen = set(values)
    if seen == {127} and len(values) >= LEAST:
        return "twos"  # turned to the left only
    if 127 in seen and seen <= {0, 127}:
        return "button"
    if len(values) < LEAST:
        return ""
    small = {value for value in seen if 0 < value <= FEW}
    twos = small and seen - small <= set(range(128 - FEW, 128))
    sign = small and seen - small <= set(range(65, 65 + FEW))
    offset = seen <= set(range(64 - FEW, 65 + FEW)) - {64}  # for no knob tells of no step
    if not (twos or sign or offset):
        return "absolute" if max(seen) - min(seen) > JITTER else ""
    if 2 * len(seen) > len(values):  # one that tells its place seldom tells it twice
        return "absolute" if len(values) >= MOST else ""
    if offset:
        return "offset"
    return LEFT if seen == small else "twos" if twos else "sign"
