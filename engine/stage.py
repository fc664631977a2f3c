"""The stage: draws the wall at the display's rate, whatever the other threads do.

In: the newest dream, the signals, the hand's values. Out: frames on the output, the same frames
to the recorder, the effective values and the camera path for everybody. A thread of its own, and
the only one in which the output's OpenGL is current.
"""

import math
import threading
from collections.abc import Callable

from engine import clock
from engine.camera import CameraPath, Picture
from engine.display.blackout import Blackout
from engine.display.flash import SAFE, Flash
from engine.display.output import Offscreen, Window
from engine.display.readback import ReadBack
from engine.display.renderer import Renderer
from engine.display.still import Stills
from engine.mailbox import Mailbox
from engine.mapping import ChannelWalk, Mapper, Signals
from engine.parameters import MACROS, Store
from engine.recording.recorder import Recorder
from engine.recording.tape import Tape
from engine.stats import Times
from engine.wander import Wander

HEARD = "audio.level"  # whose age in the frame is the way from sound to picture
LONGEST = 0.25  # seconds that one frame may stand for: after a stall the show goes on, not jumps
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
        flashes: float = SAFE,
    ):
        self.output = output
        self.intervals, self.latency = Times(), Times()
        self.ahead = 1 / output.rate  # seconds from a frame's beginning until it is seen
        self.first: float | None = None  # when the first dreamed frame was shown
        self._store, self._signals, self._mapper, self._beat = store, signals, mapper, beat
        self._path, self._pictures, self._tape, self._stand = path, pictures, tape, stand
        self._play = play  # hears of each frame's moment before the values are read
        self._recording: Recorder | None = None
        self._interval = 0.0  # seconds of the newest dream
        self._came = math.inf  # when it came: before the first, nobody waits for a dream
        self.walk, self.blackout, self._before = walk or ChannelWalk(), Blackout(), clock.now()
        self.stills = Stills()
        self._wander, self.flash = Wander(), Flash(flashes)
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

    def stop(self) -> None:
        """End the thread and let go of the output's OpenGL."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            context = self.output.open_context()
            self._renderer = Renderer(context, self.output.size)
            self._readback = ReadBack(context, self.output.size)
            self._fetching = ReadBack(context, self.output.size)  # of stills
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
        dt = min(now - self._before, LONGEST)
        if self.first is not None:
            self.intervals.add(now - self._before)
        self._before = now
        macros = {id: self._store.effective(id) for id in MACROS}
        self._signals.publish(self._beat.signals(now + self.ahead) | macros, now)
        self._play(now)
        sums = self._mapper.step(self._signals, dt)
        strays = self._wander.step(self._store, sums, dt)
        walks = self.walk.step(self._signals, self._store, sums, dt)
        for id, by in (*strays.items(), *walks.items()):
            sums[id] = sums.get(id, 0.0) + by
        self._store.apply(sums)
        snapshot = self._store.snapshot()
        heard = self._signals.moment(HEARD)
        if (picture := self._pictures.take()) is not None:
            self._renderer.upload(picture)
            self._interval, self._came = picture.seconds, now
        self._path.advance(snapshot, dt, max(self._interval, now - self._came))
        dark, fade = bool(snapshot["output.blackout"]), snapshot["output.blackout_fade"]
        bright = self.blackout.light(dark, fade, now) * snapshot["output.brightness"]
        held, strobe = bool(snapshot["output.flash"]), bool(snapshot["output.strobe"])
        bright, white = self.flash.light(bright, held, strobe, snapshot["output.strobe_rate"], now)
        hue = self.flash.hue(snapshot["output.hue"], now)
        shown = snapshot | {"output.brightness": bright, "output.hue": hue}
        self._renderer.draw(self.output.framebuffer, shown, self._path, now, white)
        self.output.present()
        self.ahead += SETTLE * (clock.now() - now - self.ahead)
        if heard is not None:
            self.latency.add(clock.now() - heard)
        if picture is not None and self.first is None:
            self.first = clock.now()
        self._record(now)
        self.stills.step(self._fetching, self.output.shown, now)

    def _record(self, now: float) -> None:
        recorder = self._tape.recorder
        if recorder is not self._recording:
            self._recording = recorder
            self._readback.last()  # a frame of the recording before
        if recorder is None or self.first is None or not recorder.due(now):
            return
        if (frame := self._readback.read(self.output.shown, now)) is not None:
            recorder.frame(*frame)
