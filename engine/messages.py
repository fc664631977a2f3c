"""Lines for the performer: each room says what happened, the panel and stderr show it once.

In: say(room, text) from any thread. Out: recent lines for the panel, all errors for the stats.
"""

from collections import deque
from collections.abc import Callable


class Messages:
    """The last lines said, each room's line repeated only when it changes."""

    def __init__(self, echo: Callable[[str], None] | None = None, keep: int = 50):
        self.lines: deque[str] = deque(maxlen=keep)
        self.errors: deque[str] = deque(maxlen=keep)
        self._last: dict[str, str] = {}
        self._echo = echo or (lambda line: None)

    def say(self, room: str, text: str) -> None:
        """Show `text` as the newest line of `room`, unless it is what that room said last."""
        if self._last.get(room) == text:
            return
        self._last[room] = text
        self.lines.append(f"{room}: {text}")
        self._echo(self.lines[-1])

    def error(self, room: str, text: str) -> None:
        """Say `text` and keep it for the stats file."""
        if self._last.get(room) != text:
            self.errors.append(f"{room}: {text}")
        self.say(room, text)
