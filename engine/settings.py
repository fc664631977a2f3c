"""What the performer sets once, for all shows: how often it may flash, which key does what.

In: settings.toml of the performer's folder, read as a show begins. Out: plain values, and a line
for what is wrong in it, which leaves the usual one in force. Main thread.

    version = 1
    flashes = 10         # a second, at most; without this line 3. More can cause seizures.
    [keys]
    "Ctrl+B" = "output.dark"
    Q = "preset.load Reef"
    R = ""               # nothing
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import tomlfile
from engine.control.keyboard import KEYS, read_keys
from engine.display.flash import SAFE
from engine.parameters import Store

VERSION = 1
FILE = "settings.toml"
LEAST, MOST = 0.2, 30.0  # flashes a second


@dataclass(frozen=True)
class Settings:
    """The usual ones, where nothing else is said."""

    flashes: float = SAFE
    keys: Mapping[str, str] = field(default_factory=lambda: KEYS)


def read(folder: Path, store: Store, say: Callable[[str], None]) -> Settings:
    """Return what the file in `folder` says; the usual settings where it says nothing."""
    if not (folder / FILE).exists():
        return Settings()
    try:
        table = tomlfile.read(folder / FILE, VERSION)
    except tomlfile.TomlError as refusal:
        say(f"{refusal}: the usual settings are in force")
        return Settings()
    lines = [f"{key!r:.40}: unknown key" for key in table.keys() - {"version", "flashes", "keys"}]
    settings = Settings(_flashes(table, lines), _keys(table, store, lines))
    if settings.flashes > SAFE:
        lines.append(f"up to {settings.flashes:g} flashes a second can cause seizures")
    for line in lines:
        say(f"{FILE}: {line}")
    return settings


def _flashes(table: Mapping, lines: list[str]) -> float:
    number = table.get("flashes", SAFE)
    if not isinstance(number, bool) and isinstance(number, int | float) and LEAST <= number <= MOST:
        return float(number)
    lines.append(f"flashes = {number!r:.40}: must be a number from {LEAST:g} to {MOST:g}")
    return SAFE


def _keys(table: Mapping, store: Store, lines: list[str]) -> dict[str, str]:
    own = table.get("keys", {})
    if not isinstance(own, dict):
        lines.append("keys must be a table, as [keys]")
        own = {}
    keys, refused = read_keys(own, store)
    lines += refused
    return keys
