"""What somebody does about themselves: first run, password links, profile, sessions, search."""

from datetime import timedelta

import pytest

from audience_sync.auth.passwords import actor_of_password
from audience_sync.auth.sessions import Browser, begin
from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import first_run, password_links, people, profile, web_sessions
from audience_sync.flows.password_links import LASTS, LinkOver
from audience_sync.model.permissions import SHELL, Actor, ActorKind
from audience_sync.store import audit
from audience_sync.store.database import Database
from tests.cast import MARKETER, OUTSIDER, VIEWER
from tests.clock import Clock
from tests.flows.ground import ClockedGround

PASSWORD, ANOTHER = "correct horse battery", "staple of the correct horse"


@pytest.fixture
def app(database: Database, clock: Clock) -> ClockedGround:
    return ClockedGround(database, clock)


async def ben(app: ClockedGround, password: str = "") -> Actor:
    user = await people.add_user(app, SHELL, email="ben@example.com", role="viewer", password=password)
    return Actor(ActorKind.USER, user.id, "Ben", VIEWER.permissions)


async def signed_in(app: ClockedGround, who: Actor) -> str:
    """The id of a new session."""
    await begin(app.database, who.id, browser=Browser("192.0.2.7", "Firefox"), now=app.now())
    return (await web_sessions.list_sessions(app, who))[0].id


def secret(made: password_links.MadeLink) -> str:
    return made.path.partition("=")[2]


async def test_the_first_administrator_is_written_down(app: ClockedGround) -> None:
    assert await first_run.is_empty(app)
    await first_run.add_first_admin(app, email="ada@example.com", name="Ada", password=PASSWORD)
    assert not await first_run.is_empty(app)
    async with app.database.read() as session:
        (entry,) = await audit.entries(session)
    assert (entry.action, entry.actor_name, PASSWORD in str(entry)) == ("user.added", "Ada", False)


async def test_there_is_only_one_first_administrator(app: ClockedGround) -> None:
    await ben(app)
    with pytest.raises(Conflict, match="set up already"):
        await first_run.add_first_admin(app, email="eve@example.com", name="Eve", password=PASSWORD)


async def test_a_link_sets_the_password_of_its_owner(app: ClockedGround) -> None:
    who = await ben(app, PASSWORD)
    made = await password_links.make_link(app, SHELL, who.id)
    assert (await password_links.owner_of_link(app, secret(made))).email == "ben@example.com"
    await password_links.set_by_link(app, secret(made), ANOTHER)
    assert (await actor_of_password(app.database, "ben@example.com", ANOTHER)).id == who.id


async def test_a_link_is_over_once_used_or_late_or_replaced(app: ClockedGround) -> None:
    who = await ben(app)
    used, replaced = await password_links.make_link(app, SHELL, who.id), None
    await password_links.set_by_link(app, secret(used), PASSWORD)
    replaced = await password_links.make_link(app, SHELL, who.id)
    late = await password_links.make_link(app, SHELL, who.id)
    app.clock.advance(seconds=LASTS.total_seconds())
    for each in (used, replaced, late):
        with pytest.raises(LinkOver):
            await password_links.set_by_link(app, secret(each), ANOTHER)


async def test_a_password_that_is_refused_leaves_the_link(app: ClockedGround) -> None:
    made = await password_links.make_link(app, SHELL, (await ben(app)).id)
    with pytest.raises(Invalid):
        await password_links.set_by_link(app, secret(made), "short")
    await password_links.set_by_link(app, secret(made), PASSWORD)


async def test_a_disabled_user_gets_no_link_and_uses_none(app: ClockedGround) -> None:
    who = await ben(app)
    made = await password_links.make_link(app, SHELL, who.id)
    await people.disable_user(app, SHELL, who.id)
    with pytest.raises(LinkOver):
        await password_links.owner_of_link(app, secret(made))
    with pytest.raises(Conflict):
        await password_links.make_link(app, SHELL, who.id)


@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_makes_links(app: ClockedGround, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await password_links.make_link(app, actor, "u")


async def test_a_link_signs_out_everywhere(app: ClockedGround) -> None:
    who = await ben(app)
    await signed_in(app, who)
    made = await password_links.make_link(app, SHELL, who.id)
    await password_links.set_by_link(app, secret(made), PASSWORD)
    assert await web_sessions.list_sessions(app, who) == []


async def test_an_own_password_needs_the_old_one_and_keeps_this_session(app: ClockedGround) -> None:
    who = await ben(app, PASSWORD)
    here = await signed_in(app, who)
    app.clock.advance(seconds=1)
    await signed_in(app, who)
    with pytest.raises(Invalid, match="not your current password"):
        await profile.change_password(app, who, current="wrong", wanted=ANOTHER, keep_session=here)
    await profile.change_password(app, who, current=PASSWORD, wanted=ANOTHER, keep_session=here)
    assert [each.id for each in await web_sessions.list_sessions(app, who)] == [here]


async def test_a_profile_takes_only_zones_that_exist(app: ClockedGround) -> None:
    who = await ben(app)
    assert (await profile.change_profile(app, who, name=" Benny ", time_zone="Asia/Tokyo")).name == "Benny"
    with pytest.raises(Invalid, match="no time zone"):
        await profile.change_profile(app, who, name="Ben", time_zone="Moon/Crater")


async def test_nobody_ends_a_strangers_session(app: ClockedGround) -> None:
    who = await ben(app)
    session_id = await signed_in(app, who)
    with pytest.raises(NotFound):
        await web_sessions.end_session(app, VIEWER, session_id)
    await web_sessions.end_session(app, who, session_id)
    assert await web_sessions.list_sessions(app, who) == []


async def test_others_end_and_this_one_stays(app: ClockedGround) -> None:
    who = await ben(app)
    for _ in range(3):
        here = await signed_in(app, who)
        app.clock.advance(seconds=timedelta(minutes=1).total_seconds())
    await web_sessions.end_others(app, who, keep=here)
    assert [each.id for each in await web_sessions.list_sessions(app, who)] == [here]
