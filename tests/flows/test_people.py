"""Administrators, and only they, say who may use the installation."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import people
from audience_sync.model.permissions import ROLES, SHELL, Actor
from audience_sync.store import audit
from audience_sync.store.database import Database
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.clock import Clock
from tests.flows.ground import ClockedGround

PASSWORD = "correct horse battery"

FLOWS: dict[str, Callable[[people.Ground, Actor], Awaitable[object]]] = {
    "list_roles": people.list_roles,
    "list_users": people.list_users,
    "add_user": lambda app, actor: people.add_user(app, actor, email="eve@example.com", role="admin"),
    "set_role": lambda app, actor: people.set_role(app, actor, "u", "admin"),
    "disable_user": lambda app, actor: people.disable_user(app, actor, "u"),
    "enable_user": lambda app, actor: people.enable_user(app, actor, "u"),
    "set_password": lambda app, actor: people.set_password(app, actor, "u", PASSWORD),
}


@pytest.fixture
def app(database: Database, clock: Clock) -> ClockedGround:
    return ClockedGround(database, clock)


async def add(app: people.Ground, email: str, role: str = "viewer") -> people.Person:
    return await people.add_user(app, SHELL, email=email, role=role)


async def actions(app: people.Ground) -> list[str]:
    async with app.database.read() as session:
        return [entry.action for entry in await audit.entries(session)]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_may(sqlite_database: Database, clock: Clock, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await FLOWS[flow](ClockedGround(sqlite_database, clock), actor)


async def test_a_user_is_added_with_a_tidy_address(app: people.Ground) -> None:
    added = await people.add_user(app, ADMIN, email=" Ben@Example.COM ", role="manager", name=" Ben ")
    assert (added.email, added.name, added.role, added.has_password) == ("ben@example.com", "Ben", "manager", False)
    assert await people.list_users(app, ADMIN) == [added]
    assert await actions(app) == ["user.added"]


@pytest.mark.parametrize(
    "email", ["", "ben", "ben@", "@example.com", "a b@example.com", "a@b", "a@b..com", "a@b.com\n@", "a\0@b.com"]
)
async def test_what_is_no_address_is_refused(app: people.Ground, email: str) -> None:
    with pytest.raises(Invalid) as caught:
        await add(app, email)
    assert caught.value.code == "INVALID_EMAIL"


@pytest.mark.parametrize("name", ["a" * 201, "a\0b", "a\nb"])
async def test_a_name_that_cannot_be_shown_is_refused(app: people.Ground, name: str) -> None:
    with pytest.raises(Invalid):
        await people.add_user(app, SHELL, email="ben@example.com", role="viewer", name=name)


async def test_an_address_is_taken_once_whatever_its_case(app: people.Ground) -> None:
    await add(app, "ben@example.com")
    with pytest.raises(Conflict) as caught:
        await add(app, "BEN@example.com")
    assert caught.value.code == "EMAIL_TAKEN"
    assert await actions(app) == ["user.added"]


async def test_an_unknown_role_is_refused_with_the_known_ones(app: people.Ground) -> None:
    with pytest.raises(Invalid, match="admin, analyst, manager, operator, viewer"):
        await add(app, "ben@example.com", role="king")


async def test_a_short_password_is_refused(app: people.Ground) -> None:
    with pytest.raises(Invalid):
        await people.add_user(app, ADMIN, email="ben@example.com", role="viewer", password="short")


async def test_every_change_is_in_the_audit_trail(app: people.Ground) -> None:
    ben = await add(app, "ben@example.com")
    await people.set_role(app, ADMIN, ben.id, "operator")
    await people.disable_user(app, ADMIN, ben.id)
    await people.enable_user(app, ADMIN, ben.id)
    changed = await people.set_password(app, ADMIN, ben.id, PASSWORD)
    assert (changed.role, changed.disabled, changed.has_password) == ("operator", False, True)
    assert await actions(app) == [
        "user.password_set",
        "user.enabled",
        "user.disabled",
        "user.role_set",
        "user.added",
    ]


async def test_the_audit_trail_holds_no_password(app: people.Ground) -> None:
    await people.add_user(app, ADMIN, email="ben@example.com", role="viewer", password=PASSWORD)
    async with app.database.read() as session:
        trail = str(await audit.entries(session))
    assert "ben@example.com" in trail
    assert PASSWORD not in trail
    assert "argon2" not in trail


@pytest.mark.parametrize("change", ["disable_user", "set_role"])
async def test_the_last_admin_stays(app: people.Ground, change: str) -> None:
    last = await add(app, "ada@example.com", role="admin")
    await people.disable_user(app, SHELL, (await add(app, "old@example.com", role="admin")).id)
    words = ("viewer",) if change == "set_role" else ()
    with pytest.raises(Conflict) as caught:
        await getattr(people, change)(app, SHELL, last.id, *words)
    assert caught.value.code == "LAST_ADMIN"
    assert last in await people.list_users(app, SHELL)


async def test_two_admins_cannot_disable_each_other(app: people.Ground) -> None:
    both = [await add(app, "ada@example.com", role="admin"), await add(app, "ben@example.com", role="admin")]
    attempts = (people.disable_user(app, SHELL, each.id) for each in both)
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 1


async def test_an_installation_without_an_admin_can_still_be_changed(app: people.Ground) -> None:
    ben = await add(app, "ben@example.com")
    assert (await people.disable_user(app, SHELL, ben.id)).disabled


async def test_a_stranger_cannot_be_changed(app: people.Ground) -> None:
    with pytest.raises(NotFound):
        await people.disable_user(app, ADMIN, "nobody")


async def test_the_roles_are_shown_with_their_permissions(app: people.Ground) -> None:
    assert await people.list_roles(app, ADMIN) == {name: sorted(granted) for name, granted in ROLES.items()}
