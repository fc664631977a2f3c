"""The beat that the peers of an Ableton Link session share, as one of those who may lead.

In: tempo.link (off at first, for Link calls on the network), and what the peers agree on.
Out: lead("link", bpm, beat, moment, bar) 20 times a second while there are peers. A thread.
Link is an extra that the performer installs: its library is under the GPL.
"""

import importlib
import threading
from collections.abc import Callable

from engine import clock

PACKAGE = "LinkPython-extern==1.3.0"
PERIOD = 0.05  # seconds between two words


class LinkSession:
    """Takes part in Link while get("tempo.link") is on; follows its tempo and never sets it."""

    def __init__(
        self, get: Callable[[str], float], beat: clock.Clock, say: Callable[[str], None],
        stand: Callable[..., None] = lambda *lines: None,
    ):  # fmt: skip
        self._get, self._beat, self._say, self._stand = get, beat, say, stand
        self._link, self._peers, self._wanted = None, 0, False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Begin to look whether Link is wanted."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the session and end the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ending.wait(PERIOD):
            try:
                self._tick()
            except Exception as fault:  # noqa: BLE001 - the thread's guard: the show goes on
                self._stand(f"Ableton Link failed: {fault}")
                self._ending.wait(1)
        self._switch(False)

    def _tick(self) -> None:
        if (wanted := self._get("tempo.link") > 0) != self._wanted:
            self._wanted = wanted
            self._switch(wanted)
        peers = self._link.numPeers() if self._link else 0
        if peers != self._peers:
            self._peers = peers
            self._say(f"Ableton Link: {peers} beside us" if peers else "Ableton Link: nobody there")
        if peers:
            self._tell()
        else:
            self._beat.silence("link")

    def _switch(self, on: bool) -> None:
        """Join the session, or leave it."""
        if self._link:
            self._link.enabled = False
            self._link = None
        self._stand()
        if on:
            try:
                self._link = importlib.import_module("link").Link(self._get("tempo.fixed"))
            except ImportError:
                self._stand(f"Ableton Link is not installed: pip install {PACKAGE}, start again")
                return
            self._link.enabled = True

    def _tell(self) -> None:
        before = clock.now()
        there = self._link.clock().micros()
        moment = (before + clock.now()) / 2  # their clock and ours, read together
        state = self._link.captureSessionState()
        bpm, beats = state.tempo(), state.beatAtTime(there, clock.BEATS_A_BAR)
        start = moment - beats % 1 * 60 / bpm
        self._beat.lead("link", bpm, start, moment, int(beats // 1) % clock.BEATS_A_BAR)
