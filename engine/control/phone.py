"""The phone's page as one answer, with its style and its scripts in it.

In: the files in page/. Out: HTML. A plain function, any thread. A part that is asked for by itself
could be older or newer than the page, and would need the token too.
"""

import re
from pathlib import Path

PAGE = Path(__file__).parent / "page"
STYLE = re.compile(r'<link rel="stylesheet" href="(\w+\.css)">')
SCRIPT = re.compile(r'<script src="(\w+\.js)">')


def page() -> str:
    """Return the page as its files are now; OSError if one cannot be read."""
    text = STYLE.sub(lambda found: f"<style>\n{_read(found[1])}</style>", _read("page.html"))
    return SCRIPT.sub(lambda found: f"<script>\n{_read(found[1])}", text)


def _read(name: str) -> str:
    return (PAGE / name).read_text("utf-8")
