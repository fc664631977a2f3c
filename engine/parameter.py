"""One parameter of the table: its range, and how a fader's travel or a word becomes its value; one
action: what it does, and to what.

In: numbers, names of choices, places on a fader's travel. Out: values in the range, or a refusal.
Plain data, any thread.
"""

import sys
from dataclasses import dataclass

POWER = 3  # how much finer the travel of a power curve is near its beginning


class ParameterError(ValueError):
    """A parameter that does not exist, or a value that it cannot take."""


@dataclass(frozen=True)
class Parameter:
    """One row of the table; `curve` says how a fader's travel meets the range."""

    id: str
    min: float
    max: float
    default: float
    unit: str
    curve: str  # linear, power (fine near zero), integer, toggle, menu
    help: str
    choices: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The part of the id before the first dot."""
        return self.id.split(".")[0]

    @property
    def whole(self) -> bool:
        """Whether the value is rounded to a whole number."""
        return self.curve in ("integer", "toggle", "menu")

    @property
    def span(self) -> str:
        """Where the value may lie, to be read: "-2 to 2 1/s", "mirror, wrap, black"."""
        return ", ".join(self.choices) or f"{self.min:g} to {self.max:g} {self.unit}".rstrip()

    def written(self, value: float) -> str:
        """Return this value to be read: a choice's name, else the number."""
        return self.choices[int(value)] if self.choices else f"{value:g}"

    def clip(self, value: float) -> float:
        """Return `value` inside the range, rounded where the row counts whole numbers."""
        value = min(max(value, self.min), self.max)
        return float(round(value)) if self.whole else value

    def norm(self, value: float) -> float:
        """Return where on a fader's travel `value` lies, 0..1."""
        share = (value - self.min) / (self.max - self.min)
        return share ** (1 / POWER) if self.curve == "power" else share

    def from_norm(self, share: float) -> float:
        """Return the value at this share of a fader's travel (clipped to 0..1)."""
        share = min(max(share, 0.0), 1.0)
        share = share**POWER if self.curve == "power" else share
        return self.clip(self.min + share * (self.max - self.min))

    def read(self, value: object) -> float:
        """Turn a number, a bool or a choice's name into a value in range; ParameterError else."""
        if isinstance(value, str) and value in self.choices:
            return float(self.choices.index(value))
        if isinstance(value, (bool, int, float)) and abs(value) <= sys.float_info.max:
            return self.clip(float(value))
        allowed = " or ".join(self.choices) or f"a number from {self.min:g} to {self.max:g}"
        raise ParameterError(f"{self.id} = {value!r}: must be {allowed}")


@dataclass(frozen=True)
class Action:
    """One row of the table of actions; `takes` names its argument, if it takes one."""

    help: str
    takes: str = ""  # as the command line writes it
    least: float | None = None  # where a number may be the argument; less is a button's release
