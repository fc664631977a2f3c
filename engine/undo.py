"""What undo gives back: the look; slots, own presets' files, place in the set list, network, guide.

In: a show, what an act had changed. Out: the show's state by name, for history.py; that part of it
put back. Main thread; network and guide come through the opener, beside the show.
"""

from collections.abc import Callable, Mapping

from engine import clock
from engine.opener import Opener

NAMED = 3  # of what an act changes


def state(show) -> dict[str, object]:
    """Return all that undo gives back, by name."""
    return _whole(show, show.looks.state())


def note(show) -> None:
    """Let the history have the state of now; what came by itself is no act, nor is its cue."""
    look, brought = show.looks.news()
    cue = {"cue"} if "preset" in brought else frozenset()
    show.history.note(_whole(show, look), clock.now(), brought | cue)


def _whole(show, look: Mapping[str, object]) -> dict[str, object]:
    files = {"slots": show.bank.slots, "files": show.bank.moves}
    others = {"cue": show.cues.stand(look["preset"]), "network": show.network, "guide": show.guide}
    return {**look, **files, **others}


def words(act: Mapping[str, object]) -> str:
    """Return in a few words what of the show an act changes."""
    if "preset" in act:
        return f"preset {act['preset']}" if act["preset"] else "no preset"
    names, more = list(act)[:NAMED], len(act) - NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def put(show, act: Mapping[str, object], loads: Mapping[str, Callable], opener: Opener) -> None:
    """Set what stands in `act`; `loads` open the files that the show has under these names."""
    if "preset" in act:
        show.cues.take_back(show.looks.waiting)
    show.looks.put(act)
    if "cue" in act:
        show.cues.stand_at(*act["cue"])
    for name in loads.keys() & act.keys():
        before = getattr(show, name)
        setattr(show, name, act[name])  # at once, so that its coming is no act of its own
        if not opener.do(name, _load, show, name, loads[name], before):
            setattr(show, name, before)
    if "files" in act:
        show.bank.put_moves(act["files"])
    if "slots" in act:
        show.bank.put_slots(act["slots"])


def _load(show, name: str, load: Callable[[str], None], before: str) -> None:
    """Load the file; one that cannot be is not the one that the show has."""
    path, loaded = getattr(show, name), False
    try:
        load(path)
        loaded = True
    finally:
        if not loaded:
            setattr(show, name, before)
