"""Bring profiles, events, consents or traits in from CSV, JSONL or Parquet files."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from audience_sync.app import App
from audience_sync.cli.printing import AsJson, console, note, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import count, share
from audience_sync.errors import Invalid
from audience_sync.flows import hot, imports
from audience_sync.flows.sizes import question
from audience_sync.model.permissions import SHELL
from audience_sync.model.rules import All, Consent, ConsentState
from audience_sync.model.segments import RuleSegment
from audience_sync.settings import ConsentPolicy
from audience_sync.sources.builtin.fields import ImportKind
from audience_sync.sources.builtin.folding import Folded
from audience_sync.sources.builtin.imports import ImportResult

MOST_UNKNOWN = 0.5
"""Share of profiles without recorded consent above which a hint is given."""
Told = Callable[[int, int, int], None]
Files = Annotated[list[Path], typer.Argument(help="CSV, JSONL or Parquet.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="COLUMN=FIELD; -: leave the column out; =VALUE=FIELD: a constant.")
]
Rejects = Annotated[Path | None, typer.Option(help="Write rejected rows here, with line and reason. One FILE only.")]
Encoding = Annotated[str, typer.Option(help="Such as latin-1. Default: recognised.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Bring profiles, events, consents or traits in from files.

    Columns are known by their names, or by --map COLUMN=FIELD. A file is imported as a whole or not at all; rows that
    cannot be used are rejected with a reason. Importing a file again changes nothing.

    Example: audience-sync import profiles customers.csv --map kdnr=profile_id
    """


@app.command()
def profiles(
    files: Files, mapping: Map = None, rejects: Rejects = None, encoding: Encoding = "", as_json: AsJson = False
) -> None:
    """Import people with their identifiers, attributes, traits and consents.

    Example: audience-sync import profiles customers.csv --rejects rejected.csv
    """
    _import(ImportKind.PROFILES, files, mapping, rejects, encoding=encoding, as_json=as_json)


@app.command()
def events(
    files: Files, mapping: Map = None, rejects: Rejects = None, encoding: Encoding = "", as_json: AsJson = False
) -> None:
    """Import what people did: profile, name, time, properties.

    Example: audience-sync import events orders.csv --map =purchase=event
    """
    _import(ImportKind.EVENTS, files, mapping, rejects, encoding=encoding, as_json=as_json)


@app.command()
def consents(
    files: Files, mapping: Map = None, rejects: Rejects = None, encoding: Encoding = "", as_json: AsJson = False
) -> None:
    """Import what people agreed to: profile, purpose, status, time.

    Example: audience-sync import consents consents.jsonl
    """
    _import(ImportKind.CONSENTS, files, mapping, rejects, encoding=encoding, as_json=as_json)


@app.command()
def traits(
    files: Files, mapping: Map = None, rejects: Rejects = None, encoding: Encoding = "", as_json: AsJson = False
) -> None:
    """Import traits that were computed elsewhere.

    Example: audience-sync import traits scores.parquet
    """
    _import(ImportKind.TRAITS, files, mapping, rejects, encoding=encoding, as_json=as_json)


@app.command()
def fold(as_json: AsJson = False) -> None:
    """Fold what came by the API into the store now, without waiting for the worker.

    Example: audience-sync import fold
    """
    done = act(lambda app: hot.fold_now(app, SHELL))
    if as_json:
        show_json(done)
        return
    say(folds_table(done)) if done else note("Nothing waits to be folded in.")


def folds_table(done: Sequence[Folded]) -> Table:
    """What became of the rows of each fold."""
    headers = ("Rows", "Created", "Updated", "Events", "Erased")
    rows = [tuple(map(count, (f.rows, f.created, f.updated, f.events, f.erased))) for f in done]
    return table(headers, rows, right=headers)


def _import(
    kind: ImportKind,
    files: list[Path],
    mapping: list[str] | None,
    rejects: Path | None,
    *,
    encoding: str,
    as_json: bool,
) -> None:
    if rejects and len(files) > 1:
        raise Invalid("Rejected rows of several files cannot go to one.", "Import one file at a time.")
    fields = mapping_of(mapping or [])

    async def work(app: App) -> tuple[list[ImportResult], str]:
        done = []
        for path in files:
            with _watched(path) as told:
                done.append(
                    await imports.import_file(
                        app, SHELL, kind, path, mapping=fields, progress=told, rejects=rejects, encoding=encoding
                    )
                )
        return done, _consent_hint(app) if kind in (ImportKind.PROFILES, ImportKind.CONSENTS) else ""

    done, hint = act(work)
    if as_json:
        show_json(done)
        return
    say(imports_table(files, done))
    for path, result in zip(files, done, strict=True):
        for line in _remarks(path, result):
            note(line)
    if hint:
        note(hint)


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """{column: field}. The field follows the last `=`, because a constant begins with one."""
    found: dict[str, str] = {}
    for pair in pairs:
        column, sign, field = pair.rpartition("=")
        if not sign or not column.strip("=") or not field:
            raise Invalid(f"--map {pair} says nothing.", "Write COLUMN=FIELD, such as kdnr=profile_id.")
        found[column] = field
    return found


@contextmanager
def _watched(path: Path) -> Iterator[Told]:
    """A bar of the bytes read, at a terminal."""
    if not sys.stdout.isatty():
        yield lambda done, total, rows: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console(), transient=True) as progress:
        task = progress.add_task(path.name, total=None, rows=0)
        yield lambda done, total, rows: progress.update(task, completed=done, total=total, rows=rows)


def imports_table(files: Sequence[Path], done: Sequence[ImportResult]) -> Table:
    """What became of each file's rows."""
    headers = ("File", "Rows", "Created", "Updated", "Unchanged", "Repeated", "Rejected")
    rows = [(path.name, *map(count, _figures(result))) for path, result in zip(files, done, strict=True)]
    return table(headers, rows, right=headers[1:])


def _figures(result: ImportResult) -> tuple[int, ...]:
    return result.rows, result.created, result.updated, result.unchanged, result.repeated, result.rejected


def _remarks(path: Path, result: ImportResult) -> Iterator[str]:
    if result.rejects_file:
        yield f"Rejected rows with line and reason: {os.fspath(result.rejects_file)}"
    elif result.rejected:
        yield f"{count(result.rejected)} rows of {path.name} were rejected; --rejects FILE tells which and why."
    if result.strangers:
        yield f"{count(result.strangers)} events are of profiles that are not there yet; they count once those arrive."
    if result.left_over:
        kept = {ImportKind.EVENTS: "properties", ImportKind.TRAITS: "traits"}.get(result.kind, "attributes")
        yield f"Kept as {kept}: {', '.join(result.left_over)}."


def _consent_hint(app: App) -> str:
    """What to do when most profiles could not be sent for want of recorded consent; empty when that is not so."""
    settings, purpose = app.settings, app.settings.consent_purpose
    if settings.consent_policy is not ConsentPolicy.GRANTED:
        return ""
    asked = question(app)
    everyone = app.source.count(RuleSegment(All(())), asked).size
    silent = RuleSegment(Consent(purpose, ConsentState.UNKNOWN))
    unknown = app.source.count(silent, asked).size if purpose in app.source.catalog().consents else everyone
    if not everyone or unknown / everyone <= MOST_UNKNOWN:
        return ""
    return (
        f"{count(unknown)} of {count(everyone)} profiles ({share(unknown / everyone)}) have no recorded consent "
        f"for {purpose}, so a sync leaves them out. Import it (a column {purpose}_consent, "
        "or `import consents`), or set AUDIENCE_SYNC_CONSENT_POLICY=not_denied to send all but those who denied."
    )
