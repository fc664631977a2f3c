"""Times the display: one draw, one dream picture arriving, one frame read back.

python3 benchmarks/display.py        milliseconds at 640x360 and 960x540, offscreen
"""

import statistics
import sys
from itertools import count
from pathlib import Path

import numpy as np
from OpenGL import GL

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine import clock
from engine.camera import CameraPath, Picture
from engine.display.output import Offscreen
from engine.display.readback import ReadBack
from engine.display.renderer import Renderer
from engine.parameters import Store

DREAM = (228, 128)
FRAMES = 60


def milliseconds(work) -> float:
    """Return the median time of `work()`, the graphics card's part included."""
    times = []
    for _ in range(FRAMES):
        start = clock.now()
        work()
        GL.glFinish()
        times.append(clock.now() - start)
    return 1000 * statistics.median(times)


def measure(size: tuple[int, int]) -> None:
    """Print one line for an output of `size`."""
    output = Offscreen(size)
    context = output.open_context()
    renderer, back = Renderer(context, size), ReadBack(context, size)
    path, snapshot, moments = CameraPath(), Store().snapshot(), count(1.0)
    noise = np.random.default_rng(0).integers(0, 256, (*DREAM[::-1], 4), np.uint8)

    def arrive(seconds=1.0):
        renderer.upload(Picture(noise, path.mark(), seconds, 0))

    def begin():
        arrive(0.0)
        draw(next(moments))

    def draw(now):
        path.advance(snapshot, 1 / 60)
        renderer.draw(output.framebuffer, snapshot, path, now)

    def fetch():
        back.begin(output.shown, 0.0)
        while back.take() is None:
            pass

    arrive()
    draw(0.0)
    still = milliseconds(lambda: draw(0.0))
    arrive()
    draw(0.0)
    fading = milliseconds(lambda: draw(0.0))
    print(
        f"{size[0]}x{size[1]}: draw {still:.2f} ms, while fading {fading:.2f} ms, "
        f"a dream of {DREAM[0]}x{DREAM[1]} arriving {milliseconds(arrive):.2f} ms, "
        f"that and its first draw, sharpened, {milliseconds(begin):.2f} ms, "
        f"read-back {milliseconds(fetch):.2f} ms"
    )
    output.close_context()


if __name__ == "__main__":
    for size in ((640, 360), (960, 540)):
        measure(size)
