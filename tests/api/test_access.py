"""Every route asks who is there, and lets in only who may."""

import httpx2
import pytest

from audience_sync.flows import people
from audience_sync.model.permissions import ROLES, SHELL
from tests.api.conftest import Desk
from tests.api.walk import Door, doors

OPEN = {
    "GET /health": "a probe has no key",
    "GET /ready": "a probe has no key",
    "GET /metrics": "its own token",
    "GET /api/v1/health": "a probe has no key",
    "GET /api/v1/ready": "a probe has no key",
    "GET /api/v1/metrics": "its own token",
    "GET /api/v1/platforms/{platform}/callback": "the state of a sign-in",
    "GET /api/v1/exports/{export_id}/file": "a signature in the address",
    "GET /docs": "documentation",
    "GET /docs/pages.css": "documentation",
    "GET /openapi.json": "documentation",
    "HEAD /openapi.json": "documentation",
}
GUARDED = [door for door in doors() if door.permission]


def test_every_route_names_its_permission() -> None:
    assert {str(door) for door in doors() if not door.permission} == set(OPEN)


@pytest.mark.parametrize("door", GUARDED, ids=str)
async def test_nobody_comes_in_without_a_key(desk_alone: Desk, door: Door) -> None:
    async with desk_alone.client("") as client:
        answer = await client.request(door.method, f"http://api{door.url}", json={})
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "UNAUTHENTICATED"


async def test_every_role_is_let_in_exactly_where_it_may(desk: Desk) -> None:
    wrong = []
    for role, granted in ROLES.items():
        async with desk.client(role) as client:
            for door in GUARDED:
                answer = await knock(client, door)
                refused = answer.status_code == 403
                if answer.status_code == 401 or refused is (door.permission in granted):
                    wrong.append((role, str(door), answer.status_code))
    assert wrong == []


async def knock(client: httpx2.AsyncClient, door: Door) -> httpx2.Response:
    """A request about nothing: whoever is let in ends in 404, 422 or an empty list."""
    return await client.request(door.method, f"http://api{door.url}", json={})


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer nonsense", "Bearer asy_0123456789abcdef_x"])
async def test_what_is_no_key_opens_nothing(desk_alone: Desk, header: str) -> None:
    async with desk_alone.client("", Authorization=header) as client:
        assert (await client.get("/audiences")).status_code == 401


async def test_nothing_is_read_before_the_door(desk_alone: Desk) -> None:
    async with desk_alone.client("", **{"Content-Type": "application/json"}) as client:
        assert (await client.post("/segments?x=1", content=b"{")).status_code == 401


async def test_a_misspelt_filter_is_refused(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        answer = await client.get("/audiences", params={"segment": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID")


async def test_a_disabled_user_s_key_opens_nothing(desk: Desk) -> None:
    users = {each.role: each.id for each in await people.list_users(desk.home.app, SHELL)}
    await people.disable_user(desk.home.app, SHELL, users["viewer"])
    async with desk.client("viewer") as client:
        assert (await client.get("/audiences")).status_code == 401
