"""One command from its options to its end: begin() holds them against the network, go() runs.

In: the options' values. Out: a finished run folder. Main thread.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from engine.paper import interp, zoom
from engine.paper.dream import dream
from engine.paper.film import Progress
from engine.paper.job import Job, prepare
from engine.paper.options import OPTIONS, OptionError
from engine.paper.run import Run
from engine.paper.style import style

COMMANDS = {
    "dream": dream,
    "zoom": zoom.zoom,
    "channels": zoom.channels,
    "interp": interp.interp,
    "style": style,
}


def begin(config: Mapping[str, Any], typed: Collection[str]) -> tuple[Run, Job]:
    """Return the run, new or gone on with, and its job; `typed` options must agree with the run's.

    OptionError, NetworkError or PictureError before anything is written.
    """
    config = dict(config)
    folder = config.pop("resume")
    if folder is None:
        job = prepare(config)
        return Run.begin(job.config), job
    run = Run.again(Path(folder))
    for name in ("command", *sorted(set(typed) - {"resume"})):
        if config.get(name) != run.config.get(name):
            flag = OPTIONS[name].flags[0] if name in OPTIONS else name
            raise OptionError(
                f"--resume {folder}: {flag} is {run.config.get(name)!r} there, not {config[name]!r}"
            )
    if run.finished():
        raise OptionError(f"--resume {folder}: that run is finished")
    return run, prepare(run.config, begun=True)


def go(run: Run, job: Job, progress: Progress) -> None:
    """Run the command to its end."""
    COMMANDS[run.config["command"]](job, run, progress)
    run.end()
