"""What light the wall has: blackout, flash and strobe over brightness and hue.

In: the effective values and now, once per display frame. Out: the values as they are shown, and
whether the wall is white. Stage thread, or whoever renders.
"""

from engine.display.blackout import Blackout
from engine.display.flash import SAFE, Flash
from engine.parameters import Snapshot


class Light:
    """The wall's light; at most `flashes` flashes a second."""

    def __init__(self, flashes: float = SAFE):
        self.blackout, self.flash = Blackout(), Flash(flashes)

    def step(self, snapshot: Snapshot, now: float) -> tuple[Snapshot, bool]:
        """Return the values as they are shown at `now`, and whether all is white."""
        dark, fade = bool(snapshot["output.blackout"]), snapshot["output.blackout_fade"]
        bright = self.blackout.light(dark, fade, now) * snapshot["output.brightness"]
        held, strobe = bool(snapshot["output.flash"]), bool(snapshot["output.strobe"])
        bright, white = self.flash.light(bright, held, strobe, snapshot["output.strobe_rate"], now)
        hue = self.flash.hue(snapshot["output.hue"], now)
        return {**snapshot, "output.brightness": bright, "output.hue": hue}, white
