"""Words that make a run short, and what stops one."""

# The shallowest layer on a small picture: every step of a run, none of the waiting.
QUICK = ("--size", "32", "-it", "2", "--num-octaves", "2", "--png")
LAYER = ("--layers", "from_rgb")


class Stop(BaseException):
    """What stops a run in the middle, as a key does."""
