"""A password lets its user in, and tells everybody else nothing."""

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from audience_sync.auth import passwords
from audience_sync.auth.passwords import NOBODY, actor_of_password
from audience_sync.errors import Unauthenticated
from audience_sync.flows import people
from audience_sync.model.permissions import ROLES, SHELL
from audience_sync.store.database import Database
from audience_sync.store.passwords import hash_password
from audience_sync.store.people import User
from tests.clock import Clock
from tests.flows.ground import ClockedGround

PASSWORD = "correct horse bättery"


@pytest.fixture
def app(database: Database, clock: Clock) -> ClockedGround:
    return ClockedGround(database, clock)


@pytest.fixture
async def ben(app: ClockedGround) -> people.Person:
    return await people.add_user(app, SHELL, email="ben@example.com", role="operator", password=PASSWORD)


async def kept(app: ClockedGround, user_id: str) -> str:
    async with app.database.read() as session:
        return (await session.get_one(User, user_id)).password_hash


async def test_the_password_lets_its_user_in(app: ClockedGround, ben: people.Person) -> None:
    actor = await actor_of_password(app.database, " Ben@example.com", PASSWORD)
    assert (actor.id, actor.permissions) == (ben.id, ROLES["operator"])


async def test_an_accent_composed_otherwise_is_the_same_password(app: ClockedGround, ben: people.Person) -> None:
    actor = await actor_of_password(app.database, ben.email, PASSWORD.replace("ä", "a\u0308"))
    assert actor.id == ben.id


async def refusal(app: ClockedGround, email: str, password: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await actor_of_password(app.database, email, password)
    return str(caught.value)


async def test_every_refusal_sounds_the_same(app: ClockedGround, ben: people.Person) -> None:
    await people.add_user(app, SHELL, email="new@example.com", role="viewer")
    words = {await refusal(app, ben.email, "wrong"), await refusal(app, "nobody@example.com", PASSWORD)}
    words.add(await refusal(app, "new@example.com", ""))
    words.add(await refusal(app, "\0", "\0"))
    await people.disable_user(app, SHELL, ben.id)
    words.add(await refusal(app, ben.email, PASSWORD))
    assert len(words) == 1


async def test_nobody_costs_as_much_as_a_user(app: ClockedGround, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    async def verify(password: str, hashed: str) -> tuple[bool, None]:
        verified.append(hashed)
        return False, None

    monkeypatch.setattr(passwords, "verify_password", verify)
    await refusal(app, "nobody@example.com", PASSWORD)
    assert verified == [NOBODY]


async def test_nobodys_hash_is_as_strong_as_a_users() -> None:
    assert NOBODY.split("$")[:4] == (await hash_password(PASSWORD)).split("$")[:4]


async def test_a_weak_hash_is_renewed_at_sign_in(app: ClockedGround, ben: people.Person) -> None:
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)
    async with app.database.write() as session:
        (await session.get_one(User, ben.id)).password_hash = weak
    await actor_of_password(app.database, ben.email, PASSWORD)
    anew = await kept(app, ben.id)
    assert anew != weak
    await actor_of_password(app.database, ben.email, PASSWORD)
    assert await kept(app, ben.id) == anew
