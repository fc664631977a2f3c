"""Opens files and devices beside the show, one after the other, in a patient thread.

In: work to do, from the main thread. Out: what it does; its failure as a line.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 4  # that are being opened, or wait for it; further ones are refused


class Opener:
    """A thread that begins with begin(), and error(room, text) hears of what fails."""

    def __init__(self, error: Callable[[str, str], None], begin: Callable[[], None]):
        self._error = error
        self._thread = ThreadPoolExecutor(1, "opener", begin)
        self._opening = 0

    def do(self, room: str, work: Callable[..., None], *arguments) -> bool:
        """Do `work` when those before it are done; return whether it will be."""

        def guarded() -> None:
            try:
                work(*arguments)
            except Exception as fault:  # noqa: BLE001 - the guard of this thread
                self._error(room, str(fault))
            finally:
                self._opening -= 1

        if self._opening >= AT_ONCE:
            self._error(room, "too much to open at once")
            return False
        self._opening += 1
        self._thread.submit(guarded)
        return True

    def stop(self) -> None:
        """Begin nothing more; what is being opened is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
