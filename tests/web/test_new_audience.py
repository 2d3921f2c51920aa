"""Flow 1 on pages: a platform audience is created, step by step, and its first run is watched."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx2
import sqlalchemy as sa

from audience_sync.flows import audiences
from audience_sync.model.permissions import SHELL
from audience_sync.store.platforms import AdAccount, Connection
from tests.web.conftest import Site

NEW, PLATFORM, SETTINGS = "/audiences/new", "/audiences/new/platform", "/audiences/new/settings"


async def at(site: Site, role: str = "manager") -> tuple[httpx2.AsyncClient, dict[str, str]]:
    """Somebody's browser, and what they have chosen before the settings."""
    segment = await site.home.segment(name="High Value Customers")
    return await site.browser(role), {"segment": segment, "platform": "meta", "account": site.home.account_id}


async def shown(
    browser: httpx2.AsyncClient, path: str, values: Mapping[str, str] | None = None, *, status: int = 200
) -> str:
    answer = await browser.get(path, params=values)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


async def created(browser: httpx2.AsyncClient, chosen: dict[str, str], **more: str) -> httpx2.Response:
    settings = {"seen": "1", "name": "High Value Customers - Stratum", "auto_sync": "true", "interval_hours": "24"}
    kinds = {"identifiers": "email"}
    return await browser.post(SETTINGS, data=chosen | settings | kinds | more)


async def change(site: Site, table: type[AdAccount] | type[Connection], **values: object) -> None:
    async with site.home.app.database.write() as session:
        await session.execute(sa.update(table).values(**values))


async def test_segments_are_chosen_with_their_profiles(site: Site) -> None:
    browser, _ = await at(site)
    page = await shown(browser, NEW)
    for label in ("Select Segment", "High Value Customers (2 profiles)", "Next"):
        assert label in page


async def test_without_a_segment_the_way_to_one_is_shown(site: Site) -> None:
    page = await shown(await site.browser("manager"), NEW)
    assert "No segment yet" in page and 'href="/segments"' in page


async def test_going_on_without_a_segment_is_refused_at_its_field(site: Site) -> None:
    browser, _ = await at(site)
    assert 'id="segment-error"' in await shown(browser, PLATFORM, status=422)


async def test_platforms_are_cards_with_real_radio_buttons(site: Site) -> None:
    browser, chosen = await at(site)
    page = await shown(browser, PLATFORM, {"segment": chosen["segment"]})
    for name, connector in site.home.app.connectors.items():
        assert re.search(rf'name="platform" type="radio" value="{name}"', page)
        assert connector.card.name in page


async def test_an_ad_account_is_shown_by_id_name_currency_and_status(site: Site) -> None:
    await change(site, AdAccount, currency="EUR", status="active")
    browser, chosen = await at(site)
    page = await shown(browser, PLATFORM, {"segment": chosen["segment"]})
    assert "Ad Account:" in page and "act_123456789 - Main Account" in page and "EUR · active" in page


async def test_an_account_that_cannot_be_used_says_why(site: Site) -> None:
    await change(site, AdAccount, usable=False, problem="It is closed.")
    browser, chosen = await at(site)
    page = await shown(browser, PLATFORM, {"segment": chosen["segment"]})
    assert re.search(r'name="account\.meta" type="radio" value="[^"]+"[^>]* disabled', page)
    assert "cannot be used: It is closed." in page


async def test_a_broken_connection_says_why(site: Site) -> None:
    await change(site, Connection, state="broken", problem="The token has expired.")
    browser, chosen = await at(site)
    assert "cannot be used: The token has expired." in await shown(browser, PLATFORM, {"segment": chosen["segment"]})


async def test_a_platform_that_is_not_connected_shows_the_way_to_connect(site: Site) -> None:
    browser, chosen = await at(site, "admin")
    page = await shown(browser, PLATFORM, {"segment": chosen["segment"]})
    assert "TikTok is not connected" in page and 'href="/platforms/connect?' in page


async def test_who_may_not_connect_is_told_who_can(site: Site) -> None:
    browser, chosen = await at(site)
    assert "an administrator can connect it" in await shown(browser, PLATFORM, {"segment": chosen["segment"]})


async def test_going_on_without_an_account_of_that_platform_is_refused_at_its_field(site: Site) -> None:
    browser, chosen = await at(site)
    page = await shown(browser, SETTINGS, chosen | {"platform": "tiktok"}, status=422)
    assert 'id="account-error"' in page and "Choose an ad account of TikTok." in page


async def test_the_account_is_that_of_the_chosen_platform(site: Site) -> None:
    browser, chosen = await at(site)
    account = {"account.meta": chosen.pop("account"), "account.tiktok": "another"}
    assert "Audience Settings" in await shown(browser, SETTINGS, chosen | account)


async def test_the_settings_have_the_labels_of_the_specification(site: Site) -> None:
    browser, chosen = await at(site)
    page = await shown(browser, SETTINGS, chosen)
    for label in ("Audience Settings", "Name:", "Description:", "Auto-sync", "Sync interval:", "Create Audience"):
        assert label in page


async def test_the_settings_begin_as_in_the_specification(site: Site) -> None:
    browser, chosen = await at(site)
    page = await shown(browser, SETTINGS, chosen)
    assert 'value="High Value Customers - Stratum"' in page
    assert re.search(r'name="auto_sync" type="checkbox" value="true" checked', page)
    assert '<option value="24" selected>Every 24 hours</option>' in page


async def test_back_keeps_what_was_typed(site: Site) -> None:
    browser, chosen = await at(site)
    typed = {"name": "My name", "description": "Mine", "interval_hours": "6", "seen": "1"}
    platform = await shown(browser, PLATFORM, chosen | typed)
    carried = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', platform))
    assert carried.items() >= typed.items()
    settings = await shown(browser, SETTINGS, carried | chosen)
    assert 'value="My name"' in settings and ">Mine</textarea>" in settings
    assert not re.search(r'name="auto_sync" type="checkbox" value="true" checked', settings)


async def test_the_choices_so_far_stand_at_the_side(site: Site) -> None:
    browser, chosen = await at(site)
    aside = (await shown(browser, SETTINGS, chosen)).partition("Your choices")[2].partition("</aside>")[0]
    for said in ("High Value Customers (2 profiles)", "Meta", "act_123456789 - Main Account"):
        assert said in aside


async def test_create_audience_leads_to_the_progress_of_its_run(site: Site) -> None:
    browser, chosen = await at(site)
    answer = await created(browser, chosen)
    assert answer.status_code == 303, answer.text
    page = await shown(browser, answer.headers["location"])
    for line in (
        "Creating audience...",
        "Creating audience on Meta...",
        "Uploading profiles...",
        "Processing identifiers...",
    ):
        assert line in page


async def test_what_was_chosen_is_what_is_made(site: Site) -> None:
    browser, chosen = await at(site)
    await created(browser, chosen, name="Mine", description="Words", interval_hours="6")
    [made] = (await audiences.list_audiences(site.home.app, SHELL)).items
    assert (made.name, made.description, made.interval_hours, made.identifiers) == ("Mine", "Words", 6, ("email",))


async def test_without_its_tick_nothing_is_synced_by_itself(site: Site) -> None:
    browser, chosen = await at(site)
    await browser.post(SETTINGS, data=chosen | {"seen": "1", "name": "By hand", "interval_hours": "24"})
    [made] = (await audiences.list_audiences(site.home.app, SHELL)).items
    assert made.auto_sync is False


async def test_what_is_wrong_is_told_at_its_field(site: Site) -> None:
    browser, chosen = await at(site)
    for field, value in (("name", "x" * 500), ("interval_hours", "5"), ("interval_hours", "soon")):
        answer = await created(browser, chosen, **{field: value, "description": "Kept"})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text and "Kept" in answer.text


async def test_a_choice_of_the_platform_that_is_not_offered_is_told_at_its_field(site: Site) -> None:
    await change(site, AdAccount, platform="tiktok")
    await change(site, Connection, platform="tiktok")
    browser, chosen = await at(site)
    answer = await created(browser, chosen | {"platform": "tiktok"}, **{"choices.way": "by post"})
    assert (answer.status_code, 'id="choices.way-error"' in answer.text) == (422, True)


async def test_a_name_that_is_taken_is_told_with_a_free_one(site: Site) -> None:
    browser, chosen = await at(site)
    await created(browser, chosen)
    answer = await created(browser, chosen)
    assert answer.status_code == 409
    assert "High Value Customers - Stratum (2)" in unescape(answer.text) and 'id="name-error"' in answer.text


async def test_the_results_have_every_figure(site: Site) -> None:
    browser, chosen = await at(site)
    address = (await created(browser, chosen)).headers["location"]
    await site.home.work()
    page = await shown(browser, address)
    for label in ("Audience Created Successfully", "Audience:", "Platform:", "Meta (act_123456789)", "Sync Results:"):
        assert label in page
    assert re.search(r"Profiles Sent:</dt><dd>2<", page)
    assert "Meta has not reported a size yet" in page
    assert re.search(r"Next Sync:</dt><dd><time[^>]*>[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d<", page)
    assert "View in Meta" in page and re.search(r">\s*Done<", page)


async def test_a_creation_that_failed_says_why_and_what_to_do(site: Site) -> None:
    browser, chosen = await at(site)
    await site.home.fault("error:200/1870090", path="customaudiences")
    address = (await created(browser, chosen)).headers["location"]
    await site.home.work()
    page = await shown(browser, address)
    assert "The audience could not be filled" in page and "Sync Now" in page and "Code " in page


async def test_another_run_has_its_own_page(site: Site) -> None:
    audience = await site.home.audience(await site.home.segment())
    await site.home.work()
    run = (await site.home.sync(audience)).run.id
    browser = await site.browser("viewer")
    assert (await browser.get(f"/audiences/created/{run}")).headers["location"] == f"/runs/{run}"


async def test_who_may_not_create_does_not_come_in(site: Site) -> None:
    browser, chosen = await at(site, "operator")
    assert (await browser.get(NEW)).status_code == 403
    assert (await created(browser, chosen)).status_code == 403


async def test_an_address_of_rubbish_is_answered(site: Site) -> None:
    browser, _ = await at(site)
    rubbish = dict(parse_qsl(urlsplit("?segment=%00&account.=x&choices.=y&after=z&platform=é").query))
    assert (await browser.get(PLATFORM, params=rubbish)).status_code == 422
