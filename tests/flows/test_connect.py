"""A platform is connected by its consent page or by a pasted token, and only by whoever may."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import structlog

from audience_sync.app import App
from audience_sync.connectors.registry import CONNECTORS
from audience_sync.errors import AudienceSyncError, Forbidden, Invalid, NotFound, Reconnect, Refusal
from audience_sync.flows import connect
from audience_sync.model.permissions import Actor, ActorKind
from audience_sync.store.platforms import OAuthState
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import MAIN, SECONDARY, SYSTEM_USER, TEST, Scene, scene

CHANGES: dict[str, Callable[[App, Actor], Awaitable[object]]] = {
    "begin": lambda app, actor: connect.begin(app, actor, "meta"),
    "connect_with_token": lambda app, actor: connect.connect_with_token(app, actor, "meta", SYSTEM_USER),
}


# --- Who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", CHANGES)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_connects(light: Scene, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await CHANGES[flow](light.app, actor)
    assert await light.rows() == []


@pytest.mark.parametrize("actor", [ADMIN, MARKETER, VIEWER], ids=lambda actor: actor.id)
async def test_everyone_who_reads_sees_the_platforms(light: Scene, actor: Actor) -> None:
    meta, *others = await connect.platforms(light.app, actor)
    assert [each.id for each in others] == [name for name in CONNECTORS if name != "meta"]
    assert (meta.id, meta.name, meta.connected, meta.connections) == ("meta", "Meta", "Not Connected", ())


async def test_an_outsider_sees_no_platforms(light: Scene) -> None:
    with pytest.raises(Forbidden):
        await connect.platforms(light.app, OUTSIDER)


# --- By the consent page -----------------------------------------------------------------------------------------


async def test_consent_connects_with_every_account_and_none_chosen(here: Scene) -> None:
    made = await here.sign_in()
    assert [each.label for each in made.connection.accounts] == [
        "act_123456789 - Main Account",
        "act_987654321 - Secondary Account",
        "act_111222333 - Test Account",
    ]
    assert not any(each.selected for each in made.connection.accounts)
    assert (made.is_new, made.connection.state, made.connection.label) == (True, "live", "Sandbox Person")
    assert (await connect.platforms(here.app, VIEWER))[0].connected == "Connected"


async def test_the_grant_is_exchanged_for_one_of_sixty_days(here: Scene) -> None:
    made = await here.sign_in()
    assert made.connection.days_left == 59


async def test_the_consent_page_is_told_where_to_come_back(light: Scene) -> None:
    asked = parse_qs(urlsplit(await connect.begin(light.app, ADMIN, "meta")).query)
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/api/v1/platforms/meta/callback"]
    assert len(asked["state"][0]) >= 43


async def test_the_sign_in_leads_back_to_where_it_began(light: Scene) -> None:
    address = await connect.begin(light.app, ADMIN, "meta", return_to="/platforms?step=accounts")
    made = await connect.finish(light.app, "meta", **await light.decide(address))
    assert made.return_to == "/platforms?step=accounts"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "platforms", "/a\nb", "/ /evil.example"]
)
async def test_a_sign_in_leads_nowhere_else(light: Scene, elsewhere: str) -> None:
    with pytest.raises(Invalid):
        await connect.begin(light.app, ADMIN, "meta", return_to=elsewhere)


async def test_only_a_hash_of_the_state_is_stored(here: Scene) -> None:
    state = parse_qs(urlsplit(await connect.begin(here.app, ADMIN, "meta")).query)["state"][0]
    async with here.app.database.read() as session:
        (row,) = (await session.scalars(sa.select(OAuthState))).all()
    assert state not in str(vars(row))
    assert row.verifier.startswith("v1.")


async def test_old_sign_ins_are_forgotten(here: Scene) -> None:
    await connect.begin(here.app, ADMIN, "meta")
    here.advance(days=2)
    await connect.begin(here.app, ADMIN, "meta")
    async with here.app.database.read() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(OAuthState)) == 1


@pytest.mark.parametrize("missing", ["meta_app_id", "meta_app_secret"])
async def test_without_an_app_the_missing_settings_are_named(tmp_path: Path, sqlite_url: str, missing: str) -> None:
    async with scene(tmp_path, sqlite_url, **{missing: ""}) as bare:
        with pytest.raises(Invalid, match=f"AUDIENCE_SYNC_{missing.upper()}") as caught:
            await connect.begin(bare.app, ADMIN, "meta")
    assert caught.value.code == "PLATFORM_NOT_SET_UP"


async def test_an_unknown_platform_is_not_found(light: Scene) -> None:
    with pytest.raises(NotFound):
        await connect.begin(light.app, ADMIN, "friendster")


# --- What is refused ---------------------------------------------------------------------------------------------


async def refused(here: Scene, code: str, brought: dict[str, str], platform: str = "meta") -> AudienceSyncError:
    with pytest.raises(AudienceSyncError) as caught:
        await connect.finish(here.app, platform, **brought)
    assert caught.value.code == code
    return caught.value


async def test_a_denial_says_what_to_do_and_connects_nothing(here: Scene) -> None:
    brought = await here.decide(await connect.begin(here.app, ADMIN, "meta"), "cancel")
    denied = await refused(here, "CONSENT_DENIED", brought)
    assert "choose Continue" in denied.hint
    assert await here.rows() == []


async def test_another_error_is_told_without_what_it_may_hide(light: Scene) -> None:
    state = (await light.decide(await connect.begin(light.app, ADMIN, "meta")))["state"]
    brought = {"state": state, "error": "server_error", "error_description": "no luck for ann@example.com"}
    told = await refused(light, "CONSENT_FAILED", brought)
    assert "no luck" in told.message
    assert "ann@" not in told.message


async def test_a_forged_state_is_refused_whatever_it_brings(here: Scene) -> None:
    brought = await here.decide(await connect.begin(here.app, ADMIN, "meta"))
    await refused(here, "SIGN_IN_UNKNOWN", {**brought, "state": "forged"})
    told = await refused(here, "SIGN_IN_UNKNOWN", {"state": "forged", "error": "x", "error_description": "read me"})
    assert "read me" not in str(told)
    assert await here.rows() == []


async def test_a_state_is_good_for_one_sign_in(here: Scene) -> None:
    brought = await here.decide(await connect.begin(here.app, ADMIN, "meta"))
    await connect.finish(here.app, "meta", **brought)
    assert (await refused(here, "SIGN_IN_OVER", brought)).hint


async def test_a_denial_uses_the_state_up(light: Scene) -> None:
    brought = await light.decide(await connect.begin(light.app, ADMIN, "meta"), "cancel")
    await refused(light, "CONSENT_DENIED", brought)
    assert (await refused(light, "SIGN_IN_OVER", brought)).hint


async def test_of_two_who_bring_the_same_state_one_connects(here: Scene) -> None:
    brought = await here.decide(await connect.begin(here.app, ADMIN, "meta"))
    both = (connect.finish(here.app, "meta", **brought) for _ in range(2))
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [getattr(each, "code", "") for each in results if isinstance(each, Exception)] == ["SIGN_IN_OVER"]
    assert len(await here.rows()) == 1


@pytest.mark.parametrize(("minutes", "is_late"), [(9.9, False), (10.1, True)])
async def test_a_sign_in_lasts_ten_minutes(light: Scene, minutes: float, is_late: bool) -> None:
    address = await connect.begin(light.app, ADMIN, "meta")
    light.advance(minutes=minutes)
    brought = await light.decide(address)
    if is_late:
        assert "expired" in (await refused(light, "SIGN_IN_OVER", brought)).message
    else:
        await connect.finish(light.app, "meta", **brought)


async def test_a_state_of_another_platform_is_refused_and_stays_good(light: Scene) -> None:
    both = {"meta": light.app.connector("meta"), "other": light.app.connector("meta")}
    two = replace(light, app=replace(light.app, connectors=both))
    brought = await two.decide(await connect.begin(two.app, ADMIN, "meta"))
    await refused(two, "SIGN_IN_UNKNOWN", brought, platform="other")
    assert (await connect.finish(two.app, "meta", **brought)).is_new


async def test_a_missing_permission_is_named_and_nothing_is_connected(here: Scene) -> None:
    with pytest.raises(Reconnect, match="ads_management") as caught:
        await here.sign_in(declined="ads_management")
    assert (caught.value.code, caught.value.details["missing"]) == ("SCOPES_MISSING", ["ads_management"])
    assert await here.rows() == []


async def test_neither_code_nor_error_is_refused(light: Scene) -> None:
    state = (await light.decide(await connect.begin(light.app, ADMIN, "meta")))["state"]
    await refused(light, "INVALID", {"state": state})
    assert await light.rows() == []


async def test_a_code_that_meta_does_not_know_connects_nothing(light: Scene) -> None:
    state = (await light.decide(await connect.begin(light.app, ADMIN, "meta")))["state"]
    await refused(light, "META_LOGIN_USED", {"state": state, "code": "made-up"})
    assert await light.rows() == []


# --- By a pasted token -------------------------------------------------------------------------------------------


async def test_a_system_users_token_connects(here: Scene) -> None:
    made = await connect.connect_with_token(here.app, ADMIN, "meta", f" {SYSTEM_USER}\n")
    assert (made.connection.kind, made.connection.days_left) == ("pasted_system_user", None)
    assert {each.remote_id for each in made.connection.accounts} == {MAIN, SECONDARY, TEST}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "short",
        "two words of a token",
        "EAA\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
        '{\n"type": "service_account"\n}',
    ],
)
async def test_what_is_no_token_is_refused_without_repeating_it(light: Scene, token: str) -> None:
    with pytest.raises(Invalid) as caught:
        await connect.connect_with_token(light.app, ADMIN, "meta", token)
    assert caught.value.code == "TOKEN_MALFORMED"
    assert not token or token not in str(caught.value)


async def test_a_key_file_is_looked_at_where_the_platform_takes_them(light: Scene) -> None:
    with pytest.raises(Invalid) as caught:
        await connect.connect_with_token(light.app, ADMIN, "google", '{\n  "type": "service_account"\n}\n')
    assert caught.value.code == "SERVICE_ACCOUNT_KEY_MALFORMED"


async def test_a_token_that_meta_does_not_know_is_refused_without_repeating_it(light: Scene) -> None:
    with pytest.raises(Refusal) as caught:
        await connect.connect_with_token(light.app, ADMIN, "meta", "EAAunknownunknown")
    assert caught.value.code == "TOKEN_NOT_ACCEPTED"
    assert "EAAunknown" not in f"{caught.value}{caught.value.details}{caught.value.__context__!r}"


# --- Again -------------------------------------------------------------------------------------------------------


async def test_connecting_again_is_the_same_connection_with_a_new_token(here: Scene) -> None:
    first = (await here.sign_in()).connection.id
    before = await here.token_of(first)
    again = await here.sign_in()
    assert (again.connection.id, again.is_new, len(await here.rows())) == (first, False, 1)
    assert await here.token_of(first) != before


async def test_two_people_have_two_connections(here: Scene) -> None:
    await here.sign_in()
    await connect.connect_with_token(here.app, ADMIN, "meta", SYSTEM_USER)
    assert len(await here.rows()) == 2


# --- Secrets -----------------------------------------------------------------------------------------------------


async def test_no_token_is_returned_logged_or_put_in_the_trail(here: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as logged:
        made = [await here.sign_in(), await connect.connect_with_token(here.app, ADMIN, "meta", SYSTEM_USER)]
    shown = f"{made}{await connect.platforms(here.app, ADMIN)}{await here.trail()}{logged}{caplog.text}"
    assert "connection.created" in shown
    assert [token for token in here.tokens if token in shown] == []


async def test_no_token_is_stored_as_it_is(here: Scene) -> None:
    await here.sign_in()
    stored = str([vars(row) for row in await here.rows()])
    assert "v1." in stored
    assert [token for token in here.tokens if token in stored] == []


async def test_the_trail_names_who_began_and_what_came_of_it(here: Scene) -> None:
    await here.sign_in()
    created, begun = await here.trail()
    assert [(each.action, each.actor_name) for each in (begun, created)] == [
        ("sign_in.begun", "Ada Admin"),
        ("connection.created", "Ada Admin"),
    ]


async def test_a_sign_in_begun_by_an_api_key_is_recorded_as_such(here: Scene) -> None:
    key = Actor(ActorKind.API_KEY, "key-1", "Nightly key", ADMIN.permissions)
    await here.sign_in(key)
    made = next(entry for entry in await here.trail() if entry.action == "connection.created")
    assert (made.actor_kind, made.actor_name) == ("api_key", "Nightly key")


async def test_two_who_connect_the_same_person_at_once_share_one_connection(here: Scene) -> None:
    first, second = await asyncio.gather(here.sign_in(), here.sign_in())
    assert first.connection.id == second.connection.id
    assert sorted((first.is_new, second.is_new)) == [False, True]
    assert len(await here.rows()) == 1
