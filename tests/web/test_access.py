"""Every page asks who is there, and lets in only who may."""

import httpx2
import pytest
from fastapi.responses import Response

from audience_sync.model.permissions import ROLES
from audience_sync.web.access import pages
from tests.web.conftest import OUTSIDER, Site
from tests.web.walk import Door, doors

OPEN = {
    "GET /static/{name}": "files without a secret",
    "GET /sign-in": "how one gets in",
    "POST /sign-in": "how one gets in",
    "POST /sign-out": "whoever is out may leave again",
    "GET /set-up": "closed once there is anybody",
    "POST /set-up": "closed once there is anybody",
    "GET /forgotten-password": "says whom to ask",
    "GET /new-password": "its own secret",
    "POST /new-password": "its own secret",
    "GET /platforms/{platform}/callback": "the state of a sign-in",
    "POST /theme": "a preference of the browser",
}
GUARDED = [door for door in doors() if not door.is_open]


def test_every_page_names_who_may_see_it() -> None:
    assert {str(door) for door in doors() if door.is_open} == set(OPEN)


def test_a_page_that_names_nobody_cannot_be_made() -> None:
    async def forgotten() -> Response:
        return Response()

    with pytest.raises(RuntimeError, match="does not say who may see it"):
        pages().get("/forgotten")(forgotten)


@pytest.mark.parametrize("door", GUARDED, ids=str)
async def test_nobody_comes_in_without_signing_in(site: Site, door: Door) -> None:
    async with await site.browser() as browser:
        answer = await browser.request(door.method, door.url)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_every_role_is_let_in_exactly_where_it_may(site: Site) -> None:
    wrong = []
    for role, granted in {**ROLES, OUTSIDER: frozenset()}.items():
        async with await site.browser(role) as browser:
            for door in GUARDED:
                assert door.needed is not None
                may = door.needed.permission is None or door.needed.permission in granted
                if (await is_let_in(browser, door)) is not may:
                    wrong.append((role, str(door)))
    assert wrong == []


async def is_let_in(browser: httpx2.AsyncClient, door: Door) -> bool:
    """Whether a request about nothing comes past the door; whoever does ends in 404, 422, a page or a redirect."""
    answer = await browser.request(door.method, door.url)
    assert answer.status_code < 500, (str(door), answer.text)
    assert not answer.headers.get("location", "").startswith("/sign-in"), str(door)
    return answer.status_code != 403


async def test_nothing_is_read_before_the_door(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        answer = await browser.post("/users/new", content=b"\xff" * 100, headers={"Content-Type": "application/json"})
    assert answer.status_code == 403


async def test_the_refusal_says_what_is_missing_and_whom_to_ask(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/users")).text
    assert "audience_sync:admin" in shown
    assert "An administrator can grant it" in shown
