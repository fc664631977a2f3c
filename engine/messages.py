"""Lines for the performer: each room says what happened, the panel and stderr show it once.

In: say(room, text), stand(room, lines) from any thread. Out: recent lines for the panel, all errors
for the stats, and the faults that still hold.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class Messages:
    """The last lines said, each room's line repeated only when it changes.

    echo(line) prints in a thread of its own: a console that is full or stopped holds up nobody.
    """

    def __init__(self, echo: Callable[[str], None] | None = None, keep: int = 50):
        self.lines: deque[str] = deque(maxlen=keep)
        self.errors: deque[str] = deque(maxlen=keep)
        self.faults: dict[str, str] = {}  # what still holds: a room, and its line
        self._last: dict[str, str] = {}
        self._echo = echo or (lambda line: None)
        self._unsaid: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._printer = threading.Thread(target=self._print, name="messages", daemon=True)
        self._printer.start()

    def say(self, room: str, text: str) -> None:
        """Show `text` as the newest line of `room`, unless it is what that room said last."""
        text = text.encode("utf-8", "replace").decode("utf-8")  # a file's name may be no text
        if self._last.get(room) == text:
            return
        self._last[room] = text
        self.lines.append(f"{room}: {text}")
        self._unsaid.put(self.lines[-1])

    def error(self, room: str, text: str) -> None:
        """Say `text` and keep it for the stats file."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        if self._last.get(room) != text:
            self.errors.append(f"{room}: {text}")
        self.say(room, text)

    def stand(self, room: str, *lines: str) -> None:
        """Say these errors, and keep the first in sight until this is called without any.

        The room calls it when it fails, and when it has recovered.
        """
        for line in lines:
            self.error(room, line)
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
