"""Every part that pages are made of, looked at in one place."""

from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest
from playwright.sync_api import Page
from starlette.requests import Request

from audience_sync.auth.sessions import SignedIn
from audience_sync.flows.views import StepView, Waterfall
from audience_sync.web import rendering
from audience_sync.web.charts import Point, bar_chart, line_chart
from audience_sync.web.forms import Form
from audience_sync.web.visit import Visit
from tests.cast import ADMIN
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

ADDRESS = "/every-part"
STEPS = (
    StepView("members", "Getting segment members", "done"),
    StepView("delta", "Calculating delta", "done"),
    StepView("hashing", "Hashing identifiers", "stopped"),
    StepView("uploading", "Uploading to Meta", "running"),
    StepView("processing", "Platform processing", "waiting"),
)
WATERFALL = Waterfall(
    segment=1302,
    withheld={"no_consent": 60, "no_usable_identifier": 8},
    sendable=1234,
    sent=68,
    accepted=68,
    held=1234,
    matched=1087,
)
FORM = Form(
    {"name": "High Value Customers - Stratum", "auto": True, "platform": "meta"},
    {"name": "Another audience has this name. Choose another one."},
)


def values() -> dict[str, object]:
    days = [f"Nov {day}" for day in range(1, 25)]
    marks = ["completed", "completed", "partial", "failed"]
    rates = [Point(day, 0.87 + at % 5 / 200, f"{day}: 88.1%", marks[at % 4], "#run") for at, day in enumerate(days)]
    sent = [Point(day, 68.0 * (at % 4), f"{day}: {68 * (at % 4)} sent") for at, day in enumerate(days)]
    removed = [Point(day, 12.0 * (at % 3), f"{day}: {12 * (at % 3)} removed") for at, day in enumerate(days)]
    return {
        "now": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "steps": STEPS,
        "waterfall": WATERFALL,
        "form": FORM,
        "line": line_chart("Match rate over 30 days", "Between 87.0% and 89.0%.", rates),
        "bars": bar_chart("Sent and removed", "Per day.", [("Sent", "good", sent), ("Removed", "bad", removed)]),
    }


@pytest.fixture
def gallery(stage: Stage, page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page at an address that only the tests' browser knows."""
    ours = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    theirs = rendering._TEMPLATES.loader
    assert theirs is not None
    monkeypatch.setattr(rendering._TEMPLATES, "loader", jinja2.ChoiceLoader([theirs, ours]))

    def shown() -> str:
        theme = {each["name"]: each["value"] for each in page.context.cookies()}.get("theme", "light")
        headers = [(b"cookie", f"theme={theme}".encode())]
        request = Request({"type": "http", "method": "GET", "path": ADDRESS, "query_string": b"", "headers": headers})
        who = SignedIn("s", ADMIN.id, "ada@example.com", ADMIN.name, "admin", "", ADMIN)
        return Visit(request, stage.app, who).fragment("gallery.html", **values())

    page.route(f"**{ADDRESS}", lambda route: route.fulfill(body=shown(), content_type="text/html; charset=utf-8"))
    page.goto(ADDRESS)
    return page


def test_every_part_looks_right(gallery: Page) -> None:
    looks(gallery, "every-part")
    assert gallery.get_by_role("heading", level=1).inner_text() == "Every part"
