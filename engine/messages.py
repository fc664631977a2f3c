"""Lines for the performer: each room says what happened, the panel and stderr show it.

In: say(room, text), stand(room, lines) from any thread. Out: recent lines for the panel, all errors
for the stats, and the faults that still hold.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from engine import clock

QUIET = 2.0  # seconds after which a room's line may come again: it is another time that it happened


class Messages:
    """The last lines said; a line that its room says again and again is shown once.

    echo(line) prints in a thread of its own: a console that is full or stopped holds up nobody.
    """

    def __init__(self, echo: Callable[[str], None] | None = None, keep: int = 50):
        self.lines: deque[str] = deque(maxlen=keep)
        self.errors: deque[str] = deque(maxlen=keep)
        self.faults: dict[str, str] = {}  # what still holds: a room, and its line
        self._last: dict[str, tuple[str, float]] = {}  # a room's line, and when it came
        self._standing: dict[str, tuple[str, ...]] = {}
        self._echo = echo or (lambda line: None)
        self._unsaid: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._printer = threading.Thread(target=self._print, name="messages", daemon=True)
        self._printer.start()

    def say(self, room: str, text: str) -> None:
        """Show `text` as the newest line of `room`, unless that room goes on saying it."""
        self._show(room, text)

    def error(self, room: str, text: str) -> None:
        """Say `text` and keep it for the stats file."""
        if line := self._show(room, text):
            self.errors.append(line)

    def _show(self, room: str, text: str) -> str | None:
        """Show the line and return it; None if the room said the same just now."""
        text = text.encode("utf-8", "replace").decode("utf-8")  # a file's name may be no text
        before, moment = self._last.get(room, ("", 0.0))
        self._last[room] = text, clock.now()
        if before == text and clock.now() - moment < QUIET:
            return None
        line = f"{room}: {text}"
        self.lines.append(line)
        self._unsaid.put(line)
        return line

    def stand(self, room: str, *lines: str) -> None:
        """Say these errors, and keep the first in sight until this is called without any.

        The room calls it when it fails, and when it has recovered.
        """
        for line in lines:
            if line not in self._standing.get(room, ()):
                self.error(room, line)
        self._standing[room] = lines
        if lines:
            more = f" (and {len(lines) - 1} more, below)" * (len(lines) > 1)
            self.faults[room] = f"{room}: {lines[0]}{more}"
        else:
            self.faults.pop(room, None)

    def close(self) -> None:
        """Wait until the last line is printed, but not for long."""
        self._unsaid.put(None)
        self._printer.join(timeout=1)

    def _print(self) -> None:
        while (line := self._unsaid.get()) is not None:
            with suppress(OSError, ValueError):  # nobody reads: the panel still shows it
                self._echo(line)
