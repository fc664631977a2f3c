"""What a controller's rings, lamps and pads show: the values of what is bound to it.

In: bindings, the store, what an action's lamp shows. Out: the messages that are news to the
device. MIDI thread, about 30 times a second. A knob or fader that is being moved is not told
where it is: it would fight the hand.
"""

from collections.abc import Callable, Iterable, Mapping

from mido import Message

from engine.control.bindings import Binding
from engine.control.midi_messages import Control, Move
from engine.parameters import ACTIONS, ParameterError, Store

HAND = 0.4  # seconds after its last move in which a control counts as being moved


class Lamps:
    """What the lamps of one port were told last.

    shown(action, argument) returns 0..1 for an action's lamp, None for one that does nothing.
    """

    def __init__(self, store: Store, shown: Callable[[str, str], float | None]):
        self._store, self._shown = store, shown
        self._told: dict[Control, int] = {}

    def news(
        self, bindings: Iterable[Binding], moved: Mapping[Control, float], now: float
    ) -> list[Message]:
        """Return the messages for every lamp that shows something else than its value.

        moved: when each control was last moved by hand [s].
        """
        messages = []
        for binding in bindings:
            lamp, value = binding.shows_on, self._value(binding)
            if lamp is None or value is None or self._told.get(lamp) == value:
                continue
            if not (self._held(binding) and now - moved.get(binding.control, -HAND) < HAND):
                self._told[lamp] = value
                messages += say(lamp, value)
        return messages

    def moved(self, move: Move) -> None:
        """Take what a control has told of itself: it need not be told that."""
        self._told[move.control] = move.value

    def dark(self, bindings: Iterable[Binding]) -> list[Message]:
        """Return the messages that put out what the bindings have lit."""
        lit = {lamp for row in bindings if (lamp := row.shows_on) and self._told.pop(lamp, 0)}
        return [message for lamp in sorted(lit, key=str) for message in say(lamp, 0)]

    def _held(self, binding: Binding) -> bool:
        """Whether a hand holds this control at a value, as no button is held."""
        if binding.target in ACTIONS:
            return False
        return binding.way(self._store.row(binding.target)) in ("absolute", "relative")

    def _value(self, binding: Binding) -> int | None:
        """Return what the binding's lamp should be told, None for a row that is gone."""
        if binding.target in ACTIONS:
            share = self._shown(binding.target, binding.argument)
            if share is None:
                return 0  # nothing there that could be asked for
        else:
            try:
                row = self._store.row(binding.target)
                share = row.norm(self._store.get(row.id))
            except ParameterError:
                return None
        top = binding.on or (binding.shows_on.top if binding.shows_on else 0)
        return round(binding.off + share * (top - binding.off))


def say(lamp: Control, value: int) -> list[Message]:
    """Return the messages that tell a control of the device its value."""
    channel, number, kind = lamp.channel - 1, lamp.number, lamp.kind

    def change(pairs: Iterable[tuple[int, int]]) -> list[Message]:
        return [
            Message("control_change", channel=channel, control=control, value=part)
            for control, part in pairs
        ]

    coarse, fine = divmod(value, 128)
    if kind == "note":
        return [Message("note_on", channel=channel, note=number, velocity=value)]
    if kind == "bend":
        return [Message("pitchwheel", channel=channel, pitch=value - 8192)]
    if kind == "cc14":
        return change([(number, coarse), (number + 32, fine)])
    if kind == "nrpn":
        chosen = divmod(number, 128)
        return change([(99, chosen[0]), (98, chosen[1]), (6, coarse), (38, fine)])
    return change([(number, value)])
