"""A show as MIDI sees it: a store, a clock and the room at work; files that bind controls."""

import pytest
from waiting import until

from engine import clock
from engine.control.midi import Midi
from engine.parameters import Store


class MidiShow:
    """A store, a clock, and the MIDI room at work; what it asked for and said."""

    def __init__(self, file):
        self.store, self.acts, self.lines, self.file = Store(), [], [], file
        self.standing = ()
        self.beat = clock.Clock(self.store.get)
        self.lit = {}
        self.midi = Midi(
            self.store, self.act, self.beat, self.lines.append, file,
            lambda action, argument: self.lit.get((action, argument), 0.0), stand=self.stand,
        )  # fmt: skip
        self.midi.start()

    def stand(self, *lines):
        self.standing = lines

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def sees(self, controller):
        until(lambda: any(line.startswith(f"{controller.name} is here") for line in self.lines))

    def learn(self, controller, to, move):
        """Learn `to` by the controller's `move()`."""
        self.midi.learn(to)
        until(lambda: self.midi.learning == to)
        move()
        until(lambda: not self.midi.learning)
        assert f"moves {to}" in self.lines[-1]

    def wrote(self, *words):
        """Wait until the file has all these words; return what it holds."""
        until(lambda: self.file.exists() and all(w in self.file.read_text() for w in words))
        return self.file.read_text()

    def reads(self, id, value):
        until(lambda: self.store.get(id) == pytest.approx(value, abs=1e-6))


def bound(controller, *rows):
    """Return a file that binds the controller's controls."""
    tables = (f'[[binding]]\nport = "{controller.name}"\n{row}\n' for row in rows)
    return "version = 1\n" + "".join(tables)
