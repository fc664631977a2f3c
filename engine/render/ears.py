"""Hears a take's sound again: the same signals, to the bit, at the same moments.

In: each sound line of a score, with its samples. Out: the signals that were the newest at a display
frame. Plain state, no thread.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.audio.analysis import SETTINGS, Analysis
from engine.audio.block import Block
from engine.audio.features import SILENT

NEAR = 1e-6  # seconds by which two moments are the same
LATE = 0.1  # seconds beyond any sound that is known: then the source was lost, and it was silent


class Ears:
    """What the process that hears was given, and what it told."""

    def __init__(self):
        self._hearing = 0
        self._told: deque[tuple[float, dict[str, float]]] = deque()
        self._newest: tuple[float, dict[str, float]] = -np.inf, {}

    def hear(self, line: Mapping[str, Any], samples: np.ndarray) -> None:
        """Hear a block as it was heard then, if it was."""
        if not line["hearing"]:
            return
        if line["hearing"] != self._hearing:
            self._hearing, self._analysis = line["hearing"], Analysis()
        block = Block(samples, line["rate"], line["t"])
        settings = {id: line["settings"].get(id, 0.0) for id in SETTINGS}
        for found in self._analysis.push(block, line["source"], settings):
            self._told.append((found.moment, found.values))

    def at(self, heard: float | None, offset: float) -> Mapping[str, float]:
        """Return the signals of the sound at `heard`, told `offset` seconds later."""
        if heard is None:
            return {}
        while self._told and self._told[0][0] + offset <= heard + NEAR:
            self._newest = self._told.popleft()
        return SILENT if heard > self._newest[0] + offset + LATE else self._newest[1]
