"""Opens files and devices beside the show, one after the other, in a patient thread.

In: work to do, from the main thread. Out: what it does; its failure as a line.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue

AT_ONCE = 4  # that wait to be opened; further ones are refused


class Opener:
    """A thread that begins with begin(), and error(room, text) hears of what fails.

    What it opens when the show ends is not waited for: a folder far away may never answer.
    """

    def __init__(self, error: Callable[[str, str], None], begin: Callable[[], None]):
        self._error = error
        self._work: Queue[Callable[[], None]] = Queue(AT_ONCE)
        self._ending = threading.Event()
        threading.Thread(target=self._run, args=(begin,), name="opener", daemon=True).start()

    def do(self, room: str, work: Callable[..., None], *arguments) -> bool:
        """Do `work` when those before it are done; return whether it will be."""

        def guarded() -> None:
            try:
                work(*arguments)
            except Exception as fault:  # noqa: BLE001 - the guard of this thread
                self._error(room, str(fault))

        try:
            self._work.put_nowait(guarded)
        except Full:
            self._error(room, "too much to open at once")
            return False
        return True

    def stop(self) -> None:
        """Begin nothing more; what is being opened is not waited for."""
        self._ending.set()
        with suppress(Full):  # then it is awake
            self._work.put_nowait(lambda: None)

    def _run(self, begin: Callable[[], None]) -> None:
        begin()
        while not self._ending.is_set():
            self._work.get()()
            self._work.task_done()
