"""Write a segment into a file, and wait for it."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.failures import FAILED
from audience_sync.cli.following import LOOK_SECONDS, interruptible, working_here
from audience_sync.cli.printing import AsJson, console, heading, note, say, show_json
from audience_sync.cli.progress import bar
from audience_sync.cli.shell import act
from audience_sync.cli.words import MARKS, REASONS, count, file_size, moment
from audience_sync.errors import Conflict, Invalid
from audience_sync.flows import exports
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.flows.exports import ExportFile, ExportLink
from audience_sync.model.exports import Compression, ExportFormat, ExportOptions, Template
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.permissions import SHELL

NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Written:
    """An export that has ended, and where its file can be had: by a link, or already copied."""

    export: ExportView
    link: ExportLink | None = None
    output: Path | None = None


def export(
    segment: Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")],
    format: Annotated[ExportFormat | None, typer.Option(help="Shape of the file.")] = None,
    identifiers: Annotated[
        str | None, typer.Option(help="Kinds, separated by commas, such as email,phone; none: no identifiers.")
    ] = None,
    traits: Annotated[bool | None, typer.Option(help="Include computed traits.", show_default=False)] = None,
    events: Annotated[bool | None, typer.Option(help="Include the last 30 days' events.", show_default=False)] = None,
    attributes: Annotated[bool | None, typer.Option(help="Include profile attributes.", show_default=False)] = None,
    hash_by: Annotated[
        str | None, typer.Option("--hash", help="none, sha256, or a platform whose rules make the keys, such as meta.")
    ] = None,
    compress: Annotated[Compression | None, typer.Option(help="Pack the file.")] = None,
    template: Annotated[Template, typer.Option(help="A platform's form for upload by hand.")] = Template.NONE,
    reason: Annotated[str, typer.Option(help="Why identifiers that can be read are needed; kept for audits.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Put the file here instead of a link.")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only ask for it; a worker writes it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a segment into a file, and wait for it.

    In it are the members that may be sent to ad platforms; the others are counted by reason. When no worker is alive on
    this data folder, this command does the export itself. Ctrl-C stops it; then there is no file.

    Example: audience-sync export "High Value Customers" --attributes --output customers.csv
    """
    options = ExportOptions.wanted(
        template,
        format=format,
        identifiers=_kinds(identifiers),
        traits=traits,
        events=events,
        attributes=attributes,
        hashing=hash_by,
        compression=compress,
    )

    async def work(app: App) -> tuple[ExportView, ExportLink | ExportFile | None]:
        asked = await exports.start(app, SHELL, await names.segment_id(app, segment), options, reason=reason)
        ended = asked if no_wait else await _followed(app, asked, silent=as_json)
        return ended, await _way_to_it(app, ended, is_copied=output is not None)

    _tell(_handed_over(*act(work), output), as_json=as_json)


def _kinds(text: str | None) -> tuple[IdentifierKind, ...] | None:
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip() not in ("", NOBODY)]
    if unknown := [word for word in words if word not in tuple(IdentifierKind)]:
        raise Invalid(f"There are no identifiers {', '.join(unknown)}.", f"There are {', '.join(IdentifierKind)}.")
    return tuple(map(IdentifierKind, words))


async def _followed(app: App, asked: ExportView, *, silent: bool) -> ExportView:
    """The export as it ended; its progress was shown unless `silent`. Ctrl-C asks it to stop."""
    shown = console()
    if not silent and not shown.is_terminal:
        say("Generating export...")
    live = Live(console=shown, auto_refresh=False) if shown.is_terminal and not silent else None
    async with working_here(app):
        with interruptible() as interrupted:
            if live:
                live.start()
            try:
                return await _watched(app, asked, interrupted, live)
            finally:
                if live:
                    live.stop()


async def _watched(app: App, seen: ExportView, interrupted: Callable[[], int], live: Live | None) -> ExportView:
    asked = False
    while seen.ended_at is None:
        if interrupted() and not asked:
            asked = True
            await _ask_to_stop(app, seen.id)
        await asyncio.sleep(LOOK_SECONDS)
        seen = await exports.get(app, SHELL, seen.id)
        if live:
            live.update(Group(Text("Generating export...", style="bold"), bar(seen.progress.percent)), refresh=True)
    return seen


async def _ask_to_stop(app: App, export_id: str) -> None:
    note("Stopping; there will be no file. Ctrl-C again stops watching.")
    try:
        await exports.cancel(app, SHELL, export_id)
    except Conflict:
        note("The export has ended already.")


async def _way_to_it(app: App, ended: ExportView, *, is_copied: bool) -> ExportLink | ExportFile | None:
    if ended.status != "completed":
        return None
    return await (exports.open_file if is_copied else exports.link)(app, SHELL, ended.id)


def _handed_over(ended: ExportView, way: ExportLink | ExportFile | None, output: Path | None) -> Written:
    """Copied after the worker of this process has gone: it takes the threads of its loop with it."""
    if not isinstance(way, ExportFile) or output is None:
        return Written(ended, link=way if isinstance(way, ExportLink) else None)
    place = output / way.name if output.is_dir() else output
    _copied(way.path, place)
    return Written(ended, output=place)


def _copied(source: Path, place: Path) -> None:
    """The copy is whole, and for its owner only, before it has its name."""
    half_made = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        half_made.touch(mode=0o600)
        shutil.copyfile(source, half_made)
        half_made.replace(place)
    except OSError as problem:
        half_made.unlink(missing_ok=True)
        raise Invalid(f"{place} cannot be written: {problem.strerror}.", "Give another place with --output.") from None


def _tell(done: Written, *, as_json: bool) -> None:
    """The outcome is told; an export without a file ends the process with its exit code."""
    if as_json:
        show_json(done)
    else:
        say(Group(*_lines(done)))
    if done.export.status in ("failed", "cancelled"):
        raise typer.Exit(FAILED)


def _lines(done: Written) -> Iterator[Text]:
    export = done.export
    match export.status:
        case "completed":
            yield heading(Text(f"{MARKS['completed']} Export Ready", style="bold green"))
            yield from map(Text, _ready(done))
        case "queued" | "running":
            yield Text(f"The export of {export.segment_name} is queued ({export.id}).")
        case "cancelled":
            yield Text(f"{MARKS['cancelled']} Export Cancelled", style="bold yellow")
        case _:
            yield heading(Text(f"{MARKS['failed']} Export Failed", style="bold red"))
            yield Text(f"{export.error.get('message', '')} {export.error.get('hint', '')}".strip(), style="red")


def _ready(done: Written) -> Iterator[str]:
    export = done.export
    yield f"File: {export.file_name}"
    yield f"Size: {file_size(export.size_bytes)}"
    yield f"Profiles: {count(export.profiles)}"
    if export.withheld:
        yield f"Withheld: {withheld_words(export.withheld)}"
    yield ""
    if done.output:
        yield f"Written to {done.output}"
    if done.link:
        yield f"Link: {done.link.url}"
        yield f"Link expires {moment(done.link.expires_at)}"


def withheld_words(withheld: dict[str, int]) -> str:
    """3 no consent, 1 no usable identifier"""
    return ", ".join(f"{count(number)} {REASONS.get(reason, reason)}" for reason, number in sorted(withheld.items()))
