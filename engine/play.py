"""Plays one show from its options to its end. Main thread.

In: what the command line asks for. Out: the exit status; why a show cannot start, on stderr.
"""

import signal
import sys

from engine.machine import share_heaps
from engine.messages import Messages
from engine.options import Options
from engine.show import REFUSALS, Show


def play(options: Options) -> int:
    """Play a show to its end; return the exit status, 2 if it could not start."""
    messages = Messages(lambda line: print(line, file=sys.stderr, flush=True))
    try:
        return _play(options, messages)
    finally:
        messages.close()


def _play(options: Options, messages: Messages) -> int:
    sys.setswitchinterval(0.001)  # a waiting stage gets its turn within a millisecond
    share_heaps()
    try:
        show = Show(options, messages)
    except REFUSALS as refusal:
        return refuse(refusal)
    for name in ("SIGTERM", "SIGHUP"):  # the latter where a terminal may be closed
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: show.act("show.quit"))
    try:
        show.start()
        show.run()
    except REFUSALS as refusal:
        return refuse(refusal)
    except KeyboardInterrupt:
        pass  # the performer's other way to end a show
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not break off the ending
        show.close()
    return 0


def refuse(refusal: Exception) -> int:
    """Say why the show cannot start; return the exit status."""
    print(f"Error: {refusal}", file=sys.stderr)
    return 2
