"""Users manage their own keys, administrators all; no key can do more than its owner."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import api_keys, people
from audience_sync.model.permissions import SHELL, Actor, ActorKind, Permission
from audience_sync.store import audit
from audience_sync.store.database import Database
from audience_sync.store.people import ApiKey
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.clock import Clock
from tests.flows.ground import ClockedGround

READ = {Permission.READ}


@pytest.fixture
def app(database: Database, clock: Clock) -> ClockedGround:
    return ClockedGround(database, clock)


@pytest.fixture
async def ben(app: ClockedGround) -> Actor:
    """An operator whose keys the tests are about."""
    added = await people.add_user(app, SHELL, email="ben@example.com", role="operator", name="Ben")
    permissions = frozenset({Permission.READ, Permission.SYNC, Permission.EXPORT})
    return Actor(ActorKind.USER, added.id, added.name, permissions)


Flow = Callable[[people.Ground, Actor, str], Awaitable[object]]
FLOWS: dict[str, Flow] = {
    "create": lambda app, actor, owner: api_keys.create_key(app, actor, owner, name="ci", permissions=READ),
    "list": api_keys.list_keys,
    "revoke": lambda app, actor, _: api_keys.revoke_key(app, actor, "missing"),
}


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_a_strangers_keys_are_for_admins_only(app: ClockedGround, ben: Actor, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await FLOWS[flow](app, actor, ben.id)


@pytest.mark.parametrize("who", ["owner", "admin"])
async def test_owner_and_admin_make_list_and_revoke(app: ClockedGround, ben: Actor, who: str) -> None:
    actor = ben if who == "owner" else ADMIN
    key, _ = await api_keys.create_key(app, actor, ben.id, name=" ci ", permissions={Permission.SYNC, Permission.READ})
    assert (key.name, key.permissions) == ("ci", ["audience_sync:read", "audience_sync:sync"])
    assert await api_keys.list_keys(app, actor, ben.id) == [key]
    revoked = await api_keys.revoke_key(app, actor, key.id)
    assert revoked == replace(key, revoked_at=app.now())


async def test_a_key_does_not_manage_its_owners_keys(app: ClockedGround, ben: Actor) -> None:
    with pytest.raises(Forbidden):
        await api_keys.list_keys(app, replace(ben, kind=ActorKind.API_KEY), ben.id)


async def test_the_secret_is_nowhere_in_the_database(app: ClockedGround, ben: Actor) -> None:
    key, text = await api_keys.create_key(app, ben, ben.id, name="ci", permissions=READ)
    secret = text.removeprefix(f"asy_{key.id}_")
    assert len(secret) == 43
    async with app.database.read() as session:
        rows = (await session.execute(sa.select(ApiKey.__table__))).all()
        trail = await audit.entries(session)
    assert secret not in f"{rows}{trail}"


async def test_a_key_cannot_do_more_than_its_owner(app: ClockedGround, ben: Actor) -> None:
    with pytest.raises(Invalid, match="audience_sync:admin") as caught:
        await api_keys.create_key(app, ADMIN, ben.id, name="ci", permissions={Permission.READ, Permission.ADMIN})
    assert caught.value.code == "PERMISSION_BEYOND_OWNER"


async def test_a_key_that_would_have_expired_is_refused(app: ClockedGround, ben: Actor) -> None:
    with pytest.raises(Invalid, match="expired"):
        await api_keys.create_key(app, ben, ben.id, name="ci", permissions=READ, expires_at=app.now())


async def test_a_key_without_a_name_is_refused(app: ClockedGround, ben: Actor) -> None:
    with pytest.raises(Invalid, match="name"):
        await api_keys.create_key(app, ben, ben.id, name=" ", permissions=READ)


async def test_a_disabled_user_gets_no_key(app: ClockedGround, ben: Actor) -> None:
    await people.disable_user(app, SHELL, ben.id)
    with pytest.raises(Conflict) as caught:
        await api_keys.create_key(app, ADMIN, ben.id, name="ci", permissions=READ)
    assert caught.value.code == "USER_DISABLED"


async def test_nobody_gets_no_key(app: ClockedGround) -> None:
    with pytest.raises(NotFound):
        await api_keys.create_key(app, ADMIN, "nobody", name="ci", permissions=READ)


async def test_a_missing_key_is_not_found_by_an_admin(app: ClockedGround) -> None:
    with pytest.raises(NotFound):
        await api_keys.revoke_key(app, ADMIN, "missing")


async def test_revoking_again_keeps_the_first_time(app: ClockedGround, ben: Actor) -> None:
    key, _ = await api_keys.create_key(app, ben, ben.id, name="ci", permissions=READ)
    first = await api_keys.revoke_key(app, ben, key.id)
    app.clock.advance(days=1)
    assert await api_keys.revoke_key(app, ben, key.id) == first


async def test_the_newest_key_is_first(app: ClockedGround, ben: Actor) -> None:
    for name in ("old", "new"):
        await api_keys.create_key(app, ben, ben.id, name=name, permissions=READ)
        app.clock.moment += timedelta(minutes=1)
    assert [key.name for key in await api_keys.list_keys(app, ben, ben.id)] == ["new", "old"]


async def test_making_and_revoking_are_in_the_audit_trail(app: ClockedGround, ben: Actor) -> None:
    key, _ = await api_keys.create_key(app, ben, ben.id, name="ci", permissions=READ)
    await api_keys.revoke_key(app, ben, key.id)
    async with app.database.read() as session:
        trail = await audit.entries(session, on=audit.Thing("api_key", key.id))
    assert [entry.action for entry in trail] == ["api_key.revoked", "api_key.created"]
