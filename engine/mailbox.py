"""Hands the newest value from one thread to another: one slot, never a queue (law 4).

In: put() from any thread. Out: take() from its one reader. Neither waits.
"""

from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """One slot that holds the newest value."""

    def __init__(self):
        self._slot: tuple[int, T | None] = (0, None)
        self._taken = 0

    def put(self, value: T) -> None:
        """Replace whatever lies in the slot."""
        self._slot = (self._slot[0] + 1, value)

    def take(self) -> T | None:
        """Return the newest value if it was not taken yet, else None (one reader only)."""
        number, value = self._slot
        if number == self._taken:
            return None
        self._taken = number
        return value
