"""The panel's window: made beside the wall's, filling a monitor and back.

In: the output whose OpenGL it shares, if any. Out: GLFW's window. Main thread.
"""

import glfw

SIZE = (1280, 860)
LEAST = (800, 600)  # with less, buttons and faders would have no room


class PanelError(RuntimeError):
    """A panel that cannot be opened."""


def make(output):
    """Return a window whose OpenGL is current, beside the output's; PanelError if there is none."""
    if not glfw.init():
        raise PanelError("no display to open the panel on: play with --headless")
    glfw.default_window_hints()
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
    glfw.window_hint(glfw.SCALE_TO_MONITOR, True)
    shared = output.handle if output else None
    window = glfw.create_window(*SIZE, "Other Half", None, shared)
    if not window:
        reason = (glfw.get_error()[1] or b"unknown").decode()
        raise PanelError(f"no panel with OpenGL 3.3 ({reason}): play with --headless")
    if output:
        _place_beside(window, output.handle)
    glfw.make_context_current(window)
    glfw.swap_interval(0)
    return window


def _place_beside(window, other) -> None:
    """Put the window to the right of the `other` one, if the first monitor has room there."""
    _, _, width, _ = glfw.get_monitor_workarea(glfw.get_primary_monitor())
    x, y = glfw.get_window_pos(other)
    right = x + glfw.get_window_size(other)[0]
    if right + glfw.get_window_size(window)[0] <= width:
        glfw.set_window_pos(window, right, y)


def scale(window) -> float:
    """Return imgui's units a point: the desktop's scale where the window counts in pixels."""
    pixels = glfw.get_framebuffer_size(window)[0] / max(glfw.get_window_size(window)[0], 1)
    return max(glfw.get_window_content_scale(window)[0] / pixels, 1.0)


def limit(window) -> None:
    """Let no hand make the window smaller than its controls need."""
    width, height = (round(side * scale(window)) for side in LEAST)
    glfw.set_window_size_limits(window, width, height, glfw.DONT_CARE, glfw.DONT_CARE)


def place(window) -> tuple[int, int, int, int]:
    """Return where the window is and how large."""
    return (*glfw.get_window_pos(window), *glfw.get_window_size(window))
