"""Makes the frames of a run one by one, so that it may stop and go on, and then its video.

In: a loop, and for each frame what is new in it. Out: kept pictures, the video; progress(done, all)
after each frame. Main thread; one frame is in memory at a time.
"""

from collections.abc import Callable
from typing import Any

from engine.paper.loop import Classic, Fast
from engine.paper.options import OptionError
from engine.paper.run import Run

Progress = Callable[[int, int], None]


def numbered(count: int, first: int = 0) -> list[str]:
    """Return the names of `count` frames from number `first` on, in as many digits as needed."""
    digits = len(str(max(count, 1)))
    return [f"dreamed_{number:0{digits}d}" for number in range(first, first + count)]


def play(
    run: Run,
    loop: Classic | Fast,
    names: list[str],
    change: Callable[[int], dict[str, Any]],
    progress: Progress,
) -> None:
    """Make and keep the frames; `change(k)` is what frame k hands to the loop.

    Goes on where an earlier one stopped, from the picture as it was, and makes the same frames;
    OptionError if one of the earlier frames is missing.
    """
    done, state = run.state(len(names), loop.state())
    for path in map(run.path, names[:done]):
        if not path.is_file():
            raise OptionError(f"{path}: this frame is missing; begin a new run")
    if done:
        loop.go_on(state)
    state = loop.state()
    progress(done, len(names))
    try:
        for number in range(done, len(names)):
            run.keep(names[number], loop.frame(**change(number)))
            done, state = number + 1, loop.state()
            run.save(done, state)
            progress(done, len(names))
    finally:
        run.save(done, state, now=True)
