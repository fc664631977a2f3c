"""Where the picture is shown: a window, or nowhere (offscreen); both paced to the display's rate.

In: whatever is drawn to .framebuffer (first row on top). Out: that picture in the window, and
.shown, the last finished one, for recording and preview.
A Window is made, moved and closed by the main thread, as GLFW demands; open_context(), present()
and close_context() belong to the stage thread, and its context is current only there.
"""

import sys
from collections.abc import Callable

import glfw
import moderngl
import OpenGL

from engine import clock
from engine.display.connection import end_when_lost
from engine.display.shader import Pass

OpenGL.ERROR_CHECKING = False  # an old error must not stop the show at the next call
from OpenGL import GL  # noqa: E402 - reads the line above

glfw.ERROR_REPORTING = "ignore"  # failures are asked for and said in our own words

Size = tuple[int, int]

WATCHED = 30  # frames over which the swaps' rate is measured
TOO_FAST = 0.9  # of the monitor's interval: swaps this quick do not wait for the monitor


class DisplayError(RuntimeError):
    """A window, a monitor or OpenGL that cannot be had; the text says what to do."""


class Pace:
    """Keeps a steady rate by the clock; one late frame is caught up, lost ones are not."""

    def __init__(self, rate: float):
        self.interval = 1 / rate
        self._due = clock.now()

    def wait(self) -> None:
        """Sleep until the next frame is due."""
        self._due = max(self._due, clock.now() - self.interval) + self.interval
        clock.sleep_until(self._due)


class Canvas:
    """Two pictures drawn in turn, so that there is always a finished one to read."""

    def __init__(self, context: moderngl.Context, size: Size):
        self.drawing, self.finished = (
            context.framebuffer([context.texture(size, 4)]) for _ in range(2)
        )
        self.finished.clear()

    def flip(self) -> None:
        """Call the drawn picture finished."""
        self.drawing, self.finished = self.finished, self.drawing

    def release(self) -> None:
        """Free both pictures."""
        for framebuffer in (self.drawing, self.finished):
            texture = framebuffer.color_attachments[0]
            framebuffer.release()
            texture.release()


class Shown:
    """What the twins have in common: a canvas while their context is open."""

    _canvas: Canvas | None = None

    @property
    def framebuffer(self) -> moderngl.Framebuffer:
        """The picture to draw to now."""
        return self._canvas.drawing

    @property
    def shown(self) -> moderngl.Framebuffer:
        """The picture that was presented last."""
        return self._canvas.finished

    @property
    def texture(self) -> int:
        """OpenGL's number of that picture's texture, for windows that share it; 0 if none yet."""
        canvas = self._canvas  # the stage thread may let go of it between two lines
        return canvas.finished.color_attachments[0].glo if canvas else 0


class Offscreen(Shown):
    """An output without a screen, of `size` (width, height) at `rate` frames a second."""

    handle = None

    def __init__(self, size: Size, rate: float = 60.0):
        self.size = size
        self.rate = rate
        self.closed = False

    def open_context(self) -> moderngl.Context:
        """Start OpenGL in the calling thread."""
        backend = {"backend": "egl"} if sys.platform.startswith("linux") else {}
        try:
            self._context = moderngl.create_context(require=330, standalone=True, **backend)
        except Exception as error:  # moderngl raises nothing narrower
            raise DisplayError(
                f"no OpenGL 3.3 without a screen ({error}): "
                "on Debian or Ubuntu install libegl1 libgl1 libgl1-mesa-dri"
            ) from error
        self._canvas = Canvas(self._context, self.size)
        self._pace = Pace(self.rate)
        return self._context

    def present(self) -> None:
        """Finish the picture and wait for the next frame's time."""
        GL.glFinish()  # not moderngl's, which keeps the interpreter's lock
        self._canvas.flip()
        self._pace.wait()

    def fullscreen(self, on: bool | None = None, monitor: str | None = None) -> None:
        """Do nothing: there is no screen to fill."""

    def close_context(self) -> None:
        """End OpenGL; the calling thread is the one that opened it."""
        with self._context:  # leaving it frees the thread for another context
            self._canvas.release()
        self._canvas = None
        self._context.release()

    def close(self) -> None:
        """Do nothing: there is no window."""
        self.closed = True


def start_glfw() -> None:
    """Reach the desktop, once or again; DisplayError if there is none. Main thread."""
    if not glfw.init():
        raise DisplayError(
            "no display to open a window on: start it from a desktop, or play with --headless"
        )
    end_when_lost()


def monitors() -> list[str]:
    """Return the monitors' names, in the system's order. Main thread."""
    start_glfw()
    return [glfw.get_monitor_name(monitor).decode() for monitor in glfw.get_monitors()]


class Window(Shown):
    """An output window; its picture keeps `size` and covers the window, whatever that one's size.

    `key` takes GLFW's key events (window, key, scancode, action, mods), `drop` the paths of files
    dropped. With `visible` false the picture is only finished, for a panel that shares it.
    `monitor` (a name, or a number from 0) is where fullscreen goes; None: where the window is.
    """

    def __init__(
        self,
        size: Size,
        title: str,
        monitor: str | None = None,
        visible: bool = True,
        key: Callable[..., None] | None = None,
        drop: Callable[[list[str]], None] | None = None,
    ):
        start_glfw()
        self.size = size
        self._visible = visible
        self._chosen = monitor
        if monitor is not None:
            _monitor(monitor)
        self.handle = _make_window(size, title, visible)
        _move_to_the_wall(self.handle)
        self._pixels = glfw.get_framebuffer_size(self.handle)
        self._windowed = (*glfw.get_window_pos(self.handle), *glfw.get_window_size(self.handle))
        self._use_rate_of(monitor_of(self.handle))
        glfw.set_framebuffer_size_callback(self.handle, self._resized)
        glfw.set_window_pos_callback(self.handle, self._moved)
        glfw.set_input_mode(self.handle, glfw.CURSOR, glfw.CURSOR_HIDDEN)
        if key:
            glfw.set_key_callback(self.handle, key)
        if drop:
            glfw.set_drop_callback(self.handle, lambda window, paths: drop(paths))

    @property
    def closed(self) -> bool:
        """Whether the performer has closed the window."""
        return bool(glfw.window_should_close(self.handle))

    @property
    def is_fullscreen(self) -> bool:
        """Whether the window fills a monitor now. Main thread."""
        return bool(glfw.get_window_monitor(self.handle))

    def fullscreen(self, on: bool | None = None, monitor: str | None = None) -> None:
        """Fill a monitor, or go back to the window; None switches. Main thread."""
        on = not self.is_fullscreen if on is None else on
        if not on:
            if self.is_fullscreen:
                glfw.set_window_monitor(self.handle, None, *self._windowed, glfw.DONT_CARE)
                self._use_rate_of(monitor_of(self.handle))
            return
        chosen = self._chosen if monitor is None else monitor
        screen = monitor_of(self.handle) if chosen is None else _monitor(chosen)
        if screen is None:
            raise DisplayError("no monitor is connected to fill")
        if not self.is_fullscreen:
            place, size = glfw.get_window_pos(self.handle), glfw.get_window_size(self.handle)
            self._windowed = (*place, *size)
        mode = glfw.get_video_mode(screen)
        glfw.set_window_monitor(
            self.handle, screen, 0, 0, mode.size.width, mode.size.height, mode.refresh_rate
        )
        self._use_rate_of(screen)

    def close(self) -> None:
        """Close the window, after the stage thread has closed its context. Main thread."""
        glfw.destroy_window(self.handle)

    def _resized(self, window, width: int, height: int) -> None:
        self._pixels = (width, height)

    def _moved(self, window, x: int, y: int) -> None:
        monitor = monitor_of(window)
        if monitor and glfw.get_video_mode(monitor).refresh_rate != self.rate:
            self._use_rate_of(monitor)

    def _use_rate_of(self, monitor) -> None:
        self.rate = float((monitor and glfw.get_video_mode(monitor).refresh_rate) or 60)
        self._pace = None if self._visible else Pace(self.rate)
        self._seen, self._since = 0, clock.now()

    def open_context(self) -> moderngl.Context:
        """Make the window's OpenGL current in the calling thread."""
        glfw.make_context_current(self.handle)
        glfw.swap_interval(1)
        self._context = moderngl.create_context(require=330)
        self._canvas = Canvas(self._context, self.size)
        self._copy = Pass(self._context, "cover.vert", "copy.frag")
        return self._context

    def present(self) -> None:
        """Show the picture and wait for the monitor, or for the clock where that does not."""
        if self._visible:
            self._cover_window()
            glfw.swap_buffers(self.handle)
        else:
            GL.glFinish()
        self._canvas.flip()
        if self._pace:
            self._pace.wait()
        else:
            self._watch_swaps()

    def _cover_window(self) -> None:
        width, height = self._pixels
        if not width or not height:  # minimised
            return
        own, there = self.size[0] / self.size[1], width / height
        scale = (min(1.0, there / own), -min(1.0, own / there))
        screen = self._context.screen
        screen.viewport = (0, 0, width, height)
        self._copy.draw(
            screen, {"picture": self.framebuffer.color_attachments[0]}, {"scale": scale}
        )

    def _watch_swaps(self) -> None:
        """Turn to the clock if the swaps do not wait: a virtual screen, vsync forced off."""
        self._seen += 1
        if self._seen < WATCHED:
            return
        now = clock.now()
        if now - self._since < TOO_FAST * WATCHED / self.rate:
            self._pace = Pace(self.rate)
        self._seen, self._since = 0, now

    def close_context(self) -> None:
        """Let go of the window's OpenGL; the calling thread is the one that opened it."""
        self._canvas, canvas = None, self._canvas
        canvas.release()
        self._copy.release()
        self._context.release()
        glfw.make_context_current(None)


def _make_window(size: Size, title: str, visible: bool):
    glfw.default_window_hints()
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
    glfw.window_hint(glfw.VISIBLE, visible)
    glfw.window_hint(glfw.AUTO_ICONIFY, False)
    window = glfw.create_window(*size, title, None, None)
    if not window:
        reason = glfw.get_error()[1]
        raise DisplayError(
            f"no window with OpenGL 3.3 ({(reason or b'unknown').decode()}): "
            "update the graphics driver, or play with --headless"
        )
    return window


def monitor_of(window):
    """Return the monitor that holds most of the window, None where there is none. Main thread."""
    x, y = glfw.get_window_pos(window)
    width, height = glfw.get_window_size(window)

    def shared(monitor) -> int:
        left, top = glfw.get_monitor_pos(monitor)
        size = glfw.get_video_mode(monitor).size
        across = min(x + width, left + size.width) - max(x, left)
        down = min(y + height, top + size.height) - max(y, top)
        return max(across, 0) * max(down, 0)

    return max(glfw.get_monitors(), key=shared, default=None)


def _move_to_the_wall(window) -> None:
    """Put the window on the second monitor, if there is one: there the projector is."""
    there = glfw.get_monitors()
    if len(there) > 1:
        x, y, _, _ = glfw.get_monitor_workarea(there[1])
        glfw.set_window_pos(window, x, y)


def _monitor(wanted: str):
    """Return the monitor of this name or number; DisplayError with those that there are."""
    names = monitors()
    if str(wanted).isdigit() and int(wanted) < len(names):
        return glfw.get_monitors()[int(wanted)]
    if wanted in names:
        return glfw.get_monitors()[names.index(wanted)]
    there = ", ".join(f"{number} ({name})" for number, name in enumerate(names))
    raise DisplayError(f"monitor = {wanted!r}: must be one of {there}")


def wait_events(seconds: float) -> None:
    """Serve all windows for `seconds`; keys are handled at once. Main thread."""
    end = clock.now() + seconds
    while (left := end - clock.now()) > 0:
        glfw.wait_events_timeout(left)
