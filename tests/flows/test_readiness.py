"""What an ad account needs is looked at after connecting and when somebody asks, and kept."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from audience_sync.errors import Forbidden, NotFound
from audience_sync.flows import connections, readiness, tokens
from audience_sync.flows.connected import AccountView
from audience_sync.flows.readiness import Checklist
from audience_sync.model.permissions import Actor
from audience_sync.model.platforms import ReadinessState
from audience_sync.sandbox.google import seeds
from audience_sync.store.platforms import Connection
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import MAIN, Scene
from tests.platforms import GOOGLE, META, SNAPCHAT, TIKTOK, Pretend
from tests.world import house

OK, MISSING = ReadinessState.OK, ReadinessState.MISSING


async def chosen(here: Scene, account: str = MAIN) -> AccountView:
    """The account, chosen in a fresh connection."""
    made = (await here.sign_in()).connection
    view = await connections.choose_accounts(here.app, ADMIN, made.id, [account])
    return next(each for each in view.accounts if each.remote_id == account)


def states(found: Checklist | AccountView) -> dict[str, ReadinessState]:
    checks = found.checks if isinstance(found, Checklist) else found.readiness
    return {each.code: each.state for each in checks}


async def test_choosing_an_account_looks_at_it(here: Scene) -> None:
    account = await chosen(here)
    assert states(account) == dict.fromkeys(("scopes", "token", "account", "role", "business", "terms"), OK)
    assert account.checked_at is not None


async def test_an_account_that_is_not_chosen_was_not_looked_at(light: Scene) -> None:
    await chosen(light)
    [view] = await connections.connections(light.app, VIEWER)
    others = [each for each in view.accounts if not each.selected]
    assert others
    assert all(each.checked_at is None and not each.readiness for each in others)


async def test_terms_that_are_missing_name_the_page_that_mends_them(light: Scene) -> None:
    account = await chosen(light)
    light.meta.configure({"terms_missing": [MAIN]})
    found = await readiness.look(light.app, ADMIN, account.id)
    terms = next(each for each in found.checks if each.code == "terms")
    assert (terms.state, found.ready) == (MISSING, False)
    assert MAIN.removeprefix("act_") in terms.link


async def test_a_refresh_looks_again(light: Scene) -> None:
    account = await chosen(light)
    light.advance(minutes=5)
    later = light.app.now()
    view = await tokens.refresh(light.app, ADMIN, (await light.rows())[0].id)
    seen = next(each for each in view.accounts if each.id == account.id)
    assert seen.checked_at is not None
    assert seen.checked_at >= later


async def test_a_platform_that_does_not_answer_leaves_the_last_look(light: Scene) -> None:
    account = await chosen(light)
    light.world.fail("meta", "http503", times=None)
    await readiness.look_at_chosen(light.app, (await light.rows())[0].id)
    assert states(await readiness.checklist(light.app, VIEWER, account.id))["terms"] is OK


@pytest.mark.parametrize(("days", "words"), [(46, "ends in 13 days"), (54, "ends in 5 days"), (59, "ends in 0 days")])
async def test_an_end_that_comes_near_is_counted_down(light: Scene, days: int, words: str) -> None:
    account = await chosen(light)
    light.advance(days=days)
    found = await readiness.look(light.app, ADMIN, account.id)
    token = next(each for each in found.checks if each.code == "token")
    assert (token.state, words in token.words) == (OK, True)


async def test_a_scope_that_was_not_granted_is_missing(light: Scene) -> None:
    account = await chosen(light)
    async with light.app.database.write() as session:
        await session.execute(sa.update(Connection).values(scopes=["public_profile"]))
    assert states(await readiness.look(light.app, ADMIN, account.id))["scopes"] is MISSING


async def test_what_a_pasted_token_may_do_is_unknown_where_the_platform_does_not_tell(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        await home.connect()
        await tokens.check_tokens(home.app)
        found = await readiness.look(home.app, ADMIN, home.account_id)
        assert {each.code: each.state for each in found.checks}["scopes"] is ReadinessState.UNKNOWN


@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_has_an_account_looked_at(light: Scene, actor: Actor) -> None:
    account = await chosen(light)
    with pytest.raises(Forbidden):
        await readiness.look(light.app, actor, account.id)


async def test_an_outsider_sees_no_checklist(light: Scene) -> None:
    account = await chosen(light)
    with pytest.raises(Forbidden):
        await readiness.checklist(light.app, OUTSIDER, account.id)


async def test_an_unknown_account_has_none(light: Scene) -> None:
    with pytest.raises(NotFound):
        await readiness.checklist(light.app, VIEWER, "nothing")


async def test_a_scope_that_google_says_is_missing_leads_to_where_it_is_granted(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        there: Any = home.sandbox._transport
        known = there.app.state.world.platforms["google"].state.tokens
        grant = known.new_grant(seeds.USER, "sandbox-app", (seeds.ADWORDS,))
        await home.connect(known.issue(grant, (seeds.ADWORDS,), 4e9).value)
        found = await readiness.look(home.app, ADMIN, home.account_id)
        missing = [each for each in found.checks if each.state is MISSING]
        assert [each.code for each in missing] == ["scopes"]
        assert missing[0].link.endswith("/platforms")


@pytest.mark.parametrize("platform", [GOOGLE, TIKTOK, SNAPCHAT, META], ids=lambda pretend: pretend.id)
async def test_whatever_is_missing_or_unknown_says_so_in_words(tmp_path: Path, platform: Pretend) -> None:
    async with house(tmp_path, pretend=platform) as home:
        found = await readiness.look(home.app, ADMIN, home.account_id)
        assert {"scopes", "token", "account"} <= {each.code for each in found.checks}
        assert [each.code for each in found.checks if each.state is not OK and not each.words] == []
        assert [each.code for each in found.checks if each.state is MISSING and not each.link] == []
