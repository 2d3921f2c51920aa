"""An audience's runs as a table, and the summary of some days."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, heading, say, show_json, table
from audience_sync.cli.results import triggered_by
from audience_sync.cli.shell import act
from audience_sync.cli.words import (
    MARKS,
    STATUSES,
    STYLES,
    UNKNOWN,
    count,
    day,
    share,
    short_duration,
    signed,
)
from audience_sync.flows import audiences
from audience_sync.flows import history as flow
from audience_sync.flows.views import RunView, Summary
from audience_sync.model.permissions import SHELL

MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """What the history page shows."""

    name: str
    items: tuple[RunView, ...]
    summary: Summary


def history(
    audience: Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How far to look back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List an audience's runs, with a summary.

    The newest is the first.

    Example: audience-sync history "High Value Customers - Stratum" --days 7
    """

    async def work(app: App) -> Looked:
        return await looked(app, await names.audience_id(app, audience), days)

    found = act(work)
    if as_json:
        show_json({"items": found.items, "summary": found.summary})
    else:
        say(history_block(found))


async def looked(app: App, audience_id: str, days: int) -> Looked:
    """The newest runs and the summary of these days."""
    shown = await audiences.get(app, SHELL, audience_id)
    page = await flow.history(app, SHELL, audience_id, days=days, limit=MOST_RUNS)
    return Looked(shown.name, page.items, await flow.summary(app, SHELL, audience_id, days=days))


def history_block(found: Looked) -> Group:
    """The specification's table and its four figures."""
    headers = ("Date", "Operation", "Status", "Sent", "Match", "Time", "Run", "Triggered by")
    drawn = table(headers, map(_row, found.items), right=("Sent", "Match", "Time", "Run"))
    lines = [Text(line) for line in _summary(found.summary)]
    return Group(heading(f"Sync History: {found.name}"), drawn, Text(""), *lines)


def sent_words(run: RunView) -> str:
    """What changed for an update, signed; how many were sent for anything else."""
    if run.ended_at is None:
        return UNKNOWN
    if run.operation != "update":
        return count(run.sent)
    both = [signed(run.added) if run.added else "", signed(-run.removed) if run.removed else ""]
    changed = f"~{count(run.changed)}" if run.changed else ""
    return " ".join(filter(None, [*both, changed])) or "0"


def _row(run: RunView) -> tuple[str | Text, ...]:
    status = Text(f"{MARKS[run.status]} {STATUSES[run.status]}", style=STYLES.get(run.status, ""))
    return (
        day(run.ended_at or run.queued_at),
        run.operation.capitalize(),
        status,
        sent_words(run),
        share(run.size.match_rate),
        short_duration(run.duration_seconds),
        f"#{run.number}",
        triggered_by(run),
    )


def _summary(summary: Summary) -> Iterator[str]:
    yield f"Summary ({summary.days} days):"
    yield f"• Total syncs: {count(summary.total_syncs)}"
    yield f"• Success rate: {UNKNOWN if summary.success_rate is None else f'{summary.success_rate:.0%}'}"
    yield f"• Avg match rate: {share(summary.average_match_rate)}"
    yield f"• Audience growth: {signed(summary.audience_growth)} profiles"
