"""From one network to the next while both dream: for a while each dream goes through one of them.

In: a network, asked for from any thread; seconds and the bar's phase before each dream.
Out: the network that this dream goes through. Dream thread.
The picture is fed back, so what each adds is mixed there: the new one's share of the dreams grows
from none to all, spread evenly by error diffusion, and no dream costs more than one network's.
"""

from engine.mailbox import Mailbox
from engine.networks.discriminator import Discriminator

FADE = 2.0  # seconds


class Crossing:
    """The network that plays, and while it comes in the one before."""

    def __init__(self, network: Discriminator):
        self.new: Discriminator = network
        self.old: Discriminator | None = None
        self._asked: Mailbox[Discriminator] = Mailbox()
        self._waiting: Discriminator | None = None  # for the next bar
        self._share, self._owed = 1.0, 0.0  # of the dreams, the new one's
        self._proved = True  # whether the new one has dreamed
        self._bar = 0.0

    def ask(self, network: Discriminator) -> None:
        """Cross over to `network`; any thread."""
        self._asked.put(network)

    def next(self, seconds: float, on_bar: bool, bar: float) -> Discriminator:
        """Return the network for the dream that stands for `seconds`; `bar` is its phase, 0..1."""
        self._waiting = self._asked.take() or self._waiting
        begins, self._bar = bar < self._bar or not on_bar, bar
        if self._waiting and begins:
            self._begin(self._waiting)
        if self.old is None:
            return self.new
        self._share = min(self._share + seconds / FADE, 1.0)
        if self._share == 1.0:
            self.old = None if self._proved else self.old
            return self.new
        self._owed += self._share
        if self._owed < 1:
            return self.old
        self._owed -= 1
        return self.new

    def _begin(self, network: Discriminator) -> None:
        self.old, self.new, self._waiting = self.new, network, None
        self._share, self._owed, self._proved = 0.0, 0.5, False

    def worked(self, network: Discriminator) -> None:
        """Note that a dream through `network` went well."""
        self._proved |= network is self.new

    def failed(self, network: Discriminator) -> bool:
        """Go back to the one before if it was the new one that failed; return whether it was."""
        if self.old is None or network is not self.new:
            return False
        self.new, self.old = self.old, None
        return True
