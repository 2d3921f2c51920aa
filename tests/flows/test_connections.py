"""Connections in use: accounts are chosen, grants are looked at again, one is disconnected, audiences follow."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import stamina

from audience_sync.app import App
from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound, Reconnect, RetryLater
from audience_sync.flows import connect, connections, grants, tokens
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.steps.outcome import described
from audience_sync.model.permissions import Actor
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import Connection
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import MAIN, SECONDARY, SIXTY_DAYS, SYSTEM_USER, TEST, Scene

CHANGES: dict[str, Callable[[App, Actor], Awaitable[object]]] = {
    "choose_accounts": lambda app, actor: connections.choose_accounts(app, actor, "c", [MAIN]),
    "disconnect": lambda app, actor: connections.disconnect(app, actor, "c"),
    "refresh": lambda app, actor: tokens.refresh(app, actor, "c"),
}
VIEWS: dict[str, Callable[[App, Actor, str], Awaitable[object]]] = {
    "connections": lambda app, actor, found: connections.connections(app, actor),
    "connection": connections.connection,
    "affected": connections.affected,
}
WITHDRAWN = "The person who connected Meta has removed our app, so"


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


async def chosen(at: Scene, *remote_ids: str) -> ConnectionView:
    made = await at.sign_in()
    return await connections.choose_accounts(at.app, ADMIN, made.connection.id, remote_ids or [MAIN])


async def only(at: Scene) -> ConnectionView:
    (found,) = await connections.connections(at.app, VIEWER)
    return found


def selected(view: ConnectionView) -> list[str]:
    return [each.remote_id for each in view.accounts if each.selected]


# --- Who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", CHANGES)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_changes_a_connection(light: Scene, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await CHANGES[flow](light.app, actor)


@pytest.mark.parametrize("flow", CHANGES)
async def test_a_connection_that_is_not_there_is_not_found(light: Scene, flow: str) -> None:
    with pytest.raises(NotFound):
        await CHANGES[flow](light.app, ADMIN)


@pytest.mark.parametrize("flow", VIEWS)
@pytest.mark.parametrize("actor", [ADMIN, MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_who_reads_sees_connections(light: Scene, flow: str, actor: Actor) -> None:
    found = (await light.sign_in()).connection.id
    if actor is OUTSIDER:
        with pytest.raises(Forbidden):
            await VIEWS[flow](light.app, actor, found)
    else:
        await VIEWS[flow](light.app, actor, found)


# --- Accounts ----------------------------------------------------------------------------------------------------


async def test_the_chosen_accounts_are_marked(here: Scene) -> None:
    assert selected(await chosen(here, MAIN, SECONDARY)) == [MAIN, SECONDARY]
    assert selected(await only(here)) == [MAIN, SECONDARY]


async def test_choosing_again_replaces_the_choice(light: Scene) -> None:
    found = await chosen(light, MAIN, SECONDARY)
    assert selected(await connections.choose_accounts(light.app, ADMIN, found.id, [TEST])) == [TEST]


async def test_an_unknown_account_is_refused_with_the_known_ones(light: Scene) -> None:
    found = (await light.sign_in()).connection.id
    with pytest.raises(Invalid, match=f"does not reach act_1.*{MAIN}"):
        await connections.choose_accounts(light.app, ADMIN, found, [MAIN, "act_1"])
    assert selected(await only(light)) == []


async def test_an_unusable_account_is_refused_with_its_reason(light: Scene) -> None:
    light.meta.configure({"disabled_accounts": [SECONDARY]})
    found = (await light.sign_in()).connection.id
    with pytest.raises(Invalid, match=r"Secondary Account cannot be used.*Account Quality"):
        await connections.choose_accounts(light.app, ADMIN, found, [SECONDARY])


async def test_a_chosen_account_that_became_unusable_may_stay_chosen(light: Scene) -> None:
    found = await chosen(light, MAIN)
    light.meta.configure({"disabled_accounts": [MAIN]})
    await tokens.refresh(light.app, ADMIN, found.id)
    assert selected(await connections.choose_accounts(light.app, ADMIN, found.id, [MAIN, TEST])) == [MAIN, TEST]


async def test_an_account_with_audiences_is_not_taken_away(here: Scene) -> None:
    found = await chosen(here, MAIN, SECONDARY)
    await here.audience("Big Spenders")
    with pytest.raises(Conflict, match="Big Spenders") as caught:
        await connections.choose_accounts(here.app, ADMIN, found.id, [SECONDARY])
    assert caught.value.code == "AD_ACCOUNT_IN_USE"
    assert selected(await only(here)) == [MAIN, SECONDARY]


async def test_an_account_whose_audiences_are_deleted_is_taken_away(light: Scene) -> None:
    found = await chosen(light, MAIN)
    await light.audience("Gone", state="deleted")
    assert selected(await connections.choose_accounts(light.app, ADMIN, found.id, [])) == []


async def test_audiences_are_counted_per_account_and_connection(here: Scene) -> None:
    await chosen(here, MAIN, SECONDARY)
    for name, account in (("a", MAIN), ("b", MAIN), ("c", SECONDARY)):
        await here.audience(name, account)
    await here.audience("gone", state="deleted")
    found = await only(here)
    assert {each.remote_id: each.audiences for each in found.accounts} == {MAIN: 2, SECONDARY: 1, TEST: 0}
    assert found.audiences == 3


# --- How long it lasts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_before", "state", "days_left", "notice"),
    [
        (14.1, "live", 14, None),
        (13.9, "expiring", 13, 14),
        (6.9, "expiring", 6, 7),
        (0.9, "expiring", 0, 1),
        (-0.1, "broken", 0, 1),
    ],
)
async def test_a_grant_counts_down(
    light: Scene, days_before: float, state: str, days_left: int, notice: int | None
) -> None:
    end = (await light.sign_in()).connection.ends_at
    assert end is not None
    light.advance(days=(end - light.app.now()) / timedelta(days=1) - days_before)
    found = await only(light)
    assert (found.state, found.days_left, found.notice_days) == (state, days_left, notice)


async def test_the_end_of_data_access_counts_when_it_is_first(light: Scene) -> None:
    await connect.connect_with_token(light.app, ADMIN, "meta", SYSTEM_USER)
    soon = light.app.now() + timedelta(days=3, hours=1)
    async with light.app.database.write() as session:
        await session.execute(
            sa.update(Connection).values(expires_at=soon + timedelta(days=9), data_access_expires_at=soon)
        )
    assert ((await only(light)).ends_at, (await only(light)).days_left) == (soon, 3)


async def test_an_ending_grant_says_when_and_what_to_do(light: Scene) -> None:
    await light.sign_in()
    light.advance(days=58)
    assert "Reconnect Meta before" in (await only(light)).problem


async def test_a_platform_whose_only_grant_ended_is_not_connected(light: Scene) -> None:
    await light.sign_in()
    light.advance(days=61)
    assert (await connect.platforms(light.app, VIEWER))[0].connected == "Not Connected"


# --- Refresh -----------------------------------------------------------------------------------------------------


async def test_a_refresh_renews_what_can_be_renewed(here: Scene) -> None:
    found = (await here.sign_in()).connection
    before = await here.token_of(found.id)
    here.advance(days=30)
    assert (await tokens.refresh(here.app, ADMIN, found.id)).days_left == 59
    assert await here.token_of(found.id) != before


async def test_a_refresh_reads_the_accounts_again(here: Scene) -> None:
    found = await chosen(here, MAIN)
    here.meta.configure({"extra_accounts": 1, "disabled_accounts": [TEST]})
    again = await tokens.refresh(here.app, ADMIN, found.id)
    assert [each.remote_id for each in again.accounts if not each.usable] == [TEST]
    assert (len(again.accounts), selected(again)) == (4, [MAIN])


async def test_an_account_that_is_out_of_reach_is_kept_and_says_so(here: Scene) -> None:
    here.meta.configure({"extra_accounts": 1})
    found = (await here.sign_in()).connection
    here.meta.configure({"extra_accounts": 0})
    again = await tokens.refresh(here.app, ADMIN, found.id)
    (lost,) = (each for each in again.accounts if not each.usable)
    assert "no longer among" in lost.problem


async def test_a_refused_grant_breaks_the_connection_and_pauses_its_audiences(here: Scene) -> None:
    found = await chosen(here, MAIN)
    audience = await here.audience("Big Spenders")
    here.expire(await here.token_of(found.id))
    with pytest.raises(Reconnect):
        await tokens.refresh(here.app, ADMIN, found.id)
    paused = await here.kept_audience(audience)
    assert ((await only(here)).state, paused.state) == ("broken", "paused")
    assert "expired" in paused.problem


async def test_a_permission_withdrawn_later_breaks_the_connection(light: Scene) -> None:
    found = (await light.sign_in()).connection
    for token in light.meta.state.tokens.values():
        token.scopes["ads_management"] = "declined"
    with pytest.raises(Reconnect, match="ads_management"):
        await tokens.refresh(light.app, ADMIN, found.id)
    assert (await only(light)).state == "broken"


async def test_a_busy_platform_breaks_nothing(light: Scene) -> None:
    found = (await light.sign_in()).connection
    light.world.fail("meta", "http503", times=9)
    with pytest.raises(RetryLater):
        await tokens.refresh(light.app, ADMIN, found.id)
    assert (await only(light)).state == "live"


# --- Reconnecting ------------------------------------------------------------------------------------------------


async def broken(at: Scene) -> str:
    """The id of a connection that Meta no longer accepts, found out by a refresh."""
    (row,) = await at.rows()
    at.expire(await at.token_of(row.id))
    with pytest.raises(Reconnect):
        await tokens.refresh(at.app, ADMIN, row.id)
    return row.id


async def test_reconnecting_resumes_what_waited_and_keeps_the_choice(here: Scene) -> None:
    await chosen(here, MAIN, SECONDARY)
    later = here.app.now() + timedelta(days=1)
    auto = await here.audience("Auto", auto_sync=True, next_run_at=later)
    manual = await here.audience("Manual", SECONDARY)
    await broken(here)
    made = await here.sign_in()
    resumed = [await here.kept_audience(each) for each in (auto, manual)]
    assert [(each.state, each.problem) for each in resumed] == [("active", ""), ("active", "")]
    due, never = (each.next_run_at for each in resumed)
    assert (due is not None and due <= here.app.now(), never) == (True, None)
    assert (made.resumed, selected(made.connection)) == (("Auto", "Manual"), [MAIN, SECONDARY])


async def test_reconnecting_leaves_what_a_person_paused(here: Scene) -> None:
    await chosen(here, MAIN)
    audience = await here.audience("Resting", state="paused", problem=grants.BY_A_PERSON)
    await broken(here)
    assert (await here.sign_in()).resumed == ()
    assert (await here.kept_audience(audience)).problem == grants.BY_A_PERSON


async def test_reconnecting_leaves_what_is_gone_or_stale(light: Scene) -> None:
    await chosen(light, MAIN)
    kept = [await light.audience(state, state=state, problem="gone") for state in ("stale", "deleted")]
    await broken(light)
    await light.sign_in()
    assert [(await light.kept_audience(each)).state for each in kept] == ["stale", "deleted"]


async def test_an_audience_whose_account_cannot_be_used_goes_on_waiting(light: Scene) -> None:
    found = await chosen(light, MAIN)
    audience = await light.audience("Waiting")
    await broken(light)
    light.meta.configure({"disabled_accounts": [MAIN]})
    assert (await light.sign_in()).resumed == ()
    light.meta.configure({"disabled_accounts": []})
    await tokens.refresh(light.app, ADMIN, found.id)
    assert (await light.kept_audience(audience)).state == "active"


async def test_another_connections_audiences_go_on_waiting(light: Scene) -> None:
    await chosen(light, MAIN)
    audience = await light.audience("Hers")
    await broken(light)
    await connect.connect_with_token(light.app, ADMIN, "meta", SYSTEM_USER)
    assert (await light.kept_audience(audience)).state == "paused"


async def test_a_late_refusal_of_the_old_token_does_not_break_the_new_one(here: Scene) -> None:
    await here.sign_in()
    (seen,) = await here.rows()
    await here.sign_in()
    await grants.break_off(here.app, ADMIN, seen, Reconnect("The old token expired."))
    assert (await only(here)).state == "live"


# --- Disconnecting -----------------------------------------------------------------------------------------------


async def test_disconnecting_erases_the_token_and_withdraws_the_grant(here: Scene) -> None:
    found = (await here.sign_in()).connection
    token = await here.token_of(found.id)
    done = await connections.disconnect(here.app, ADMIN, found.id)
    (row,) = await here.rows()
    assert (row.token, row.refresh_token, row.state, done.advice) == ("", "", "broken", "")
    assert here.meta.state.tokens[token].withdrawn == 458
    assert await connections.connections(here.app, VIEWER) == []


async def test_disconnecting_names_and_pauses_the_audiences(here: Scene) -> None:
    found = await chosen(here, MAIN)
    audience = await here.audience("Big Spenders")
    await here.audience("Gone", state="deleted")
    warned = await connections.affected(here.app, VIEWER, found.id)
    done = await connections.disconnect(here.app, ADMIN, found.id)
    assert [(each.name, each.account) for each in warned] == [("Big Spenders", f"{MAIN} - Main Account")]
    assert done.audiences == tuple(warned)
    kept = await here.kept_audience(audience)
    assert (kept.state, "disconnected by Ada Admin" in kept.problem) == ("paused", True)


async def test_disconnecting_works_while_the_platform_is_away(light: Scene) -> None:
    found = (await light.sign_in()).connection
    light.world.fail("meta", "http503", times=9)
    done = await connections.disconnect(light.app, ADMIN, found.id)
    assert "could not be told" in done.advice
    assert (await light.rows())[0].token == ""


async def test_a_pasted_token_stays_good_for_its_owner(light: Scene) -> None:
    made = await connect.connect_with_token(light.app, ADMIN, "meta", SYSTEM_USER)
    await connections.disconnect(light.app, ADMIN, made.connection.id)
    assert light.meta.state.tokens[SYSTEM_USER].withdrawn is None


async def test_a_disconnected_connection_is_no_connection(light: Scene) -> None:
    found = (await light.sign_in()).connection
    await connections.disconnect(light.app, ADMIN, found.id)
    with pytest.raises(NotFound):
        await tokens.refresh(light.app, ADMIN, found.id)
    assert (await connect.platforms(light.app, VIEWER))[0].connected == "Not Connected"


async def test_connecting_again_takes_a_disconnected_one_up(here: Scene) -> None:
    found = await chosen(here, MAIN)
    await here.audience("Big Spenders")
    await connections.disconnect(here.app, ADMIN, found.id)
    again = await here.sign_in()
    assert (again.connection.id, selected(again.connection), again.resumed) == (found.id, [MAIN], ("Big Spenders",))


# --- Every day ---------------------------------------------------------------------------------------------------


async def test_each_connection_is_looked_at_once_a_day(here: Scene) -> None:
    await here.sign_in()
    assert await tokens.check_tokens(here.app) == 0
    here.advance(days=1.01)
    assert [await tokens.check_tokens(here.app) for _ in range(2)] == [1, 0]


async def test_of_several_workers_one_looks(here: Scene) -> None:
    await here.sign_in()
    here.advance(days=1.01)
    assert sum(await asyncio.gather(*(tokens.check_tokens(here.app) for _ in range(3)))) == 1


async def test_the_daily_look_finds_a_grant_that_was_withdrawn(here: Scene) -> None:
    found = await chosen(here, MAIN)
    audience = await here.audience("Big Spenders")
    here.meta.state.tokens[await here.token_of(found.id)].withdrawn = 458
    here.advance(days=1.01)
    await tokens.check_tokens(here.app)
    kept = await here.kept_audience(audience)
    assert ((await only(here)).state, kept.state) == ("broken", "paused")
    assert WITHDRAWN in kept.problem
    assert (await here.trail())[0].actor_kind == "schedule"


async def test_a_broken_connection_is_left_to_people(light: Scene) -> None:
    await light.sign_in()
    await broken(light)
    light.advance(days=1.01)
    assert await tokens.check_tokens(light.app) == 0


async def test_a_disconnected_one_is_not_looked_at(light: Scene) -> None:
    await connections.disconnect(light.app, ADMIN, (await light.sign_in()).connection.id)
    light.advance(days=1.01)
    assert await tokens.check_tokens(light.app) == 0


async def test_one_platform_that_is_away_does_not_keep_the_others_from_being_looked_at(light: Scene) -> None:
    await light.sign_in()
    await connect.connect_with_token(light.app, ADMIN, "meta", SYSTEM_USER)
    light.advance(days=1.01)
    light.world.fail("meta", "http503", times=4)
    assert await tokens.check_tokens(light.app) == 2
    assert {each.state for each in await connections.connections(light.app, VIEWER)} == {"live"}


@pytest.mark.parametrize(("days", "is_renewed"), [(39.9, False), (40.1, True)])
async def test_a_system_users_token_is_renewed_with_twenty_days_left(
    here: Scene, days: float, is_renewed: bool
) -> None:
    made = await connect.connect_with_token(here.app, ADMIN, "meta", SIXTY_DAYS)
    here.advance(days=days)
    await tokens.check_tokens(here.app)
    assert (await here.token_of(made.connection.id) != SIXTY_DAYS) is is_renewed
    assert (await only(here)).days_left == (59 if is_renewed else 20)


async def test_a_persons_grant_is_never_renewed_by_itself(light: Scene) -> None:
    found = (await light.sign_in()).connection
    before = await light.token_of(found.id)
    light.advance(days=50)
    await tokens.check_tokens(light.app)
    assert await light.token_of(found.id) == before


# --- Secrets and the trail ---------------------------------------------------------------------------------------


async def test_every_change_is_in_the_trail_without_a_token(here: Scene) -> None:
    found = await chosen(here, MAIN)
    await tokens.refresh(here.app, ADMIN, found.id)
    await connections.disconnect(here.app, ADMIN, found.id)
    trail = await here.trail()
    assert [each.action for each in trail][:3] == [
        "connection.disconnected",
        "connection.refreshed",
        "connection.accounts_chosen",
    ]
    assert [token for token in here.tokens if token in str(trail)] == []


async def test_no_error_repeats_a_token(light: Scene) -> None:
    found = await chosen(light, MAIN)
    light.expire(await light.token_of(found.id))
    with pytest.raises(Reconnect) as caught:
        await tokens.refresh(light.app, ADMIN, found.id)
    told = f"{caught.value!r}{described(caught.value)}{caught.value.__context__!r}{caught.value.__cause__!r}"
    assert [token for token in light.tokens if token in told] == []


async def test_rows_of_audiences_are_never_handed_out(light: Scene) -> None:
    found = await chosen(light, MAIN)
    await light.audience("Big Spenders")
    assert not any(isinstance(each, Audience) for each in await connections.affected(light.app, ADMIN, found.id))
