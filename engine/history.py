"""What was done, and the way back and forth again. Plain data; main thread.

In: the state, as often as the main loop has it: whoever moved it, by hand, key, OSC or preset.
Out: what to set for undo or redo.
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

REST = 0.5  # seconds without a change after which a drag is over
MOST = 200  # acts that are remembered
# A change of this name is an act of its own, however soon the next one follows. It has the whole
# look, whatever came by itself meanwhile, but not what lies beside it.
WHOLE, BESIDE = "preset", ("files", "slots", "network", "guide")


@dataclass
class Act:
    """What one act changed: the values before and after it, and when it last changed one."""

    before: dict[str, object]
    after: dict[str, object]
    moment: float


class History:
    """The acts until now; changes of the same names that follow each other soon are one act.

    Numbers of one group, as a lane's steps or the macros of a pad, count as the same name.
    """

    def __init__(self):
        self._state: dict[str, object] = {}
        self._done: deque[Act] = deque(maxlen=MOST)
        self._undone: list[Act] = []

    def note(
        self, state: Mapping[str, object], moment: float, carried: Collection[str] = ()
    ) -> None:
        """Take the state of now; names that come or go, or are `carried` along, are no change."""
        before, self._state = self._state, dict(state)
        changed = {id: v for id, v in state.items() if id in before and before[id] != v}
        changed = {id: v for id, v in changed.items() if id not in carried}
        if not changed:
            return
        self._undone.clear()
        if single := WHOLE in changed:
            fresh = {id: v for id, v in state.items() if id in changed or id not in BESIDE}
            fresh = {id: v for id, v in fresh.items() if id in before}
        else:
            fresh = self._extend(before, changed, moment)
        if fresh:
            old = {id: before[id] for id in fresh}
            self._done.append(Act(old, dict(fresh), float("-inf") if single else moment))

    def skip(self, state: Mapping[str, object]) -> None:
        """Take these values of now as those to which no act has led."""
        self._state |= state

    def undo(self) -> dict[str, object]:
        """Return the values from before the last act that are others now; none without an act."""
        return self._go(self._done, self._undone, lambda act: act.before)

    def redo(self) -> dict[str, object]:
        """Return the values of the act that was undone last that are others now; or none."""
        return self._go(self._undone, self._done, lambda act: act.after)

    def _extend(self, before, changed: dict[str, object], moment: float) -> dict[str, object]:
        """Let the acts that still go on grow; return what belongs to none of them."""
        fresh = dict(changed)
        for act in reversed(self._done):
            if moment - act.moment >= REST:
                continue
            strokes = {_stroke(id) for id in act.after}
            for id in [id for id in fresh if _stroke(id) in strokes]:
                act.before.setdefault(id, before[id])
                act.after[id], act.moment = fresh.pop(id), moment
        return fresh

    def _go(self, source, target, values) -> dict[str, object]:
        while source:
            act = source.pop()
            act.moment = float("-inf")
            news = {id: v for id, v in values(act).items() if self._state.get(id) != v}
            if news:  # else it led nowhere
                target.append(act)
                self._state |= news
                return news
        return {}


def _stroke(id: str) -> str:
    """Return what a hand moves in one stroke: all that are numbered alike, as a lane's steps."""
    group, _, number = id.rpartition(".")
    return group if number.isdecimal() else id
