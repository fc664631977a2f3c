"""What a take's head and lines hold, one table: every value is checked at the door.

In: plain data from JSON. Out: nothing, or a TakeError that names what is wrong. Any thread.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

SIDE = 8192  # pixels of a side, at most
Check = Callable[[Any], bool]


class TakeError(ValueError):
    """A take that cannot be written or read."""


def number(low: float = -1e15, high: float = 1e15) -> Check:
    """Return the check of a finite number from `low` to `high`."""
    return lambda v: type(v) in (int, float) and math.isfinite(v) and low <= v <= high


def count(low: int = 0, high: int = 10**12) -> Check:
    """Return the check of a whole number from `low` to `high`."""
    return lambda v: type(v) is int and low <= v <= high


def or_none(check: Check) -> Check:
    """Return the check of what may be missing."""
    return lambda v: v is None or check(v)


def row(*checks: Check) -> Check:
    """Return the check of a list of as many values."""
    return lambda v: (
        isinstance(v, list)
        and len(v) == len(checks)
        and all(check(each) for check, each in zip(checks, v, strict=True))
    )


def table(check: Check) -> Check:
    """Return the check of an object of such values."""
    return lambda v: isinstance(v, dict) and all(map(check, v.values()))


def has(**checks: Check) -> Check:
    """Return the check of an object that holds at least these."""
    return lambda v: isinstance(v, dict) and all(k in v and c(v[k]) for k, c in checks.items())


def is_text(value: Any) -> bool:
    """Whether it is text."""
    return isinstance(value, str)


def is_bool(value: Any) -> bool:
    """Whether it is true or false."""
    return isinstance(value, bool)


def is_list_of_objects(value: Any) -> bool:
    """Whether it is a list of objects."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


SIZE = row(count(1, SIDE), count(1, SIDE))
NUMBERS = table(number())
STEP = row(count(), number(0, 10), count())  # of the latent walk: seed, psi, number
BLEND = has(
    mappings=is_list_of_objects,
    leaving=is_list_of_objects,
    share=number(0, 1),
    solo=or_none(lambda v: isinstance(v, dict)),
)
HEAD = {
    "output": SIZE, "dream": SIZE, "fps": number(1, 240), "rate": number(1, 1000),
    "flashes": number(0.1, 100), "luck": count(), "waves": table(row(*[number()] * 3)),
    "state": has(degrees=number()),
}  # fmt: skip
PARTS = {"hand": NUMBERS, "set": NUMBERS, "signals": NUMBERS}  # of a tick: what has changed
KINDS = {  # what each line holds, or one of its kind before it
    "tick": {
        "t": number(), "ahead": number(-10, 10), "heard": or_none(number()), "shows": count(),
        "lead": row(is_text, number(1, 1e4), *[number()] * 4), "blend": BLEND, "step": count(),
    },
    "dream": {
        "number": count(), "after": count(), "seconds": number(0, 3600), "size": SIZE,
        "octaves": or_none(count(1, 12)), "iterations": or_none(count(1, 1000)),
        "latent": or_none(row(STEP, STEP)), "anew": is_bool, "threads": count(0, 1024),
        "beside": is_bool, "layers": NUMBERS, "network": is_text,
    },
    "sound": {
        "t": number(), "frames": count(0, 1 << 20), "file": count(), "rate": count(1000, 1 << 20),
        "source": count(), "settings": NUMBERS, "hearing": count(),
    },
    "network": {"path": is_text, "sha256": is_text, "after": count()},
    "guide": {"file": is_text},
    "preset": {"file": is_text, "name": is_text},
    "mark": {"t": number(), "name": is_text},
}  # fmt: skip


def verify(data: Mapping[str, Any], checks: Mapping[str, Check], where: str) -> None:
    """Raise TakeError where a value is not what these checks ask for; what is missing may be."""
    for name in checks.keys() & data.keys():
        if not checks[name](data[name]):
            raise TakeError(f"{where}: {name} = {data[name]!r:.60} cannot be")
