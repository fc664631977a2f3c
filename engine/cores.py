"""What a thread takes of the processor: how many of torch's threads, and how patiently it waits.

In: a number. Out: nothing; it holds for the calling thread alone.
"""

import os
import sys
import threading

import torch

NICE = 5  # so that the display and the sound are served first
PATIENT = 10  # of what may take its time: nicer, it would keep others waiting for Python's lock


def be_nice(by: int = NICE) -> None:
    """Let the display and the sound go before this thread, and before the threads it starts."""
    if sys.platform == "linux":
        thread = os.PRIO_PROCESS, threading.get_native_id()
        os.setpriority(*thread, max(by, os.getpriority(*thread)))  # only root may take it back


def use_threads(number: int) -> None:
    """Let torch use so many threads for what the calling thread asks of it."""
    torch.get_num_threads()  # else its first work would take over the number set last, anywhere
    torch.set_num_threads(number)
