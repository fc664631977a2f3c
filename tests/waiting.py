"""How tests wait for what threads and processes do: by looking again and again, generously long."""

import time


def until(true, within=60.0):
    """Wait until `true()`; fail after `within` seconds."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)
