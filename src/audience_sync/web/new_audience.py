"""Create Audience: segment, platform and ad account, settings; then the first run live, and what came of it."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, NotFound
from audience_sync.flows import audiences, connect, runs, segments
from audience_sync.flows.connect import PlatformState
from audience_sync.flows.connected import AccountView
from audience_sync.flows.expiry import Health
from audience_sync.flows.segments import SegmentView
from audience_sync.flows.views import RunDetail
from audience_sync.model.plans import Operation
from audience_sync.web.access import Creator, Reader, pages
from audience_sync.web.choosing import ACCOUNT, SETTINGS, Chosen, intervals
from audience_sync.web.forms import Form, refused
from audience_sync.web.live import Frame, stream
from audience_sync.web.visit import Visit

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
STEPS = ("Select Segment", "Select Platform", "Audience Settings")
SHOWN = 25
LINES = ("create", "uploading", "processing")
"""The lines of the specification for a creation; what happens between them is told beside the bar."""


@routes.get("/audiences/new")
async def choose_segment(visit: Creator, search: Words = "", after: Words = "") -> Response:
    """Select Segment: each with its profiles."""
    return await _segments(visit, Chosen.of(visit.request.query_params.multi_items()), search=search, after=after)


@routes.get("/audiences/new/platform")
async def choose_platform(visit: Creator) -> Response:
    """Select Platform: the platforms, and the ad accounts of the chosen one."""
    chosen = Chosen.of(visit.request.query_params.multi_items())
    segment = await _segment(visit, chosen)
    if segment is None:
        return await _segments(visit, chosen, error="Choose a segment.")
    return await _platforms(visit, chosen, segment)


@routes.get("/audiences/new/settings")
async def choose_settings(visit: Creator) -> Response:
    """Audience Settings: name, description, the platform's choices, schedule."""
    return await _settings(visit, Chosen.of(visit.request.query_params.multi_items()))


@routes.post("/audiences/new/settings")
async def create(visit: Creator) -> Response:
    """The audience is ours and its first run is queued; on to its progress."""
    chosen = Chosen.of((await visit.request.form()).multi_items())
    platform = await _platform(visit, chosen)
    if platform is None:
        return await _settings(visit, chosen)
    try:
        made = await audiences.create(visit.app, visit.actor, chosen.draft(platform))
    except AudienceSyncError as problem:
        return await _settings(visit, chosen, problem=problem)
    return visit.go(f"/audiences/created/{made.run.id}")


@routes.get("/audiences/created/{run_id}")
async def created(visit: Reader, run_id: str) -> Response:
    """The creation, live while it goes on, and its results."""
    detail = await runs.get(visit.app, visit.actor, run_id)
    if detail.run.operation != Operation.CREATE:
        return visit.go(f"/runs/{run_id}")
    return visit.page("audiences/created.html", status=200, **await _progress(visit, detail))


@routes.get("/audiences/created/{run_id}/events")
async def events(visit: Reader, run_id: str) -> Response:
    """The creation's progress, until it has ended."""

    async def look() -> Frame:
        detail = await runs.get(visit.app, visit.actor, run_id)
        html = visit.fragment("audiences/created_live.html", **await _progress(visit, detail))
        return Frame(html, is_last=detail.run.ended_at is not None)

    await runs.get(visit.app, visit.actor, run_id)
    return stream(visit, look)


async def _progress(visit: Visit, detail: RunDetail) -> dict[str, object]:
    steps = detail.progress.steps
    between = (each.label for each in steps if each.state == "running" and each.name not in LINES)
    return {
        "detail": detail,
        "run": detail.run,
        "audience": await audiences.get(visit.app, visit.actor, detail.run.audience_id),
        "lines": [each for each in steps if each.name in LINES],
        "between": next(between, ""),
    }


async def _segments(visit: Visit, chosen: Chosen, *, search: str = "", after: str = "", error: str = "") -> Response:
    found = await segments.list_segments(visit.app, visit.actor, search=search, after=after, limit=SHOWN)
    before = await _segment(visit, chosen)
    shown = [each for each in found.items if before is None or each.id != before.id]
    return visit.page(
        "audiences/new.html",
        status=422 if error else 200,
        form=Form({"segment": before.id if before else ""}, {"segment": error} if error else {}),
        segments=[before, *shown] if before else shown,
        search=search,
        next_after=found.next_cursor,
        **_around(at=1, carried=chosen.without("segment"), segment=before),
    )


async def _platforms(visit: Visit, chosen: Chosen, segment: SegmentView, *, error: str = "") -> Response:
    platforms = await connect.platforms(visit.app, visit.actor)
    at_first = next((each.id for each in platforms if usable(each)), "")
    picked = chosen.value("platform") or at_first
    values = {f"{ACCOUNT}.{each.id}": _account_at_first(each, chosen.value(ACCOUNT)) for each in platforms}
    return visit.page(
        "audiences/new_platform.html",
        status=422 if error else 200,
        form=Form({**values, "platform": picked}, {ACCOUNT: error} if error else {}),
        platforms=platforms,
        **_around(at=2, carried=chosen.without("platform", ACCOUNT), segment=segment),
    )


async def _settings(visit: Visit, chosen: Chosen, *, problem: AudienceSyncError | None = None) -> Response:
    segment, platform = await _segment(visit, chosen), await _platform(visit, chosen)
    if segment is None:
        return await _segments(visit, chosen, error="Choose a segment.")
    account = next((each for each in usable(platform) if each.id == chosen.value(ACCOUNT)), None) if platform else None
    if platform is None or account is None:
        error = f"Choose an ad account of {platform.name}." if platform else "Choose a platform."
        return await _platforms(visit, chosen, segment, error=error)
    default = f"{segment.name} - {visit.app.settings.audience_suffix}"[: platform.names.longest].rstrip()
    values = chosen.settings(platform, default)
    return visit.page(
        "audiences/new_settings.html",
        status=problem.status if problem else 200,
        form=refused(problem, values, {}) if problem else Form(values),
        platform=platform,
        intervals=intervals(),
        **_around(at=3, carried=chosen.without(*SETTINGS, "choices"), segment=segment)
        | {"chosen_platform": platform, "chosen_account": account},
    )


def usable(platform: PlatformState) -> list[AccountView]:
    """The ad accounts in which an audience can be made now."""
    live = (each for each in platform.connections if each.state is not Health.BROKEN)
    return [account for each in live for account in each.accounts if account.selected and account.usable]


def _account_at_first(platform: PlatformState, chosen: str) -> str:
    """The chosen account where it is one of the platform's, else its only one."""
    ids = [each.id for each in usable(platform)]
    return chosen if chosen in ids else ids[0] if len(ids) == 1 else ""


def _around(*, at: int, carried: tuple[tuple[str, str], ...], segment: SegmentView | None) -> dict[str, object]:
    """What stands around each step: the steps, the choices so far, and what its form carries along."""
    return {
        "steps": [(label, "") for label in STEPS],
        "at": at,
        "carried": carried,
        "segment": segment,
        "chosen_platform": None,
        "chosen_account": None,
    }


async def _segment(visit: Visit, chosen: Chosen) -> SegmentView | None:
    """The chosen segment; None when none is chosen, or it is gone."""
    try:
        return await segments.get(visit.app, visit.actor, chosen.value("segment"))
    except NotFound:
        return None


async def _platform(visit: Visit, chosen: Chosen) -> PlatformState | None:
    found = await connect.platforms(visit.app, visit.actor)
    return next((each for each in found if each.id == chosen.value("platform")), None)
