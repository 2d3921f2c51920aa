"""A key opens the door for its owner's permissions, while it is good."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from audience_sync.auth.keys import actor_of_key
from audience_sync.errors import Unauthenticated
from audience_sync.flows import api_keys, people
from audience_sync.model.permissions import SHELL, Actor, ActorKind, Permission
from audience_sync.store.database import Database
from audience_sync.store.people import ApiKey
from tests.clock import Clock
from tests.flows.ground import ClockedGround

SYNC = frozenset({Permission.READ, Permission.SYNC})

STRANGER = f"asy_{'0' * 16}_{'s' * 43}"
"""Of the right shape, but there is no such key."""


@dataclass(frozen=True)
class Made:
    """Ben, an operator, and his key that lasts an hour."""

    app: ClockedGround
    owner_id: str
    key_id: str
    text: str

    async def last_used_at(self) -> datetime | None:
        async with self.app.database.read() as session:
            return (await session.get_one(ApiKey, self.key_id)).last_used_at

    async def is_refused(self) -> bool:
        with pytest.raises(Unauthenticated):
            await actor_of_key(self.app.database, self.text, self.app.now())
        return True


@pytest.fixture
async def made(database: Database, clock: Clock) -> Made:
    app = ClockedGround(database, clock)
    await people.add_user(app, SHELL, email="ada@example.com", role="admin")
    ben = await people.add_user(app, SHELL, email="ben@example.com", role="operator", name="Ben")
    until = clock.now() + timedelta(hours=1)
    key, text = await api_keys.create_key(app, SHELL, ben.id, name="ci", permissions=SYNC, expires_at=until)
    return Made(app, ben.id, key.id, text)


async def test_a_good_key_is_its_actor(made: Made) -> None:
    actor = await actor_of_key(made.app.database, made.text, made.app.now())
    assert actor == Actor(ActorKind.API_KEY, made.key_id, "ci of Ben", SYNC)


async def test_a_key_loses_what_its_owner_loses(made: Made) -> None:
    await people.set_role(made.app, SHELL, made.owner_id, "viewer")
    actor = await actor_of_key(made.app.database, made.text, made.app.now())
    assert actor.permissions == {Permission.READ}


@pytest.mark.parametrize("spoil", [str.upper, lambda t: t[:-1], lambda t: t + "x", lambda t: "asz" + t[3:]])
async def test_a_wrong_text_is_refused(made: Made, spoil: object) -> None:
    with pytest.raises(Unauthenticated):
        await actor_of_key(made.app.database, spoil(made.text), made.app.now())  # type: ignore[operator]  # As listed.


@pytest.mark.parametrize("text", ["", "asy", "asy_", "asy__", "Bearer x", "asy_unknown_secret", "asy_\x00_é", STRANGER])
async def test_what_is_no_key_is_refused(made: Made, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await actor_of_key(made.app.database, text, made.app.now())


async def test_a_revoked_key_is_refused(made: Made) -> None:
    await api_keys.revoke_key(made.app, SHELL, made.key_id)
    assert await made.is_refused()


async def test_an_expired_key_is_refused(made: Made) -> None:
    made.app.clock.advance(hours=1)
    assert await made.is_refused()


async def test_a_disabled_owners_key_is_refused(made: Made) -> None:
    await people.disable_user(made.app, SHELL, made.owner_id)
    assert await made.is_refused()


async def test_a_use_is_noted_once_a_minute(made: Made) -> None:
    first = made.app.now()
    noted = []
    for _ in range(3):
        await actor_of_key(made.app.database, made.text, made.app.now())
        noted.append(await made.last_used_at())
        made.app.clock.advance(seconds=30)
    assert noted == [first, first, first + timedelta(minutes=1)]


async def test_a_refused_key_is_not_noted_as_used(made: Made) -> None:
    await api_keys.revoke_key(made.app, SHELL, made.key_id)
    await made.is_refused()
    assert await made.last_used_at() is None
