"""A dream's thread at work on a small picture, and what it is asked for."""

from engine.camera import Here
from engine.dream.dreamer import Dreamer, first_picture
from engine.mailbox import Mailbox
from engine.networks.discriminator import Discriminator

SIZE = (64, 48)
HERE = Here(0, 0, None)  # where the camera has gone nowhere yet
STILL = {
    "dream.strength": 0, "dream.leak": 0, "tone.mean": 0, "tone.hold": 0, "tone.saturation": 1,
    "tone.hue_drift": 0, "latent.mix": 0,
}  # fmt: skip


class Pictures(Mailbox):
    """The mailbox, which also keeps a copy of all that was ever put in."""

    def __init__(self):
        super().__init__()
        self.all = []

    def put(self, value):
        self.all.append((value, value.pixels.copy()))
        super().put(value)


def picture(size=SIZE):
    """Return a picture so calm that no limit touches it."""
    return first_picture(size, 3) * 0.2


def other(starter, kind=Discriminator, name="other"):
    network = kind(starter)
    network.name = name
    return network


class Noting(Dreamer):
    """A dreamer that notes what it was asked for: the network's name and the snapshot."""

    asked = []

    def __call__(self, snapshot, *rest):
        self.asked.append((self.network.name, snapshot))
        return super().__call__(snapshot, *rest)


def noting(runner):
    """Let the runner's dreamer note what it is asked for, into the list that is returned."""
    runner.dreamer.__class__, runner.dreamer.asked = Noting, []
    return runner.dreamer.asked
