import os
import subprocess
import sys
import threading
import time

import glfw
import numpy as np
import pytest
import screens
from frames import picture, pixels_of
from PIL import Image

from engine import clock
from engine.camera import CameraPath
from engine.display import output as outputs
from engine.display.output import DisplayError, Offscreen, Window
from engine.display.renderer import Renderer
from engine.parameters import Store


def in_stage(work):
    """Run `work()` in a thread of its own, as the stage is; return what it returned."""
    result = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    while thread.is_alive():
        if glfw.get_current_context() is None:
            glfw.poll_events()
        time.sleep(0.005)
    assert result, "the stage thread failed"
    return result[0]


def show(output, pixels, frames=3):
    """Draw `pixels` a few times; return the finished picture."""
    context = output.open_context()
    renderer = Renderer(context, output.size)
    renderer.upload(picture(pixels))
    for frame in range(frames):
        renderer.draw(output.framebuffer, Store().snapshot(), CameraPath(), frame / 60)
        output.present()
    finished = pixels_of(output.shown)
    output.close_context()
    return finished


def wait_until(condition):
    for _ in range(200):
        if condition():
            return
        outputs.wait_events(0.02)
    pytest.fail("it did not happen within 4 seconds")


@pytest.fixture
def window(windows):
    window = Window((320, 180), "output of a test")
    yield window
    window.close()


def test_window_and_offscreen_show_the_same_pixels(window, dream):
    offscreen = Offscreen((320, 180), rate=1000)
    pixels = dream(228, 128)
    assert (
        in_stage(lambda: show(offscreen, pixels)) == in_stage(lambda: show(window, pixels))
    ).all()


def test_what_is_drawn_is_seen_in_the_window_upright(window, dream, tmp_path):
    outputs.wait_events(0.1)
    finished = in_stage(lambda: show(window, dream(228, 128)))
    seen = screens.seen(window.handle, tmp_path / "screen.png")
    assert np.abs(seen.astype(int) - finished[..., :3]).max() <= 1


def test_a_resized_window_is_covered_while_the_picture_keeps_its_size(window, dream, tmp_path):
    glfw.set_window_size(window.handle, 640, 480)
    outputs.wait_events(0.3)
    finished = in_stage(lambda: show(window, dream(228, 128)))
    assert finished.shape == (180, 320, 4)
    seen = screens.seen(window.handle, tmp_path / "screen.png")
    assert seen.shape == (480, 640, 3)
    middle = Image.fromarray(finished[:, 40:280, :3]).resize((640, 480), Image.Resampling.BILINEAR)
    assert np.abs(seen.astype(int) - np.asarray(middle)).mean() < 1


def test_fullscreen_fills_the_monitor_and_goes_back(window):
    before = glfw.get_window_size(window.handle)
    window.fullscreen()
    assert window.is_fullscreen
    wait_until(lambda: glfw.get_window_size(window.handle) == (1920, 1080))
    window.fullscreen()
    assert not window.is_fullscreen
    wait_until(lambda: glfw.get_window_size(window.handle) == before)
    window.fullscreen(True, monitor=outputs.monitors()[0])
    window.fullscreen(True, monitor="0")
    assert window.is_fullscreen
    window.fullscreen(False)
    assert not window.is_fullscreen


def test_a_monitor_that_is_not_there_is_refused_with_those_that_are(windows):
    with pytest.raises(DisplayError, match=r"monitor = 'beamer'.*0 \(screen\)"):
        Window((64, 64), "nowhere", monitor="beamer")


def test_the_cursor_is_hidden_over_the_output(window):
    assert glfw.get_input_mode(window.handle, glfw.CURSOR) == glfw.CURSOR_HIDDEN


@pytest.mark.parametrize("make", [lambda: Offscreen((64, 36)), lambda: Window((64, 36), "paced")])
def test_without_vsync_the_clock_keeps_the_rate(windows, make):
    """A rate that is kept is not a matter of speed: 60 a second, where 1000 would be possible."""
    output = make()

    def count():
        output.open_context()
        for _ in range(2 * outputs.WATCHED):
            output.present()
        start = clock.now()
        for _ in range(30):
            output.present()
        seconds = clock.now() - start
        output.close_context()
        return seconds

    assert in_stage(count) >= 29 / output.rate
    output.close()


def test_the_stage_goes_on_while_the_main_thread_sleeps(window, dream):
    stop, moments = threading.Event(), []

    def play():
        context = window.open_context()
        renderer = Renderer(context, window.size)
        renderer.upload(picture(dream(64, 36)))
        while not stop.is_set():
            renderer.draw(window.framebuffer, Store().snapshot(), CameraPath(), clock.now())
            window.present()
            moments.append(clock.now())
        window.close_context()

    thread = threading.Thread(target=play)
    thread.start()
    wait_until(lambda: len(moments) > 3)
    asleep = clock.now()
    time.sleep(1.0)
    awake = clock.now()
    stop.set()
    thread.join()
    assert sum(asleep < moment < awake for moment in moments) >= 20


def test_a_hidden_window_finishes_pictures_for_the_panel(windows, dream):
    hidden = Window((96, 54), "hidden", visible=False)
    finished = in_stage(lambda: show(hidden, dream(96, 54)))
    assert not glfw.get_window_attrib(hidden.handle, glfw.VISIBLE)
    assert np.abs(finished[..., :3].astype(int) - dream(96, 54)[..., :3]).mean() < 2
    hidden.close()


def test_without_a_display_one_line_offers_headless():
    code = (
        "from engine.display.output import DisplayError, Window\n"
        "try: Window((64, 64), 'x')\nexcept DisplayError as error: print(error)"
    )
    bare = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
    done = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "--headless" in done.stdout
