"""The performer's midi.toml: followed while it is edited, changed by what is learned.

In: the file as it changes; edits from the MIDI thread. Out: its bindings, a line for what is
refused, the file. A thread of its own, for a disk that is slow must delay no note.
"""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from engine.control import bindings
from engine.control.bindings import Binding, BindingError
from engine.control.midi_messages import Control
from engine.mailbox import Mailbox
from engine.parameters import Store
from engine.tomlfile import Watched

LOOK = 1.0  # seconds between two looks whether the file has changed

Own = dict[tuple[str, Control], Binding]  # the performer's bindings by port and control
Edit = Callable[[Own], Own]


class BindingFile:
    """The bindings in the file at `path`, from start() to stop(); say(text) tells a line."""

    def __init__(self, path: Path, store: Store, say: Callable[[str], None]):
        self._file, self._store, self._say = Watched(path), store, say
        self._own: Own = {}
        self._newest: Mailbox[Own] = Mailbox()
        self._edits: deque[Edit] = deque()
        self._woken, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="midi file", daemon=True)

    def start(self) -> None:
        """Read the file, then follow it."""
        self._turn()
        self._thread.start()

    def stop(self) -> None:
        """Write what is to be written, and end the thread."""
        self._ended = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def news(self) -> Own | None:
        """Return the bindings if they may be others than at the last call; of one reader."""
        return self._newest.take()

    def change(self, edit: Edit) -> None:
        """Let `edit`, a pure function, be done to what the file holds by then."""
        self._edits.append(edit)
        self._woken.set()

    # From here on: its own thread.

    def _run(self) -> None:
        ended = False
        while not ended:
            self._woken.wait(LOOK)
            self._woken.clear()
            ended = self._ended
            self._turn()

    def _turn(self) -> None:
        try:
            self._follow()
        except Exception as fault:  # noqa: BLE001 - the thread's guard: MIDI plays on
            self._say(f"{self._file.path.name}: {type(fault).__name__}: {fault}")

    def _follow(self) -> None:
        read, edited = self._read(), bool(self._edits)
        while self._edits:
            self._own = self._edits.popleft()(self._own)
        if edited:
            self._write()
        if read or edited:
            self._newest.put(self._own)

    def _read(self) -> bool:
        """Read the file if it has changed; one that cannot be read changes nothing."""
        if not self._file.changed():
            return False
        try:
            own, lines = bindings.read(self._file.path, self._store)
        except BindingError as refusal:
            self._say(str(refusal))
            return False
        for line in lines:
            self._say(line)
        self._own = {(row.port, row.control): row for row in own}
        return True

    def _write(self) -> None:
        try:
            bindings.write(self._file.path, self._own.values(), self._store)
            self._file.changed()  # by us
        except BindingError as fault:
            self._say(str(fault))
