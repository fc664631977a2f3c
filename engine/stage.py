"""The stage: draws the wall at the display's rate, whatever the other threads do.

In: the newest dream, the signals, the hand's values. Out: frames on the output, the same frames
to the recorder, the effective values and the camera path for everybody. A thread of its own, and
the only one in which the output's OpenGL is current.
"""

import math
import threading
from collections.abc import Callable
from functools import partial

from engine import clock
from engine.camera import CameraPath, Picture
from engine.display.capture import Capture
from engine.display.grade import PLAIN, Grade
from engine.display.light import Light
from engine.display.output import Offscreen, Window
from engine.display.renderer import Renderer
from engine.display.still import Stills
from engine.mailbox import Mailbox
from engine.mapping import ChannelWalk, Mapper, Signals
from engine.parameters import SAFE_FLASHES, Snapshot, Store
from engine.recording.take import Take, Tick
from engine.recording.tape import DREAM, OUTPUT, Tape
from engine.stats import Times
from engine.steering import LONGEST, Steering

HEARD = "audio.level"  # whose age in the frame is the way from sound to picture
SETTLE = 0.1  # of a frame, by which the way from its beginning to the eye is learned
PAUSE = 0.1  # seconds after a frame that failed


class Stage:
    """A thread that draws on `output` from start() to stop()."""

    def __init__(
        self,
        output: Offscreen | Window,
        store: Store,
        signals: Signals,
        mapper: Mapper,
        beat: clock.Clock,
        path: CameraPath,
        pictures: Mailbox[Picture],
        tape: Tape,
        stand: Callable[..., None],
        walk: ChannelWalk | None = None,
        play: Callable[[float], None] = lambda now: None,
        flashes: float = SAFE_FLASHES,
    ):
        self.output = output
        self.intervals, self.latency = Times(), Times()
        self.ahead = 1 / output.rate  # seconds from a frame's beginning until it is seen
        self.first: float | None = None  # when the first dreamed frame was shown
        self._store, self._signals, self._mapper, self._beat = store, signals, mapper, beat
        self._path, self._pictures, self._tape, self._stand = path, pictures, tape, stand
        self._play = play  # hears of each frame's moment before the values are read
        self._interval = 0.0  # seconds of the newest dream
        self._came = math.inf  # when it came: before the first, nobody waits for a dream
        self.steering = Steering(store, signals, mapper, walk)
        self.take: Take | None = None
        self.light, self._before = Light(flashes), math.nan  # when the frame before began
        self.stills = Stills()
        self._ending = threading.Event()
        self._opened = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="stage", daemon=True)

    def start(self) -> None:
        """Begin to draw; DisplayError if OpenGL cannot be had."""
        self._thread.start()
        self._opened.wait()
        if self._failure:
            raise self._failure

    @property
    def is_on_card(self) -> bool:
        """Whether it takes pictures that are on the dream's card, once it draws."""
        return self._renderer.is_on_card

    def stop(self) -> None:
        """End the thread and let go of the output's OpenGL."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            context = self.output.open_context()
            self._renderer = Renderer(context, self.output.size)
            size = self.output.size
            self._captures = {source: Capture(context, size) for source in (OUTPUT, DREAM)}
            self.stills.open(context, size)
        except Exception as fault:  # noqa: BLE001 - handed to the main thread by start()
            self._failure = fault
            return
        finally:
            self._opened.set()
        fails = False
        while not self._ending.is_set():
            try:
                self._frame()
                if fails:
                    fails = False
                    self._stand()
            except Exception as fault:  # noqa: BLE001 - the guard that keeps the show alive
                fails = True
                self._stand(f"a frame failed, the last one stays: {type(fault).__name__}: {fault}")
                self._ending.wait(PAUSE)
        self.output.close_context()

    def _frame(self) -> None:
        now = clock.now()
        dt = 0.0 if math.isnan(self._before) else min(now - self._before, LONGEST)
        if self.first is not None:
            self.intervals.add(now - self._before)
        self._before = now
        ahead = self.ahead
        lead = self._beat.led(now + ahead)
        self._signals.publish(self._beat.signals(now + ahead, lead), now)
        self._play(now)
        if (picture := self._pictures.take()) is not None:
            self._renderer.upload(picture)
            self._interval, self._came = picture.seconds, now
        snapshot = self.steering.step(now, dt)
        heard = self.steering.signals.moment(HEARD)
        self._path.advance(snapshot, dt, max(self._interval, now - self._came))
        if self.take:
            shows = picture.number if picture else 0
            self.take.tick(self._tick(now, ahead, heard, shows, lead))
        shown, white = self.light.step(snapshot, now)
        self._renderer.draw(self.output.framebuffer, shown, self._path, now, white)
        self.output.present()
        self.ahead += SETTLE * (clock.now() - now - self.ahead)
        if heard is not None:
            self.latency.add(clock.now() - heard)
        if picture is not None and self.first is None:
            self.first = clock.now()
        if self.first is not None:
            self._record(snapshot, shown, white, now)
        fine = partial(self._renderer.fine, Grade.of(snapshot))
        self.stills.step(self.output.shown, fine, now)

    def _tick(
        self, now: float, ahead: float, heard: float | None, shows: int, lead: clock.Lead
    ) -> Tick:
        """Return what a take keeps of this frame."""
        steering, blend = self.steering, self._mapper.blend
        held, signals = self._store.by_hand(), steering.signals.all
        return Tick(
            self._path.steps, now, ahead, heard, shows, lead, steering.values, held, signals, blend
        )

    def _record(self, snapshot: Snapshot, shown: Snapshot, white: bool, now: float) -> None:
        """Give the recorders their pictures; what looks as it is shown is not drawn again."""
        asked, there = Grade.of(snapshot), Grade.of(shown)
        dark = (there != asked or white) and not snapshot["recording.blackout"]
        plain = there != PLAIN or white
        for source, other, grade in ((OUTPUT, dark, asked), (DREAM, plain, PLAIN)):
            wall = None if other else self.output.shown
            again = partial(self._renderer.again, grade)
            self._captures[source].step(self._tape.recorders.get(source), wall, again, now)
