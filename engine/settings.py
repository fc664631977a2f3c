"""What the performer sets once, for all shows: flashes, who is told by OSC, which key does what.

In: settings.toml of the performer's folder, read again when it changes. Out: plain values; a line
for what is wrong in it, which leaves the usual one in force and stands until it is right. Main
thread.

    version = 1
    flashes = 10         # a second, at most; without this line 3. More can cause seizures.
    receivers = ["192.168.1.20:9010"]  # that OSC tells every change and what the music does
    [keys]
    "Ctrl+B" = "output.dark"
    Q = "preset.load Reef"
    R = ""               # nothing
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import tomlfile
from engine.control.keyboard import KEYS, read_keys
from engine.parameters import SAFE_FLASHES, Store
from engine.tomlfile import Watched

VERSION = 1
FILE = "settings.toml"
LEAST, MOST = 0.2, 30.0  # flashes a second
RECEIVERS = 16


@dataclass(frozen=True)
class Settings:
    """The usual ones, where nothing else is said."""

    flashes: float = SAFE_FLASHES
    keys: Mapping[str, str] = field(default_factory=lambda: KEYS)
    receivers: tuple[tuple[str, int], ...] = ()  # IPv4 address, port


class Followed:
    """The settings in `folder`: those `now` in force, whoever edits the file meanwhile.

    say(line) hears of what should be known, stand(*lines) of all that is wrong in the file.
    """

    def __init__(
        self, folder: Path, store: Store, say: Callable[[str], None], stand: Callable[..., None]
    ):
        self._file, self._store, self._say, self._stand = Watched(folder / FILE), store, say, stand
        self.now = Settings()
        self.follow()

    def follow(self) -> bool:
        """Read the file again if it has changed and can be; return whether that was so."""
        if not self._file.changed():
            return False
        try:
            table = tomlfile.read(self._file.path, VERSION)
        except tomlfile.TomlError as refusal:
            self._stand(f"{refusal}: the settings stay as they were")
            return False
        self.now, lines = settings_of(table, self._store)
        self._stand(*(f"{FILE}: {line}" for line in lines))
        if self.now.flashes > SAFE_FLASHES:
            self._say(f"up to {self.now.flashes:g} flashes a second can cause seizures")
        return True


def settings_of(table: Mapping, store: Store) -> tuple[Settings, list[str]]:
    """Return what a file's table says, and a line for what is wrong in it."""
    strange = tomlfile.unknown(table, ("version", "flashes", "receivers", "keys"))
    lines = [strange] if strange else []
    flashes, receivers = _flashes(table, lines), _receivers(table, lines)
    return Settings(flashes, _keys(table, store, lines), receivers), lines


def _flashes(table: Mapping, lines: list[str]) -> float:
    number = table.get("flashes", SAFE_FLASHES)
    if not isinstance(number, bool) and isinstance(number, int | float) and LEAST <= number <= MOST:
        return float(number)
    lines.append(f"flashes = {number!r:.40}: must be a number from {LEAST:g} to {MOST:g}")
    return SAFE_FLASHES


def _receivers(table: Mapping, lines: list[str]) -> tuple[tuple[str, int], ...]:
    listed, found = table.get("receivers", []), []
    if not isinstance(listed, list) or len(listed) > RECEIVERS:
        lines.append(f"receivers must be a list of at most {RECEIVERS} addresses")
        return ()
    for text in listed:
        host, _, port = str(text).rpartition(":")
        try:
            found.append((str(ipaddress.IPv4Address(host)), int(port)))
            if not 0 < found[-1][1] < 65536:
                raise ValueError(port)
        except ValueError:
            lines.append(f"receivers: {text!r:.40}: must be as 192.168.1.20:9010")
            return ()
    return tuple(found)


def _keys(table: Mapping, store: Store, lines: list[str]) -> dict[str, str]:
    own = table.get("keys", {})
    if not isinstance(own, dict):
        lines.append("keys must be a table, as [keys]")
        own = {}
    keys, refused = read_keys(own, store)
    lines += refused
    return keys
