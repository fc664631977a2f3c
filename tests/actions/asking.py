"""Actions asked of a show, and a wait for what they do."""

import time


def until(true, within=30.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def do(show, name, argument=""):
    """Ask for the action as OSC and keys do, and let the main loop come round once."""
    show.act(name, argument)
    show._tick()
