"""Ends the process when the desktop's server is gone: its library's own way out never comes back.

Under X11 a lost server makes libX11 call exit() in whichever thread was drawing, and that waits
for threads that wait for it. A recording that runs is playable all the same, by its fragments.
"""

import ctypes
import os
import sys

import glfw

LOST = 3  # exit status
_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


@_HANDLER
def _end(display) -> int:
    os.write(2, b"The screen is gone; the show has ended. Start it again, or with --headless.\n")
    os._exit(LOST)


def end_when_lost() -> None:
    """Ask libX11 to end the process at once instead. Main thread, after glfw.init()."""
    if not sys.platform.startswith("linux") or glfw.get_platform() != glfw.PLATFORM_X11:
        return
    library = ctypes.CDLL("libX11.so.6")  # GLFW has loaded it
    library.XSetIOErrorHandler.argtypes = [_HANDLER]
    library.XSetIOErrorHandler(_end)
