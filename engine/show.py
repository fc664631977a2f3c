"""The show: its rooms, and the one loop that serves them from the first frame to the last.

In: Options from the command line; actions, asked for from any thread. Out: what they do. Main
thread: window events, the panel, actions; everything that plays runs in the rooms' own threads
(ARCHITECTURE.md, Threads).
"""

from collections import deque
from collections.abc import Callable

from engine import clock, undo
from engine.actions import Actions
from engine.display.output import wait_events
from engine.figures import tell
from engine.history import History
from engine.messages import Messages
from engine.options import Options
from engine.parameters import ACTIONS, ParameterError
from engine.rooms import REFUSALS, Rooms

TICK = 1 / 30  # seconds of the main loop
A_TICK = 0.005  # seconds of a tick for actions: a flood of them must not starve the windows
WAITING = 10_000  # actions that may wait; further ones are refused
PANEL_REST = 0.08  # seconds that it rests at most: a button must answer the hand
PANEL_SHARE = 6  # the panel rests this many times as long as it was drawn


class Show(Rooms):
    """The rooms of one show, and what the performer asks of them; refuses what cannot start."""

    def __init__(self, options: Options, messages: Messages):
        self._asked: deque[tuple[str, str, float]] = deque()  # actions: name, argument, moment
        self._ended, self._panel_cost = False, 0.0
        self.history = History()
        super().__init__(options, messages, self.act)
        self._actions = Actions(self, self.opener)

    def run(self) -> None:
        """The show itself: serve the windows and the performer until someone ends it."""
        while not self._ended and not self.output.closed:
            try:
                self._tick()
            except Exception as fault:  # noqa: BLE001 - the guard that keeps the show alive
                self.messages.error("show", f"{type(fault).__name__}: {fault}")
                clock.sleep_until(clock.now() + TICK)

    def _tick(self) -> None:
        """Do what was asked for, then serve the windows: a fault of theirs holds up nothing."""
        until = clock.now() + A_TICK
        while self._asked and clock.now() < until:
            self._do(*self._asked.popleft())
        undo.note(self)
        self.cues.step()
        self._try("preset", self.autoplay.step)
        self.follow_settings()
        self.doors.keep_open(self.opener.do)
        self.tape.follow()
        if self.taking:
            self.taking.follow()
        if self.stage.first is not None and self.options.seconds is None:
            self.autosave.keep(self.state, clock.now())
        self._ended |= self._time_is_over()
        self._serve_windows()

    def act(self, name: str, argument: str = "") -> None:
        """Ask for an action of the table, from any thread; the main loop does it."""
        if name not in ACTIONS:
            raise ParameterError(f"{name!r}: no action of this name")
        if len(self._asked) >= WAITING:
            self.messages.error("show", f"too many actions at once: {name} is not done")
            return
        self._asked.append((name, argument, clock.now()))

    def _do(self, name: str, argument: str, moment: float) -> None:
        if self.replay and name.startswith("beat."):
            self.replay.beat_is_ours = True
        self._try(name.split(".")[0], self._actions(argument, moment)[name])

    def _try(self, room: str, work: Callable[[], None]) -> None:
        try:
            work()
        except REFUSALS as refusal:
            self.messages.error(room, str(refusal))

    def end(self) -> None:
        """End the show with this tick."""
        self._ended = True

    def _serve_windows(self) -> None:
        """Wait for a tick of the loop; windows are served meanwhile and the panel is drawn."""
        if self.panel is None:
            clock.sleep_until(clock.now() + TICK)
            return
        # Where the processor draws the panel, that must not cost the dream too much.
        wait_events(max(TICK, min(PANEL_SHARE * self._panel_cost, PANEL_REST)))
        if self.panel.closed:
            self._ended |= self.options.single
            self.panel.toggle()
        begun = clock.now()
        tell(self.status, self)
        self.panel.draw()
        self._panel_cost = clock.now() - begun

    def _time_is_over(self) -> bool:
        first, seconds = self.stage.first, self.options.seconds
        return None not in (first, seconds) and clock.now() - first >= seconds
