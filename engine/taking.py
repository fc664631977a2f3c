"""Keeps a take of a show: joins its rooms to the take that is being written.

In: a show before it starts, and each turn of its main loop. Out: a take's folder. Main thread; what
is heard comes from the audio thread.
"""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from engine import clock
from engine.audio.features import SILENT
from engine.audio.listener import Heard
from engine.parameters import MACROS
from engine.recording.take import Take


class Taking:
    """The take of one show, in `folder`; TakeError where it cannot be."""

    def __init__(self, show, folder: Path):
        self._show, self._preset, self._guide = show, "", ""
        own = SILENT.keys() | show.beat.signals(clock.now()).keys() | set(MACROS)
        self.take = Take(folder, _head(show), own, partial(show.messages.stand, "take"))
        show.runner.take = show.stage.take = self.take

    def hear(self, heard: Heard) -> None:
        """Keep a block of sound."""
        block = heard.block
        self.take.sound(
            block.samples,
            t=block.moment,
            rate=block.rate,
            source=heard.source,
            settings=heard.settings,
            hearing=heard.hearing,
        )

    def follow(self) -> None:
        """Keep a copy of each preset and guide picture that has come."""
        show = self._show
        if show.bank.current != self._preset:
            self._preset = show.bank.current
            if path := show.bank.path(self._preset):
                self.take.copy("preset", path)
        if show.guide != self._guide:
            self._guide = show.guide
            if self._guide:
                self.take.copy("guide", Path(self._guide))
            else:
                self.take.say("guide", file="")

    def mark(self, name: str, moment: float) -> None:
        """Set a marker."""
        self.take.say("mark", t=moment, name=name)


def _head(show) -> dict:
    """Return what there is at the beginning, as JSON has it."""
    return {
        "date": clock.today(),
        "output": show.output.size,
        "fps": show.fps,
        "rate": show.output.rate,
        "dream": show.size,
        "flashes": show.settings.flashes,
        "luck": show.luck,
        "waves": show.beat.waves.free,
        "state": asdict(show.state()),
    }
