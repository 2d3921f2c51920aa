"""A session is its browser's alone, ends in time, and with its user."""

import pytest
import sqlalchemy as sa

from audience_sync.auth import sessions, throttle
from audience_sync.auth.sessions import IDLE, LONGEST, Browser, begin, end, sign_in, signed_in
from audience_sync.auth.throttle import ACCOUNT, ADDRESS, TooManyTries
from audience_sync.errors import Unauthenticated
from audience_sync.flows import people
from audience_sync.model.permissions import ROLES, SHELL
from audience_sync.store.database import Database
from audience_sync.store.sessions import WebSession
from tests.clock import Clock
from tests.flows.ground import ClockedGround

BROWSER = Browser("192.0.2.7", "Firefox")


@pytest.fixture
def app(database: Database, clock: Clock) -> ClockedGround:
    return ClockedGround(database, clock)


@pytest.fixture
async def ben(app: ClockedGround) -> people.Person:
    return await people.add_user(app, SHELL, email="ben@example.com", role="operator")


async def token_of(app: ClockedGround, user: people.Person) -> str:
    return await begin(app.database, user.id, browser=BROWSER, now=app.now())


async def is_in(app: ClockedGround, token: str) -> bool:
    return await signed_in(app.database, token, app.now()) is not None


async def test_a_token_is_its_user_with_the_roles_permissions(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    await people.set_role(app, SHELL, ben.id, "viewer")
    found = await signed_in(app.database, token, app.now())
    assert found is not None
    assert (found.user_id, found.actor.permissions) == (ben.id, ROLES["viewer"])


async def test_the_token_itself_is_kept_nowhere(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    async with app.database.read() as session:
        (row,) = (await session.execute(sa.select(WebSession.browser, WebSession.token_hash))).all()
    assert token not in str(row)


async def test_a_session_in_use_lives_until_its_longest(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        app.clock.advance(seconds=IDLE.total_seconds() / 2)
        assert await is_in(app, token)
    app.clock.advance(seconds=IDLE.total_seconds() / 2)
    assert not await is_in(app, token)


async def test_an_idle_session_ends(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    app.clock.advance(seconds=IDLE.total_seconds())
    assert not await is_in(app, token)


async def test_ended_sessions_are_cleared_away(app: ClockedGround, ben: people.Person) -> None:
    await token_of(app, ben)
    app.clock.advance(seconds=IDLE.total_seconds() + 1)
    await token_of(app, ben)
    async with app.database.read() as session:
        assert len((await session.execute(sa.select(WebSession.browser, WebSession.token_hash))).all()) == 1


async def test_who_was_disabled_is_out_for_good(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    await people.disable_user(app, SHELL, ben.id)
    await people.enable_user(app, SHELL, ben.id)
    assert not await is_in(app, token)


async def test_who_is_given_a_password_is_out(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    await people.set_password(app, SHELL, ben.id, "correct horse battery")
    assert not await is_in(app, token)


async def test_a_session_that_was_ended_is_over(app: ClockedGround, ben: people.Person) -> None:
    token = await token_of(app, ben)
    await end(app.database, token)
    assert not await is_in(app, token)


async def test_a_browser_that_calls_itself_endlessly_is_cut_short(app: ClockedGround, ben: people.Person) -> None:
    await begin(app.database, ben.id, browser=Browser("192.0.2.7", "x" * 5000), now=app.now())
    async with app.database.read() as session:
        (row,) = (await session.execute(sa.select(WebSession.browser, WebSession.token_hash))).all()
    assert len(row.browser) == sessions.LONGEST_BROWSER


async def try_once(app: ClockedGround, account: str = "ben@example.com", address: str = "192.0.2.7") -> None:
    await throttle.count_try(app.database, account=account, address=address, now=app.now())


async def test_an_account_has_so_many_tries_then_one_a_minute(app: ClockedGround) -> None:
    for number in range(ACCOUNT.tries):
        await try_once(app, address=f"192.0.2.{number}")
    with pytest.raises(TooManyTries, match="60 seconds"):
        await try_once(app, account=" BEN@example.com")
    app.clock.advance(seconds=ACCOUNT.seconds)
    await try_once(app)
    with pytest.raises(TooManyTries):
        await try_once(app)


async def test_an_address_has_so_many_tries_over_all_accounts(app: ClockedGround) -> None:
    for number in range(ADDRESS.tries):
        await try_once(app, account=f"{number}@example.com")
    with pytest.raises(TooManyTries):
        await try_once(app, account="somebody@example.com")
    await try_once(app, account="somebody@example.com", address="192.0.2.8")


async def test_whoever_shows_who_they_are_starts_afresh(app: ClockedGround) -> None:
    for _ in range(ACCOUNT.tries):
        await try_once(app)
    await throttle.forgive(app.database, "ben@example.com")
    for _ in range(ACCOUNT.tries):
        await try_once(app)
    with pytest.raises(TooManyTries):
        await try_once(app)


async def test_a_wrong_password_is_counted_and_begins_nothing(app: ClockedGround, ben: people.Person) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in(app.database, "ben@example.com", "wrong", browser=BROWSER, now=app.now())
    async with app.database.read() as session:
        assert (await session.execute(sa.select(WebSession.browser, WebSession.token_hash))).all() == []
