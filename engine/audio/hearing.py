"""Hands sound to the process that hears (analysis.py) and takes what it finds.

In: blocks by push(), which never waits, from the audio thread. Out: found(Found), in a thread of
its own; once the process has ended, `ended` says why.
"""

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from engine.audio.analysis import HEADER, READY, RECORD, SETTINGS, Found, unpack
from engine.audio.block import Block
from engine.audio.child import end, start
from engine.clock import now

WAITING = 3072  # frames on their way at most: a pipe of 16 pages takes them unread, two a page
START = 20.0  # seconds in which it must be ready, on a slow machine too
PATIENCE = 2.0  # seconds in which an answer must come


class Hearing:
    """One process that hears, from its start to its end."""

    def __init__(self, found: Callable[[Found], None]):
        self._found = found
        self._child = start("engine.audio.analysis", stderr=subprocess.PIPE)
        self._sent = self._taken = 0  # frames
        self._pushed: deque[tuple[int, float]] = deque()  # `_sent` with each block, and when
        self._errors: deque[bytes] = deque(maxlen=9)  # the last lines of stderr
        self._begun = now()
        self._ready = False
        self.seconds = 0.0  # from a block's coming to what it told, smoothed
        self.ended: str | None = None
        threading.Thread(target=self._listen, name="hearing", daemon=True).start()

    def push(self, block: Block, source: int, settings: Mapping[str, float]) -> bool:
        """Hand over a block of the source of this number; one too early or too many is dropped.

        Return whether it was handed over.
        """
        if not self._ready:
            if now() - self._begun > START:
                self.ended = self.ended or "it does not begin"
            return False
        if self._sent - self._taken > WAITING:
            if now() - self._pushed[-1][1] > PATIENCE:
                self.ended = self.ended or "it answers no more"
            return False
        self._sent += len(block.samples)
        self._pushed.append((self._sent, now()))
        header = HEADER.pack(
            block.moment, block.rate, len(block.samples), source, *(settings[x] for x in SETTINGS)
        )
        try:
            self._child.stdin.write(header + block.samples.tobytes())
            self._child.stdin.flush()
        except (OSError, ValueError):
            return False  # it has ended; its own thread says why
        return True

    def _listen(self) -> None:
        """Pass on what is found until the process ends; the guard that says why it did."""
        errors = threading.Thread(target=self._keep_errors, name="hearing errors", daemon=True)
        errors.start()
        try:
            self._ready = self._child.stdout.read(len(READY)) == READY
            while len(record := self._child.stdout.read(RECORD.size)) == RECORD.size:
                found, self._taken = unpack(record)
                while self._pushed[0][0] < self._taken:
                    self._pushed.popleft()
                self.seconds += 0.05 * (now() - self._pushed[0][1] - self.seconds)
                self._found(found)
            errors.join()
            lines = [line.decode(errors="replace").strip() for line in self._errors]
            self.ended = next(filter(None, reversed(lines)), "it was killed")
        except Exception as fault:  # noqa: BLE001 - close() has shut the pipes, or found() failed
            self.ended = f"{type(fault).__name__}: {fault}"

    def _keep_errors(self) -> None:
        """Read stderr as it comes: once its pipe is full, the process would wait for ever."""
        with suppress(ValueError):  # close() has shut the pipe
            self._errors.extend(self._child.stderr)

    def close(self) -> None:
        """End the process."""
        end(self._child)
