"""The one place that writes: text and tables for people, JSON for programs, complaints on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
"""The option of every command that prints data."""

PLAIN_WIDTH = 200
"""Columns where nobody looks at a screen: lines are not to be broken there."""


def console(*, stderr: bool = False) -> Console:
    """Where people read. Colours and lines only at a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else PLAIN_WIDTH, highlight=False, markup=False, emoji=False
    )


def say(text: RenderableType = "") -> None:
    """One line, or whatever rich can draw."""
    console().print(text, soft_wrap=isinstance(text, str))


def note(text: str) -> None:
    """Something beside the matter, on standard error, so that what is piped on stays clean."""
    console(stderr=True).print(Text(text, style="dim"), soft_wrap=True)


def complain(message: str, hint: str = "", code: str = "") -> None:
    """What went wrong, the way out, and the code to look it up by."""
    screen = console(stderr=True)
    screen.print(Text.assemble(("Error: ", "bold red"), message), soft_wrap=True)
    if hint:
        screen.print(Text(hint), soft_wrap=True)
    if code:
        screen.print(Text(f"({code})", style="dim"), soft_wrap=True)


def show_json(value: object) -> None:
    """The value as JSON on standard output; times in UTC as RFC 3339."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


def table(headers: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right: Sequence[str] = ()) -> Table:
    """Rows under headers; the columns named in `right` are numbers."""
    drawn = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, header_style="bold")
    for header in headers:
        drawn.add_column(Text(header), justify="right" if header in right else "left")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return drawn


def facts(pairs: Mapping[str, str | Text]) -> Table:
    """Names with their values, one a line."""
    drawn = Table.grid(padding=(0, 2))
    for name, value in pairs.items():
        drawn.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(value))
    return drawn


def heading(text: str | Text) -> Text:
    """A title with the line under it."""
    title = text if isinstance(text, Text) else Text(text, style="bold")
    return Text("\n").join([title, Text("─" * 54, style="dim")])
