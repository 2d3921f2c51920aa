"""Sync history: the runs of one audience with a summary and charts, and the runs of all."""

from asyncio import gather
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response

from audience_sync.flows import audiences, history, past_runs
from audience_sync.flows.past_runs import Wanted
from audience_sync.flows.views import Page, RunView
from audience_sync.web import run_charts, states
from audience_sync.web.access import Reader, pages
from audience_sync.web.visit import Visit

routes = pages()
Chosen = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Days = Annotated[int, Query(ge=1, le=366)]
SPANS = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"))
MOST_DRAWN = 60
"""Points that can be told apart; of more runs a chart shows the last one of each day."""


@dataclass(frozen=True, slots=True)
class Around:
    """Addresses with the same filters: of other spans, of the next page and of the first; empty where there is none."""

    days: str
    days_href: str
    is_filtered: bool
    next_href: str
    first_href: str
    spans: tuple[tuple[str, str], ...] = SPANS


@routes.get("/history")
async def show_all(
    visit: Reader,
    *,
    days: Days = 30,
    platform: Chosen = "",
    operation: Chosen = "",
    status: Chosen = "",
    trigger: Chosen = "",
    cursor: Chosen = "",
) -> Response:
    """The runs of all audiences, newest first."""
    wanted = Wanted(days, "", platform, operation, status, trigger)
    page, outcomes = await gather(
        past_runs.recent(visit.app, visit.actor, wanted, cursor=cursor),
        past_runs.outcomes(visit.app, visit.actor, wanted),
    )
    chosen = {"days": str(days), "platform": platform, "operation": operation, "status": status, "trigger": trigger}
    platforms = [("", "All platforms"), *((each, one.card.name) for each, one in visit.app.connectors.items())]
    filters = [_filter("Platform", "platform", platforms, chosen), *_filters(chosen)]
    return visit.page(
        "history/all.html", page=page, outcomes=outcomes, filters=filters, around=_around(chosen, page, cursor)
    )


@routes.get("/audiences/{audience_id}/history")
async def show_one(
    visit: Reader,
    audience_id: str,
    *,
    days: Days = 30,
    operation: Chosen = "",
    status: Chosen = "",
    trigger: Chosen = "",
    cursor: Chosen = "",
) -> Response:
    """The audience's runs, newest first, with its summary and charts."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    wanted = Wanted(days, audience_id, "", operation, status, trigger)
    page, summary, drawn = await gather(
        past_runs.recent(visit.app, visit.actor, wanted, cursor=cursor),
        history.summary(visit.app, visit.actor, audience_id, days=days),
        _drawn(visit, audience_id, days),
    )
    chosen = {"days": str(days), "operation": operation, "status": status, "trigger": trigger}
    return visit.page(
        "history/one.html",
        audience=audience,
        page=page,
        summary=summary,
        drawn=drawn,
        filters=_filters(chosen),
        around=_around(chosen, page, cursor),
    )


async def _drawn(visit: Visit, audience_id: str, days: int) -> run_charts.RunCharts | None:
    """The charts of the span, whatever the table is filtered by; None before the first run ended."""
    zone = visit.viewer.zone
    found = await past_runs.course(visit.app, visit.actor, Wanted(days, audience_id), zone=zone, most=MOST_DRAWN)
    return run_charts.drawn(found, days=days, zone=zone) if found.runs else None


def _filters(chosen: Mapping[str, str]) -> list[dict[str, object]]:
    every = [("", "All operations"), *states.OPERATIONS.items()]
    statuses = [("", "Any status"), *((name, each.label) for name, each in states.RUNS.items())]
    triggers = [("", "Any trigger"), *states.TRIGGERS.items()]
    return [
        _filter("Operation", "operation", every, chosen),
        _filter("Status", "status", statuses, chosen),
        _filter("Trigger", "trigger", triggers, chosen),
    ]


def _filter(label: str, name: str, choices: list[tuple[str, str]], chosen: Mapping[str, str]) -> dict[str, object]:
    return {"label": label, "name": name, "choices": choices, "chosen": chosen[name]}


def _around(chosen: Mapping[str, str], page: Page[RunView], cursor: str) -> Around:
    others = {name: value for name, value in chosen.items() if value and name != "days"}
    kept = urlencode({"days": chosen["days"], **others})
    return Around(
        days=chosen["days"],
        days_href=f"?{urlencode(others)}{'&' if others else ''}days=",
        is_filtered=bool(others),
        next_href=f"?{kept}&{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        first_href=f"?{kept}" if cursor else "",
    )
