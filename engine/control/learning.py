"""Which control the performer means, and how it speaks, heard from how it moves.

In: the moves of a port since learning began. Out: the binding, once there is no doubt. MIDI
thread. An endless knob says by how much it was turned; its first turn to the right tells offset
from the others, a turn to the left then two's complement from a sign bit.
"""

from collections.abc import Sequence

from engine.control.bindings import Binding
from engine.control.midi_messages import Control, Move
from engine.parameters import Parameter

WINDOW = 0.5  # seconds after the first move in which all that belongs to it comes
FEW = 10  # steps that an endless knob tells at most when it is turned slowly
LEAST, MOST = 3, 12  # moves that are looked at before it is said what they are
SPRUNG = ("touch", "poly", "programs")  # kinds with no place of their own, to be picked up from
LEFT = "left"


class Learner:
    """Waits for a control for `to`, an action or the parameter of this row."""

    def __init__(self, to: str, row: Parameter | None = None):
        self.to, self._row = to, row
        self._port, self._until = "", 0.0
        self._values: dict[Control, list[int]] = {}

    def hear(self, port: str, moves: Sequence[Move], moment: float) -> None:
        """Take the moves of a message; only the port that moved first is listened to."""
        if moves and not self._port:
            self._port, self._until = port, moment + WINDOW
        if port == self._port:
            for control, value in moves:
                self._values.setdefault(control, []).append(value)

    def learned(self, moment: float) -> Binding | None:
        """Return the binding, None while there is none yet or it is in doubt."""
        if not self._port or moment < self._until:
            return None
        control = self._chosen()
        if self._row is None:
            return Binding(self._port, control, self.to)
        if control.kind != "cc":
            takeover = "jump" if control.kind in SPRUNG else "pickup"
            return Binding(self._port, control, self.to, takeover=takeover)
        how = speech(self._values[control])
        if how in ("twos", "offset", "sign"):
            return Binding(self._port, control, self.to, "relative", encoding=how)
        switch = self._row.curve == "toggle"
        modes = {"button": "" if switch else "momentary", "absolute": "absolute" if switch else ""}
        return Binding(self._port, control, self.to, modes[how]) if how in modes else None

    @property
    def doubts(self) -> bool:
        """Whether an endless knob has yet to be turned to the left."""
        values = self._values[self._chosen()] if self._port and self._row else []
        return speech(values) == LEFT

    def _chosen(self) -> Control:
        """Return the control that all of these messages were about."""
        for control, values in self._values.items():
            pair = Control(control.channel, "cc", control.number)
            whole = control.kind == "cc14" and len(values) > 1 and pair in self._values
            number = control.kind == "programs" and self._row  # a parameter takes the number
            if whole or number or control.kind == "nrpn":
                return control
        return next(iter(self._values))


def speech(values: Sequence[int]) -> str:
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
    small = {value for value in seen if value <= FEW}
    twos = seen - small <= set(range(128 - FEW, 128))
    sign = seen - small <= set(range(65, 65 + FEW))
    offset = seen <= set(range(64 - FEW, 65 + FEW))
    if not (twos or sign or offset):
        return "absolute"
    if 2 * len(seen) > len(values):  # one that tells its place seldom tells it twice
        return "absolute" if len(values) >= MOST else ""
    if offset:
        return "offset"
    return LEFT if seen == small else "twos" if twos else "sign"
