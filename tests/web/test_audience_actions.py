"""What can be done to an audience on pages: edit, rename, pause and resume, relink or recreate, delete."""

import re
from html import unescape

import httpx2
import pytest
import sqlalchemy as sa

from audience_sync.connectors.registry import Traveller
from audience_sync.errors import NotFound
from audience_sync.flows import audiences
from audience_sync.flows.views import AudienceView
from audience_sync.model.guardrails import Guardrails
from audience_sync.model.permissions import SHELL
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import Connection
from tests.platforms import META
from tests.web.conftest import Site

NAME = "Everyone - Stratum"
ACTIONS = ("edit", "rename", "pause", "relink", "delete")


async def made(site: Site) -> str:
    """An audience that was synced once."""
    audience = await site.home.audience(await site.home.segment())
    await site.home.work()
    return audience


async def gone(site: Site) -> str:
    """One whose list is not on Meta any more."""
    audience = await made(site)
    site.home.people([{"id": "c", "email": "c@example.com"}])
    await site.home.fault("error:100/33", path="users")
    await site.home.sync(audience)
    return audience


async def another_list(site: Site) -> str:
    """The id of a list that somebody made on Meta."""
    api = site.home.app.api("meta", Traveller(META.token))
    return await site.home.app.connector("meta").create(api, META.account, name="By hand", description="")


async def view(site: Site, audience: str) -> AudienceView:
    return await audiences.get(site.home.app, SHELL, audience)


async def shown(site: Site, path: str, role: str = "manager") -> str:
    async with await site.browser(role) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def done(site: Site, audience: str, action: str, role: str = "manager", **typed: str) -> httpx2.Response:
    async with await site.browser(role) as browser:
        return await browser.post(f"/audiences/{audience}/{action}", data=typed)


async def test_the_menu_of_a_row_leads_to_the_page_of_each_action(site: Site) -> None:
    audience = await made(site)
    menu = await shown(site, "/audiences")
    for action in ACTIONS:
        assert f'href="/audiences/{audience}/{action}"' in menu
        assert NAME in await shown(site, f"/audiences/{audience}/{action}")


async def test_who_may_not_is_told_in_the_menu_what_is_missing(site: Site) -> None:
    audience = await made(site)
    page = await shown(site, "/audiences", "viewer")
    assert "needs audience_sync:create" in page and "needs audience_sync:delete" in page
    assert f'href="/audiences/{audience}/delete"' not in page


async def test_who_may_not_does_nothing(site: Site) -> None:
    audience = await made(site)
    for action in (*ACTIONS, "resume", "recreate"):
        answer = await done(site, audience, action, "operator", name="Mine", where="here", confirmed_name=NAME)
        assert (answer.status_code, (await view(site, audience)).name) == (403, NAME)


async def test_the_settings_are_shown_as_they_are(site: Site) -> None:
    page = await shown(site, f"/audiences/{await made(site)}/edit")
    assert re.search(r'name="auto_sync" type="checkbox" value="true" checked', page)
    assert '<option value="24" selected>' in page


async def test_edited_settings_hold(site: Site) -> None:
    audience = await made(site)
    answer = await done(site, audience, "edit", description="Mine", interval_hours="6", identifiers="email", seen="1")
    now = await view(site, audience)
    assert answer.status_code == 303
    assert (now.description, now.interval_hours, now.identifiers, now.auto_sync) == ("Mine", 6, ("email",), False)


async def test_what_is_wrong_with_a_setting_is_told_at_its_field(site: Site) -> None:
    answer = await done(site, await made(site), "edit", description="Kept", interval_hours="5", seen="1")
    assert (answer.status_code, 'id="interval_hours-error"' in answer.text, "Kept" in answer.text) == (422, True, True)


async def test_edited_guardrails_hold(site: Site) -> None:
    audience = await made(site)
    typed = {"most_removed_percent": "20", "smallest": "10", "largest": "", "interval_hours": "24", "seen": "1"}
    answer = await done(site, audience, "edit", **typed)
    assert (answer.status_code, (await view(site, audience)).guardrails) == (303, Guardrails(20, 10, 0, False))


@pytest.mark.parametrize(("field", "typed"), [("smallest", "many"), ("most_removed_percent", "101")])
async def test_a_guardrail_that_cannot_be_is_told_at_its_field(site: Site, field: str, typed: str) -> None:
    form = {"interval_hours": "24", "seen": "1", "most_removed_percent": "50", field: typed}
    answer = await done(site, await made(site), "edit", **form)
    assert (answer.status_code, f'id="{field}-error"' in answer.text, f'value="{typed}"' in answer.text) == (
        422,
        True,
        True,
    )


async def test_a_choice_that_is_fixed_says_why(site: Site) -> None:
    audience = await made(site)
    async with site.home.app.database.write() as session:
        await session.execute(sa.update(Audience).values(platform="tiktok"))
    page = await shown(site, f"/audiences/{audience}/edit")
    assert re.search(r'name="choices\.way" type="radio" value="file"[^>]* disabled', page)
    assert "It is fixed now that the audience exists" in page


async def test_a_renamed_audience_is_called_so_here_and_on_the_platform(site: Site) -> None:
    audience = await made(site)
    answer = await done(site, audience, "rename", name="Best customers")
    there = [each["name"] for each in await site.home.control("audiences")]
    assert (answer.status_code, (await view(site, audience)).name, there) == (303, "Best customers", ["Best customers"])


async def test_what_the_platform_says_against_a_name_is_told_at_its_field(site: Site) -> None:
    audience = await made(site)
    await site.home.fault("error:100/1713228")
    answer = await done(site, audience, "rename", name="Best customers")
    assert answer.status_code >= 400 and 'id="name-error"' in answer.text
    assert (await view(site, audience)).name == NAME


async def test_a_paused_audience_can_be_resumed(site: Site) -> None:
    audience = await made(site)
    await done(site, audience, "pause")
    assert (await view(site, audience)).state == "paused"
    assert f'action="/audiences/{audience}/resume"' in await shown(site, "/audiences")
    await done(site, audience, "resume")
    assert (await view(site, audience)).state == "active"


async def test_one_that_waits_for_its_connection_is_not_resumed(site: Site) -> None:
    audience = await made(site)
    async with site.home.app.database.write() as session:
        await session.execute(sa.update(Connection).values(state="broken"))
        await session.execute(sa.update(Audience).values(state="paused", problem="Meta no longer accepts our token."))
    answer = await done(site, audience, "resume")
    assert (answer.status_code, (await view(site, audience)).state) == (409, "paused")
    assert "Reconnect it under Connected Platforms" in answer.text


async def test_deleting_says_what_becomes_of_the_list_on_the_platform(site: Site) -> None:
    page = await shown(site, f"/audiences/{await made(site)}/delete")
    assert "It stays on Meta with the 2 profiles that it holds" in page
    assert "The list is gone on Meta, and campaigns lose it." in page


async def test_nothing_is_deleted_before_everything_was_said(site: Site) -> None:
    audience = await made(site)
    for field, typed in {"confirmed_name": {"where": "here"}, "where": {"confirmed_name": NAME}}.items():
        answer = await done(site, audience, "delete", **typed)
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text
    assert (await view(site, audience)).name == NAME


async def test_deleted_here_the_list_stays_on_the_platform(site: Site) -> None:
    audience = await made(site)
    answer = await done(site, audience, "delete", where="here", confirmed_name=NAME)
    assert answer.headers["location"] == "/audiences"
    assert len(await site.home.control("audiences")) == 1
    with pytest.raises(NotFound):
        await view(site, audience)


async def test_deleted_there_the_list_is_gone_by_a_run(site: Site) -> None:
    answer = await done(site, await made(site), "delete", where="there", confirmed_name=NAME)
    assert answer.headers["location"].startswith("/runs/")
    await site.home.work()
    assert await site.home.control("audiences") == []


async def test_a_living_audience_is_told_where_it_could_go_on(site: Site) -> None:
    audience = await made(site)
    assert "No other connection reaches act_123456789" in await shown(site, f"/audiences/{audience}/relink")


async def test_a_living_audience_goes_on_through_another_connection(site: Site) -> None:
    audience = await made(site)
    await site.home.connect("SANDBOX_SYSTEM_USER_TOKEN_60_DAYS")
    answer = await done(site, audience, "relink", account=site.home.account_id)
    assert answer.headers["location"].startswith("/runs/")
    assert (await view(site, audience)).ad_account_id == site.home.account_id


async def test_one_that_is_gone_can_be_linked_to_a_list_that_is_there(site: Site) -> None:
    audience, list_id = await gone(site), await another_list(site)
    page = await shown(site, f"/audiences/{audience}/relink?account={site.home.account_id}")
    assert f'name="remote_id" type="radio" value="{list_id}"' in page and "By hand" in page
    answer = await done(site, audience, "relink", account=site.home.account_id, remote_id=list_id)
    assert answer.headers["location"].startswith("/runs/")
    assert (await view(site, audience)).remote_id == list_id


async def test_one_that_is_gone_can_be_made_anew(site: Site) -> None:
    answer = await done(site, await gone(site), "recreate")
    page = await shown(site, answer.headers["location"])
    assert "Creating audience..." in page


async def test_lists_that_cannot_be_read_now_say_why(site: Site) -> None:
    audience = await gone(site)
    await site.home.fault("expired_token", times=5)
    async with await site.browser("manager") as browser:
        answer = await browser.get(f"/audiences/{audience}/relink?account={site.home.account_id}")
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert "Recreate" in answer.text
