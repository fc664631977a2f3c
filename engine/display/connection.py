"""Ends the process when the desktop's server is gone: its library's own way out never comes back.

Under X11 a lost server makes libX11 call exit() in whichever thread was drawing, and that waits
for threads that wait for it. So it calls abort() instead, which waits for nobody; Python code would
wait for the interpreter's lock. A recording that runs is playable all the same, by its fragments.
"""

import ctypes
import sys

import glfw


def end_when_lost() -> None:
    """Ask libX11 to end the process at once (SIGABRT). Main thread, after glfw.init()."""
    if not sys.platform.startswith("linux") or glfw.get_platform() != glfw.PLATFORM_X11:
        return
    library = ctypes.CDLL("libX11.so.6")  # GLFW has loaded it
    library.XSetIOErrorHandler.argtypes = [ctypes.c_void_p]
    library.XSetIOErrorHandler(ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p))
