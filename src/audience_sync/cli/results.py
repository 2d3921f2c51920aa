"""What became of a run, in the specification's words; and the size that the platform reports."""

from collections.abc import Iterator

from rich.console import Group
from rich.text import Text

from audience_sync.cli.failures import FAILED
from audience_sync.cli.printing import heading
from audience_sync.cli.words import MARKS, STYLES, TRIGGERS, UNKNOWN, count, duration, moment, share
from audience_sync.connectors.registry import connector_of
from audience_sync.flows.views import AudienceView, RunDetail, RunView, SizeView

TITLES = {
    "completed": "Sync Completed",
    "partial": "Sync Completed with issues",
    "failed": "Sync Failed",
    "cancelled": "Sync Cancelled",
}


def results(audience: AudienceView, detail: RunDetail) -> Group:
    """The block that ends a sync."""
    run = detail.run
    created = run.operation == "create" and run.status == "completed"
    body = _created(audience, run) if created else _synced(run)
    title = "Audience Created Successfully" if created else _title(run)
    mark = Text(f"{MARKS[run.status]} {title}", style=f"bold {STYLES.get(run.status, '')}")
    return Group(heading(mark), *(Text(line) for line in body), *_problem(run))


def exit_code_of(run: RunView) -> int:
    """0 only for a run that did all of it."""
    return 0 if run.status == "completed" else FAILED


def matched_words(size: SizeView, unknown: str) -> str:
    """about 1,087 (est. 88.1%) as of ...; a dash and the reason while the platform has not said."""
    if size.matched is None:
        return f"{UNKNOWN} ({unknown})"
    about, est = ("about ", "est. ") if size.estimate else ("", "")
    est = "at least " if size.at_least else est
    rate = f" ({est}{share(size.match_rate)})" if size.match_rate is not None else ""
    return f"{about}{count(size.matched)}{rate} as of {moment(size.as_of)}"


def size_unknown(platform: str, size: SizeView) -> str:
    """Why there is no size."""
    return size.problem or f"{platform} has not reported a size yet; it usually does within a day"


def platform_name(run: RunView) -> str:
    """The platform as people call it."""
    return connector_of(run.platform).card.name


def triggered_by(run: RunView) -> str:
    """Manual (Operator at the shell), Scheduled"""
    words = TRIGGERS.get(run.trigger, run.trigger)
    return words if run.trigger == "scheduled" else f"{words} ({run.by})"


def _title(run: RunView) -> str:
    if run.operation == "delete" and run.status == "completed":
        return "Audience Deleted"
    return TITLES.get(run.status, run.status)


def _created(audience: AudienceView, run: RunView) -> Iterator[str]:
    yield f"Audience: {audience.name}"
    yield f"Platform: {audience.platform_name} ({audience.account})"
    yield ""
    yield "Sync Results:"
    yield f"• Profiles Sent: {count(run.sent)}"
    yield f"• Matched: {matched_words(run.size, size_unknown(audience.platform_name, run.size))}"
    yield f"• Next Sync: {next_sync(audience)}"
    if audience.link:
        yield ""
        yield f"View in {audience.platform_name}: {audience.link}"


def _synced(run: RunView) -> Iterator[str]:
    yield f"• Profiles Sent: {count(run.sent)}"
    yield f"• Added: {count(run.added)}"
    if run.changed:
        yield f"• Changed: {count(run.changed)} (their old keys removed, the new ones sent)"
    if run.resent:
        yield f"• Sent again: {count(run.resent)}"
    yield f"• Removed: {count(run.removed)}"
    if run.owed_removed:
        yield f"• Owed before, removed now: {count(run.owed_removed)} keys"
    yield f"• Failed: {count(run.failed)}"
    yield f"• Duration: {duration(run.duration_seconds)}"
    if run.owed:
        yield f"• Still owed: {count(run.owed)} keys; the next sync contains them"
    if run.operation != "delete":
        yield ""
        yield from _size(run.size, platform_name(run))


def _size(size: SizeView, platform: str) -> Iterator[str]:
    unknown = size_unknown(platform, size)
    if size.matched is None:
        yield f"Current audience size: {UNKNOWN} ({unknown})"
        yield f"Match rate: {UNKNOWN}"
        return
    about, est = ("about ", "est. ") if size.estimate else ("", "")
    yield f"Current audience size: {about}{count(size.matched)} (matched) as of {moment(size.as_of)}"
    yield f"Match rate: {est}{share(size.match_rate)} of {count(size.profiles_held)} profiles"


def next_sync(audience: AudienceView) -> str:
    """Jan 16, 2024 14:30, or why there is none."""
    if audience.next_sync_at:
        return moment(audience.next_sync_at)
    return f"{UNKNOWN} (auto-sync is off)"


def _problem(run: RunView) -> Iterator[Text]:
    if run.error:
        yield Text("")
        yield Text(f"{run.error.get('message', '')} {run.error.get('hint', '')}".strip(), style="red")
        yield Text(f"({run.error.get('code', '')})", style="dim")
