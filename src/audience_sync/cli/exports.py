"""Exports: list them, make links to their files, stop them, take them back."""

from typing import Annotated

import typer
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import MARKS, STYLES, UNKNOWN, count, file_size, moment
from audience_sync.flows import exports
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.flows.exports import ExportLink
from audience_sync.flows.views import Page
from audience_sync.model.permissions import SHELL

ExportName = Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]
HEADERS = ("Export", "Asked for", "Segment", "Status", "File", "Size", "Profiles", "By")
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """List exports, make links to their files, take them back.

    Example: audience-sync exports list
    """


@app.command("list")
def show(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most exports to list.")] = 50, as_json: AsJson = False
) -> None:
    """List exports, the newest first.

    Example: audience-sync exports list --limit 10
    """

    async def work(app: App) -> Page[ExportView]:
        return await exports.list_exports(app, SHELL, limit=limit)

    found = act(work).items
    if as_json:
        show_json(found)
    elif found:
        say(table(HEADERS, map(_row, found), right=("Size", "Profiles")))
    else:
        say("There are no exports yet.")


@app.command()
def link(export: ExportName, as_json: AsJson = False) -> None:
    """Make a link to an export's file. Whoever has it can fetch the file until it expires.

    Example: audience-sync exports link 4f1c
    """

    async def work(app: App) -> ExportLink:
        return await exports.link(app, SHELL, await names.export_id(app, export))

    made = act(work)
    if as_json:
        show_json(made)
    else:
        say(made.url)
        say(f"Link expires {moment(made.expires_at)}")


@app.command()
def cancel(export: ExportName, as_json: AsJson = False) -> None:
    """Stop an export. It leaves no file.

    Example: audience-sync exports cancel 4f1c
    """

    async def work(app: App) -> ExportView:
        return await exports.cancel(app, SHELL, await names.export_id(app, export))

    _tell(act(work), "is stopping", as_json=as_json)


@app.command()
def revoke(export: ExportName, as_json: AsJson = False) -> None:
    """Delete an export's file. Its links open nothing any more.

    Example: audience-sync exports revoke 4f1c
    """

    async def work(app: App) -> ExportView:
        return await exports.revoke(app, SHELL, await names.export_id(app, export))

    _tell(act(work), "has no file any more", as_json=as_json)


def _tell(export: ExportView, what: str, *, as_json: bool) -> None:
    if as_json:
        show_json(export)
    else:
        say(f"The export of {export.segment_name} {what}.")


def _row(export: ExportView) -> tuple[str | Text, ...]:
    status = Text(f"{MARKS.get(export.status, '–')} {export.status.capitalize()}", style=STYLES.get(export.status, ""))
    return (
        export.id[:8],
        moment(export.created_at),
        export.segment_name,
        status,
        export.file_name or UNKNOWN,
        file_size(export.size_bytes) if export.file_name else UNKNOWN,
        count(export.profiles) if export.file_name else UNKNOWN,
        export.by,
    )
