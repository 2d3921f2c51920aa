"""One run's own page, and the identifiers of its profiles that could not become keys."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.preview import refused_words
from audience_sync.cli.printing import AsJson, heading, say, show_json, table
from audience_sync.cli.progress import bar, line
from audience_sync.cli.results import matched_words, platform_name, size_unknown, triggered_by
from audience_sync.cli.shell import act
from audience_sync.cli.waterfall import waterfall_table
from audience_sync.cli.words import (
    MARKS,
    OPERATIONS,
    STATUSES,
    STYLES,
    UNKNOWN,
    clock,
    count,
    duration,
    moment,
    share,
)
from audience_sync.flows import runs
from audience_sync.flows.views import BatchView, RunDetail, RunView, SizeView
from audience_sync.ledger.refusals import Refused
from audience_sync.model.guardrails import LABELS
from audience_sync.model.permissions import SHELL

PAGE = 1_000
SHOWN_BATCHES = 20
RunName = Annotated[str, typer.Argument(help="Its id, the beginning of it, or AUDIENCE#NUMBER.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def run() -> None:
    """Show one run.

    Example: audience-sync run show "Newsletter Subscribers#12"
    """


@app.command()
def show(run: RunName, as_json: AsJson = False) -> None:
    """Show one run: metrics, the platform's response, waterfall and batches.

    Example: audience-sync run show "Newsletter Subscribers#12"
    """

    async def work(app: App) -> RunDetail:
        return await runs.get(app, SHELL, await names.run_id(app, run))

    detail = act(work)
    if as_json:
        show_json(detail)
    else:
        say(run_block(detail))


def rejections(
    run: RunName,
    limit: Annotated[int, typer.Option(min=1, help="Most profiles to list.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List identifiers of a run that could not become keys.

    Whose, of which kind, and why; never the value.

    Example: audience-sync rejections "Newsletter Subscribers#12" --json
    """

    async def work(app: App) -> list[Refused]:
        return [each async for each in _refused(app, await names.run_id(app, run), limit)]

    found = act(work)
    if as_json:
        show_json(found)
    elif found:
        say(table(("Profile", "Identifier", "Reason"), [(each.profile_id, each.kind, each.reason) for each in found]))
    else:
        say("Every identifier of this run's profiles became a key.")


async def _refused(app: App, run_id: str, limit: int) -> AsyncIterator[Refused]:
    cursor = ""
    while limit > 0:
        page = await runs.rejections(app, SHELL, run_id, after=cursor, limit=min(limit, PAGE))
        for each in page.items:
            yield each
        limit -= PAGE
        cursor = page.next_cursor
        if not cursor:
            return


def run_block(detail: RunDetail) -> Group:
    """The specification's sync details, then the waterfall and the batches."""
    run = detail.run
    title = f"Sync Details: {moment(run.started_at or run.queued_at)} · {run.audience_name} #{run.number}"
    return Group(heading(title), *_what(run), *_metrics(run), *_response(detail), *_times(run), *_more(detail))


def _what(run: RunView) -> Iterator[Text]:
    yield Text(f"Operation: {OPERATIONS[run.operation]}")
    yield Text.assemble("Status: ", (f"{MARKS[run.status]} {STATUSES[run.status]}", STYLES.get(run.status, "")))
    yield Text(f"Triggered by: {triggered_by(run)}")
    if run.approved:
        yield Text(f"Approved by {run.by}: {', '.join(LABELS[each] for each in run.approved)}")
    if run.error:
        yield Text(
            f"{run.error.get('message', '')} {run.error.get('hint', '')} ({run.error.get('code', '')})", style="red"
        )


def _metrics(run: RunView) -> Iterator[Text]:
    yield Text("")
    yield Text("Metrics:")
    pairs = {"Profiles Sent": run.sent, "Added": run.added, "Removed": run.removed, "Failed": run.failed}
    owed = {"Owed before, removed now (keys)": run.owed_removed, "Still owed (keys)": run.owed}
    extra = {"Changed": run.changed, "Sent again": run.resent, **owed}
    for name, number in [*pairs.items(), *((name, number) for name, number in extra.items() if number)]:
        yield Text(f"• {name}: {count(number)}")


def _response(detail: RunDetail) -> Iterator[Text]:
    run = detail.run
    yield Text("")
    yield Text("Platform Response:")
    yield Text(f"• Audience ID: {detail.remote_id or UNKNOWN}")
    yield Text(f"• Audience Size: {matched_words(run.size, size_unknown(platform_name(run), run.size))}")
    if run.size.low is not None:
        yield Text(f"  between {count(run.size.low)} and {count(run.size.high)}, says the platform", style="dim")
    yield Text(f"• Match Rate: {_rate(run.size)}")
    if told := detail.upload_match:
        yield Text(f"• Matched of these uploads: {share(told.low)} to {share(told.high)} of {count(told.rows)} rows")
    if run.size.state:
        yield Text(f"• State: {run.size.state}")


def _rate(size: SizeView) -> str:
    if size.match_rate is None:
        return UNKNOWN
    return f"{'est. ' if size.estimate else ''}{share(size.match_rate)} of {count(size.profiles_held)} profiles"


def _times(run: RunView) -> Iterator[Text]:
    yield Text("")
    yield Text(f"Duration: {duration(run.duration_seconds)}")
    yield Text(f"Started: {clock(run.started_at)} | Completed: {clock(run.ended_at)}")


def _more(detail: RunDetail) -> Iterator[RenderableType]:
    if detail.run.ended_at is None:
        yield Text("")
        yield bar(detail.progress.percent)
        yield from (line(step, detail.progress) for step in detail.progress.steps)
    if detail.waterfall:
        yield Text("")
        yield waterfall_table(detail.waterfall)
    if detail.refused:
        yield Text(f"Identifiers that could not be used: {refused_words(detail.refused)}", style="dim")
    if detail.batches:
        yield Text("")
        yield table(
            BATCH_HEADERS, map(_batch, detail.batches[:SHOWN_BATCHES]), right=("Batch", "Profiles", "Rows", "Sends")
        )
        if len(detail.batches) > SHOWN_BATCHES:
            yield Text(f"... and {count(len(detail.batches) - SHOWN_BATCHES)} more batches; --json has them all.")


BATCH_HEADERS = ("Batch", "Action", "Profiles", "Rows", "Status", "Sends")


def _batch(batch: BatchView) -> tuple[str, ...]:
    status = batch.status
    if batch.error:
        status = f"{status}: {batch.error.get('message', '')}"
    return str(batch.number), batch.action, count(batch.profiles), count(batch.rows), status, str(batch.attempts)
