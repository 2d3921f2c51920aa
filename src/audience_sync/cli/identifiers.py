"""How values become a platform's keys: CSV or JSONL in, JSONL out, line by line."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, TextIO

import typer

from audience_sync.cli.shell import quiet_settings
from audience_sync.connectors.registry import connector_of, rules_of
from audience_sync.errors import Invalid
from audience_sync.flows.identifiers import explained
from audience_sync.identity.explain import Explained
from audience_sync.identity.rules import default_region, named
from audience_sync.model.identifiers import IdentifierKind

STDIN = Path("-")
COLUMNS = ("kind", "value", "country")
LONGEST_CELL = 10_000_000


@dataclass(frozen=True, slots=True)
class Value:
    """One raw value of the input."""

    kind: IdentifierKind
    value: str
    country: str


def identifiers(
    platform: Annotated[str, typer.Option(help="Such as meta, google, tiktok or snapchat.")],
    file: Annotated[Path, typer.Argument(help="CSV or JSONL of kind,value[,country]; - is standard input.")] = STDIN,
    default_country: Annotated[str, typer.Option(help="ISO country of phones that carry none, such as US.")] = "",
    form: Annotated[
        list[str] | None, typer.Option(help="A form to try instead of the installation's, such as email=plain.")
    ] = None,
) -> None:
    """Show how identifiers become a platform's keys.

    Writes JSONL; nothing is stored or sent. A kind that the platform takes in several columns (birth_date) or by
    several keys gives a line for each. Kinds: email, phone, mobile_ad_id, external_id, first_name, last_name, city,
    region, postal_code, country, birth_date, gender.

    Example: printf 'kind,value\\nemail, Mary@Example.com \\n' | audience-sync identifiers --platform meta
    """
    card = connector_of(platform).card
    rules = named(card.rules, _forms(form)) if form else rules_of(quiet_settings(), platform)
    default_region(default_country)
    with _opened(file) as stream:
        for each in values(stream):
            where = {"country": each.country, "default_country": default_country}
            for one in explained(card, rules, each.kind, each.value, **where):
                _write(one)


def _forms(chosen: list[str]) -> dict[str, str]:
    """The forms by kind."""
    return {kind: form for kind, _, form in (each.partition("=") for each in chosen)}


def values(stream: Iterable[str]) -> Iterator[Value]:
    """The values of CSV with or without a header, or of JSONL, as they come; Invalid names the line that is wrong."""
    lines = iter(stream)
    first = next(lines, "").removeprefix("\ufeff")
    whole = chain([first], lines)
    rows = _json_rows(whole) if first.lstrip().startswith("{") else _csv_rows(whole)
    for number, row in rows:
        yield _value(number, row)


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, object]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines)
    names: tuple[str, ...] = ()
    try:
        for cells in reader:
            if not names:
                header = tuple(cell.strip().lower() for cell in cells)
                names = header if {"kind", "value"} <= set(header) else COLUMNS
                if names is header:
                    continue
            if cells:
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as problem:
        raise Invalid(f"Line {reader.line_num} is not CSV: {problem}.", "Write kind,value[,country].") from None


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise Invalid(f"Line {number} is not a JSON object.", 'Write {"kind": "email", "value": "..."}.')
        yield number, row


def _value(number: int, row: Mapping[str, object]) -> Value:
    kind = str(row.get("kind", "")).strip().lower()
    if kind not in tuple(IdentifierKind):
        raise Invalid(f"Line {number}: there is no kind {kind!r}.", f"Kinds: {', '.join(IdentifierKind)}.")
    return Value(IdentifierKind(kind), str(row.get("value") or ""), str(row.get("country") or ""))


def _write(one: Explained) -> None:
    shown = {
        "kind": one.kind,
        "value": one.value,
        "normal_form": one.normal_form,
        "key": one.key,
        "hashed": one.hashed,
        "rule": one.rule,
        "reason": one.reason,
    }
    # Halves of surrogate pairs, which JSON may carry and UTF-8 cannot write, stay as escapes.
    line = json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace")
    sys.stdout.buffer.write(line + b"\n")


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    try:
        if file == STDIN:
            sys.stdin.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # A text stream of Python's own.
            yield sys.stdin
        else:
            with file.open(encoding="utf-8", newline="") as stream:
                yield stream
    except UnicodeDecodeError:
        raise Invalid("The input is not UTF-8.", "Convert it first: iconv -f latin1 -t utf-8.") from None
    except FileNotFoundError:
        raise Invalid(f"There is no file {file}.", "Check its name, or give - and standard input.") from None
