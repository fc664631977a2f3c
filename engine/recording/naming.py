"""Names of files that write over no other. Any thread."""

import itertools
from pathlib import Path


def free(path: Path) -> Path:
    """Return `path`, or where a file has that name the first numbered one that none has."""
    numbered = (path.with_stem(f"{path.stem} ({number})") for number in itertools.count(1))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())
