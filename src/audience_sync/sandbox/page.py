"""The page at /_sandbox/ for people: what each pretend platform holds and saw, what awaits it, and the clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from audience_sync.sandbox.platform import AudienceView, Platform
from audience_sync.sandbox.recorder import Recorded
from audience_sync.sandbox.world import World

HERE = Path(__file__).parent
SHOWN_REQUESTS = 20
# What the page needs and no more; it has no script and no style of its own.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
TITLES = {"linkedin": "LinkedIn", "tiktok": "TikTok"}
JUMPS = {"+30 minutes": 1_800, "+1 day": 86_400}
_PAGES = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)


def is_wanted(request: Request) -> bool:
    """Whether a person is looking with a browser, rather than a program asking for JSON."""
    return "text/html" in request.headers.get("accept", "")


def page(world: World) -> Response:
    """The page as of now."""
    clock = world.clock
    shown = {
        "platforms": [_platform(world, each) for each in world.platforms.values()],
        "now": _time(clock.now()),
        "ahead": str(timedelta(seconds=round(clock.offset_seconds))) if clock.offset_seconds else "",
        "jumps": JUMPS,
    }
    headers = {"content-security-policy": POLICY, "cache-control": "no-store", "vary": "accept"}
    return HTMLResponse(_PAGES.get_template("page.html").render(**shown), headers=headers)


async def style(request: Request) -> Response:
    """The page's looks, light and dark."""
    return FileResponse(HERE / "page.css", media_type="text/css")


def _platform(world: World, platform: Platform) -> dict[str, Any]:
    latest = world.recorder.requests(platform=platform.name)[-SHOWN_REQUESTS:]
    return {
        "name": platform.name,
        "title": TITLES.get(platform.name, platform.name.capitalize()),
        "audiences": [_audience(each) for each in platform.audiences()],
        "requests": [_request(each) for each in reversed(latest)],
        "faults": [each for each in world.faults.waiting() if each.platform == platform.name],
        "settings": platform.settings(),
    }


def _audience(audience: AudienceView) -> dict[str, Any]:
    return {
        "id": audience.id,
        "account": audience.account,
        "name": audience.name,
        "sizes": audience.members.sizes(),
        "state": ", ".join(part for part in (audience.state, *sorted(audience.marks)) if part),
    }


def _request(request: Recorded) -> dict[str, Any]:
    """A request without the values of its query, which hold tokens, proofs and people."""
    names = "&".join(dict(parse_qsl(request.query, keep_blank_values=True)))
    return {
        "at": _time(request.at),
        "method": request.method,
        "path": f"{request.path}?{names}" if names else request.path,
        "status": "no answer" if request.status is None else request.status,
    }


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
