"""What every command shares: the app that it joins, its two consoles, its JSON and its tables."""

import json
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

SETUP_HELP = (
    "About the set-up, before or after any command: --here uses this Python as it is and installs"
    " nothing; --torch cpu and --torch cuda choose the build of torch. The command test runs the"
    " tests; what follows it goes to pytest. Without a command the show plays."
)

stdout, stderr = Console(), Console(stderr=True)
app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Other Half plays the half of a GAN that everyone throws away.",
    epilog=SETUP_HELP,
)


def option(parser, metavar: str, help: str, *names: str):
    return typer.Option(*names, parser=parser, metavar=metavar, help=help)


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def answer(document: Any, as_json: bool, *tables: Table | str) -> int:
    """Print the document, or the tables made from it."""
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        stdout.print(*tables, sep="\n")
    return 0


def table(title: str, rows: list[dict], *columns: str) -> Table | str:
    """Return a table of these columns, of which only the last one wraps; a line if it is empty."""
    if not rows:
        return f"{title}: none\n"
    made = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        made.add_column(column, no_wrap=column != columns[-1])
    for row in rows:
        made.add_row(*(_cell(row[column]) for column in columns))
    return made


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " x ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else escape(str(value))


def say(text: str) -> None:
    """Tell the performer one line, on stderr."""
    stderr.print(text, markup=False, highlight=False, soft_wrap=True)
