"""How audiences stand, on the page for people: in their platform's own words, before and after it has worked."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from audience_sync.sandbox.world import World
from tests.sandbox.google import wire as google
from tests.sandbox.linkedin import rest as linkedin
from tests.sandbox.snapchat import snap as snapchat
from tests.sandbox.tiktok import business as tiktok

MANY = 400


@dataclass(frozen=True)
class Here:
    """Who speaks to all sandboxes, and their inside."""

    client: httpx2.AsyncClient
    world: World


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Here(client, app.state.world)


async def states(here: Here, platform: str) -> list[str]:
    """The state of each audience of the platform, as the page tells it."""
    page = (await here.client.get("/_sandbox/", headers={"accept": "text/html"})).text
    part = re.search(rf'<section id="{platform}".*?</section>', page, re.DOTALL)
    assert part is not None
    return [unescape(each) for each in re.findall(r'<td data-label="State">(.*?)</td>', part[0])]


async def test_google_says_what_waits_and_whom_it_knows(here: Here) -> None:
    there = google.Wire(here.client, here.world)
    there.configure(match_share=1.0)
    made = await there.made()
    before = await states(here, "google")
    await there.ingest(made, google.people(MANY))
    during = await states(here, "google")
    here.world.clock.advance(60)
    after = await states(here, "google")
    assert (before, during, after) == (["OPEN"], ["OPEN, 1 waiting"], ["OPEN, 400 matched"])


async def test_tiktok_says_whether_it_can_be_used_and_whom_it_knows(here: Here) -> None:
    there = tiktok.Business(here.client, here.world)
    there.settings(match_share=1.0, min_size=100)
    made = await there.create()
    await there.map(made, *([each] for each in tiktok.emails(MANY)))
    during = await states(here, "tiktok")
    there.advance(60)
    after = await states(here, "tiktok")
    assert during == ["Partner, being computed, is_valid false, cover_num 0"]
    assert after == ["Partner, is_valid true, cover_num 400"]


async def test_linkedin_says_its_status_and_whom_it_knows(here: Here) -> None:
    there = linkedin.Rest(here.client, here.world)
    there.linkedin.configure({"match_share": 1.0})
    made = await there.create()
    before = await states(here, "linkedin")
    await there.users(made, *(linkedin.person(f"p{n}") for n in range(MANY)))
    here.world.clock.advance(60)
    assert (before, await states(here, "linkedin")) == (["BUILDING"], ["READY, 400 matched"])


async def test_snapchat_says_its_statuses(here: Here) -> None:
    there = snapchat.Snap(here.client, here.world)
    await there.create()
    [shown] = await states(here, "snapchat")
    assert "NO_UPLOAD, NOT_READY" in shown


async def test_no_audience_of_any_platform_is_without_a_state(here: Here) -> None:
    await google.Wire(here.client, here.world).made()
    await tiktok.Business(here.client, here.world).create()
    await linkedin.Rest(here.client, here.world).create()
    await snapchat.Snap(here.client, here.world).create()
    told = [each for platform in here.world.platforms for each in await states(here, platform)]
    assert (len(told), "—" in told) == (4, False)
