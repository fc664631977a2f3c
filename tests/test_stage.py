"""The stage without a screen: clock time whatever the frame rate, recordings, and no end."""

import math
import threading
import time
from itertools import pairwise

import av
import numpy as np
import pytest
from waiting import until

from engine import clock
from engine.camera import CameraPath, Picture
from engine.display.output import DisplayError, Offscreen
from engine.mailbox import Mailbox
from engine.mapping import Mapper, Mapping, Signals
from engine.messages import Messages
from engine.parameters import Store
from engine.recording.tape import Tape
from engine.stage import Stage

SIZE = (96, 64)
STILL = ("zoom", "rotation", "x", "y", "center_x", "center_y")


class House:
    """All that a stage is joined to, and the stage itself; nothing moves until it is asked to."""

    def __init__(self, folder, rate=60.0, mappings=(), output=Offscreen):
        self.output, self.store, self.signals = output(SIZE, rate), Store(), Signals()
        self.mapper, self.path, self.pictures = Mapper(mappings), CameraPath(), Mailbox()
        self.messages, said = Messages(), []
        for name in STILL:
            self.store.set(f"motion.{name}", 0)
        self.tape = Tape(SIZE, 30, folder / "set.mp4", folder, self.store, said.append, self.say)
        self.stage = Stage(
            self.output, self.store, self.signals, self.mapper, clock.Clock(), self.path,
            self.pictures, self.tape, self.say,
        )  # fmt: skip

    def say(self, *lines):
        self.messages.stand("stage", *lines)

    def show(self, pixels, number=1, seconds=0.05):
        self.pictures.put(Picture(pixels, self.path.mark(), seconds, number))

    def record(self, on):
        self.store.set("recording.on", on)
        self.tape.follow()


@pytest.fixture
def house(tmp_path):
    """Opens houses: house(...) -> a House whose stage draws."""
    opened = []

    def make(**kind):
        opened.append(House(tmp_path, **kind))
        opened[-1].stage.start()
        return opened[-1]

    yield make
    for one in opened:
        one.stage.stop()
        one.tape.end()
        one.tape.close()


def two_halves(top, bottom, size=(48, 32)):
    """Return pixels of one colour above, one below."""
    pixels = np.full((size[1], size[0], 4), 255, np.uint8)
    pixels[: size[1] // 2, :, :3] = top
    pixels[size[1] // 2 :, :, :3] = bottom
    return pixels


class Watched(Offscreen):
    """An output that notes when each frame is seen."""

    def __init__(self, *kind):
        super().__init__(*kind)
        self.seen = []

    def present(self):
        super().present()
        self.seen.append(clock.now())


@pytest.mark.parametrize("rate", [12, 50])
def test_a_frame_shows_the_beat_of_the_moment_when_it_is_seen(house, rate):
    one = house(rate=rate, output=Watched)
    told, publish = [], one.signals.publish

    def listen(values, moment):
        publish(values, moment)
        told.extend([values] * ("beat.phase" in values))

    one.signals.publish = listen
    until(lambda: len(one.output.seen) > 1.5 * rate)
    one.stage.stop()
    beat, frames = one.stage._beat, min(len(told), len(one.output.seen))
    first = len(one.output.seen) - len(told)  # frames before this test listened
    off = [
        (told[k]["beat.phase"] - beat.at(one.output.seen[k + first]) + 0.5) % 1 - 0.5
        for k in range(rate // 2, frames - 1)
    ]
    assert abs(np.median(off)) / 2 < 0.1 / rate  # of a frame; a beat lasts half a second


@pytest.mark.parametrize("rate", [12, 50])
def test_the_view_and_the_mappings_go_by_the_clock_whatever_the_frame_rate(house, rate):
    """A second and a half of zoom, rotation, and of a mapping's slow rise."""
    slow = Mapping("hand", "output.brightness", 0.8, attack=1.0)
    there = house(rate=rate, mappings=[slow])
    until(lambda: there.signals.all().get("bar.phase") is not None)
    there.store.set("output.brightness", 0)
    there.store.set("motion.zoom", 0.5)
    there.store.set("motion.rotation", 30)
    there.signals.publish({"hand": 1.0}, clock.now())
    place, begun = there.path.mark(), clock.now()
    time.sleep(1.5)
    since, risen, elapsed = (
        there.path.since(place), there.store.snapshot(), clock.now() - begun,
    )  # fmt: skip
    grown = 1 / math.hypot(since[0, 0], since[1, 0])
    assert grown == pytest.approx(math.exp(0.5 * elapsed), rel=0.1)
    turned = math.degrees(math.atan2(since[1, 0], since[0, 0]))
    assert turned == pytest.approx(30 * elapsed, rel=0.15)
    expected = 0.8 * (1 - math.exp(-elapsed))
    assert risen["output.brightness"] == pytest.approx(expected, rel=0.1)


def speed(there):
    """Return how fast the view flies in, as a share of the zoom that is asked for."""
    place, begun = there.path.mark(), clock.now()
    time.sleep(0.2)
    grown = 1 / there.path.since(place)[0, 0]
    return math.log(grown) / (clock.now() - begun) / there.store.get("motion.zoom")


def test_the_view_slows_down_for_a_dream_that_does_not_come(house):
    there = house()
    there.store.set("motion.zoom", 0.5)
    time.sleep(0.5)
    assert speed(there) > 0.75  # the first dream is still to come: nobody sees it stall
    there.show(two_halves((99,) * 3, (99,) * 3))
    until(lambda: speed(there) < 0.5)


def test_the_view_goes_by_the_seconds_that_each_picture_took(house):
    there, grey = house(), two_halves((99,) * 3, (99,) * 3)
    there.store.set("motion.zoom", 0.5)
    until(lambda: there.show(grey, seconds=1.0) or speed(there) < 0.5)
    until(lambda: there.show(grey, seconds=0.05) or speed(there) > 0.75)


def test_the_effective_values_are_published_and_the_hands_stay(house):
    there = house(mappings=[Mapping("audio.bass", "motion.rotation", 50)])
    there.store.set("motion.rotation", 4)
    for level in (1.0, 0.5, 0.0):
        there.signals.publish({"audio.bass": level}, clock.now())
        value = 4 + 50 * level
        until(lambda value=value: there.store.snapshot()["motion.rotation"] == value)
    assert there.store.get("motion.rotation") == 4


def test_the_beat_is_published_as_a_signal(house):
    there = house()
    until(lambda: "beat.phase" in there.signals.all())
    assert there.signals.all()["tempo.bpm"] == 120
    count = there.signals.read("beat.count")
    until(lambda: there.signals.read("beat.count") >= count + 2, within=5)


def test_frames_reach_the_recording_from_the_first_dream_on_top_row_first(house):
    there = house()
    there.record(True)
    time.sleep(0.3)
    assert there.tape.seconds == 0
    assert there.stage.first is None
    there.show(two_halves((200, 40, 40), (40, 40, 200)))
    until(lambda: there.stage.first is not None)
    begun = clock.now()
    time.sleep(1.0)
    there.record(False)
    elapsed = clock.now() - begun
    (report,) = there.tape.close()
    with av.open(str(report.path)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) == report.frames == pytest.approx(30 * elapsed, abs=10)
    for frame in frames:
        assert np.abs(frame[8:24].mean((0, 1)) - (200, 40, 40)).max() < 12
        assert np.abs(frame[40:56].mean((0, 1)) - (40, 40, 200)).max() < 12
    assert not there.messages.errors


def test_no_frame_of_the_recording_before_begins_the_next(house):
    there, red, blue = house(), (200, 40, 40), (40, 40, 200)
    there.show(two_halves(red, red))
    until(lambda: there.stage.first is not None)
    there.record(True)
    until(lambda: there.tape.seconds > 0.3)
    there.record(False)
    for number in (2, 3):
        there.show(two_halves(blue, blue), number)
        time.sleep(0.4)
    there.record(True)
    until(lambda: there.tape.seconds > 0.3)
    there.record(False)
    for report, colour in zip(there.tape.close(), (red, blue), strict=True):
        with av.open(str(report.path)) as file:
            first = next(file.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(first.mean((0, 1)) - colour).max() < 12


def test_a_frame_that_fails_is_said_once_and_the_stage_goes_on(house):
    there, broken = house(), np.zeros((32, 48, 3), np.uint8)  # no picture: alpha is missing
    for number in range(3):
        there.show(broken, number)
        until(lambda: there.pictures._taken == there.pictures._slot[0])
        time.sleep(0.15)
    until(lambda: there.messages.errors)
    there.show(two_halves((250, 250, 250), (250, 250, 250)), 9)
    until(lambda: there.stage.first is not None)
    count = there.stage.intervals.count
    until(lambda: there.stage.intervals.count > count + 5)
    (said,) = there.messages.errors
    assert said.startswith("stage: a frame failed, ")
    until(lambda: not there.messages.faults)  # it draws again


def test_intervals_are_counted_from_the_first_dream_on(house):
    there = house(rate=50.0)
    time.sleep(0.3)
    assert there.stage.intervals.count == 0
    there.show(two_halves((9, 9, 9), (9, 9, 9)))
    until(lambda: there.stage.intervals.count > 30)
    assert there.stage.intervals.percentile(50) == pytest.approx(20, abs=10)


class NoOpenGL(Offscreen):
    def open_context(self):
        raise DisplayError("no OpenGL 3.3 here")


def test_where_there_is_no_opengl_the_show_hears_of_it(tmp_path):
    there = House(tmp_path, output=NoOpenGL)
    with pytest.raises(DisplayError, match=r"no OpenGL 3\.3 here"):
        there.stage.start()
    there.stage.stop()


def test_stop_ends_the_thread_and_lets_go_of_opengl(house):
    there = house()
    there.show(two_halves((9, 9, 9), (9, 9, 9)))
    until(lambda: there.stage.first is not None)
    there.stage.stop()
    assert "stage" not in {thread.name for thread in threading.enumerate()}
    assert there.output.texture == 0
    assert not there.messages.errors


def test_a_blackout_fades_on_the_wall_by_the_clock(house):
    there, white = house(output=Watched), two_halves((250,) * 3, (250,) * 3)
    there.store.set("output.blackout_fade", 0.6)
    there.show(white)
    until(lambda: there.stage.first is not None)
    there.store.set("output.blackout", 1)
    begun, lights = clock.now(), []
    there.stage.light.flash.most = 1000  # every step of a fade is shown
    draw = there.stage._renderer.draw
    there.stage._renderer.draw = lambda *a: (lights.append((a[3], bright(a))), draw(*a))
    until(lambda: lights and lights[-1][1] == 0)
    assert lights[-1][0] - begun >= 0.5
    for (earlier, light), (later, darker) in pairwise(lights):
        assert light - darker <= (later - earlier) / 0.6 + 1e-6
    assert not there.messages.errors


def bright(arguments):
    """Return the brightness that the renderer is asked for."""
    return arguments[1]["output.brightness"]


@pytest.mark.parametrize(
    ("id", "amount"),
    [
        ("output.brightness", -0.9),
        ("output.black", 0.9),
        ("output.blackout", 1.0),
        ("output.hue", 90.0),
        ("output.saturation", -1.0),
        ("output.tint", 1.0),
        ("output.tint_hue", 90.0),
    ],
)
def test_a_fast_mapping_turns_the_whole_wall_three_times_a_second_at_most(house, id, amount):
    seen = "output.brightness" if id == "output.blackout" else id
    there = house(mappings=[Mapping("fast", id, amount)])
    there.store.set("output.blackout_fade", 0)
    there.show(two_halves((90,) * 3, (90,) * 3))
    until(lambda: there.stage.first is not None)
    shown, draw, signals = [], there.stage._renderer.draw, there.signals

    def note(target, snapshot, path, now, white):
        signals.publish({"fast": float(now * 20 % 2 < 1)}, now)
        shown.append((now, snapshot[seen]))
        draw(target, snapshot, path, now, white)

    there.stage._renderer.draw = note
    until(lambda: shown and shown[-1][0] > shown[0][0] + 2.5)
    there.stage.stop()
    turns = pairwise(shown)
    moments = [later[0] for earlier, later in turns if abs(later[1] - earlier[1]) > abs(amount) / 2]
    assert len(moments) > 6
    assert all(c - a > 1 / 3 - 1e-6 for a, c in zip(moments, moments[2:], strict=False))
    assert not there.messages.errors


def test_the_wall_flashes_while_the_flash_is_held(house):
    there = house()
    there.show(two_halves((90,) * 3, (90,) * 3))
    until(lambda: there.stage.first is not None)
    asked = []
    draw = there.stage._renderer.draw
    there.stage._renderer.draw = lambda *a: (asked.append(a[4]), draw(*a))
    there.store.set("output.flash", 1)
    until(lambda: asked and asked[-1])
    there.store.set("output.flash", 0)
    until(lambda: not asked[-1])
    assert not there.messages.errors


def test_a_macro_moves_what_is_mapped_to_it_and_may_be_moved_itself(house):
    one = house(
        mappings=[
            Mapping("tempo.confidence", "macro.1", 0.5),
            Mapping("macro.1", "motion.zoom", 1.0),
            Mapping("macro.2", "motion.x", 1.0),
        ]
    )
    one.store.set("macro.2", 0.25)
    until(lambda: one.store.effective("motion.x") == pytest.approx(0.25))
    until(lambda: one.store.effective("motion.zoom") == pytest.approx(0.5))
    assert one.store.get("motion.zoom") == 0
