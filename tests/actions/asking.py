"""Actions asked of a show."""


def do(show, name, argument=""):
    """Ask for the action as OSC and keys do, and let the main loop come round once."""
    show.act(name, argument)
    show._tick()
