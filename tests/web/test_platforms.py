"""Flow 5 of the specification: platforms are connected, looked at and disconnected on their pages."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
import sqlalchemy as sa

from audience_sync.flows import connections
from audience_sync.model.permissions import SHELL
from audience_sync.store.platforms import OAuthState
from tests.platforms import META
from tests.web.conftest import Site

MAIN, SECONDARY = "act_123456789", "act_987654321"


async def pasted(browser: httpx2.AsyncClient) -> str:
    """The path of the page of ad accounts, after a token was accepted."""
    answer = await browser.post("/platforms/meta/token", data={"token": META.token})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def the_connection(site: Site) -> str:
    return (await connections.connections(site.home.app, SHELL))[0].id


@pytest.mark.parametrize("label", ["Connected Platforms", "Connect Platform", "Connected", "Disconnect", "Refresh"])
async def test_the_list_has_the_labels_of_the_specification(site: Site, label: str) -> None:
    async with await site.browser("admin") as browser:
        shown = (await browser.get("/platforms")).text
    assert re.search(rf">\s*{label}\s*<", shown)


async def test_an_account_in_use_is_shown_by_id_and_name(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/platforms")).text
    assert "act_123456789 - Main Account" in shown


async def test_a_viewer_is_told_why_nothing_can_be_connected(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/platforms")).text
    assert 'id="why-connect-platform">Needs audience_sync:admin; an administrator can grant it.' in shown
    assert '<form method="post" action="/platforms/' not in shown


@pytest.mark.parametrize("name", ["Meta", "Google", "TikTok", "Snapchat"])
async def test_every_platform_can_be_chosen(site: Site, name: str) -> None:
    if name.lower() not in site.home.app.connectors:
        pytest.skip(f"There is no connector for {name} in this installation.")
    async with await site.browser("admin") as browser:
        shown = (await browser.get("/platforms/connect")).text
    assert re.search(rf'aria-label="Connect( another)? {name}"', shown)


async def test_connect_leads_to_the_consent_page_of_the_platform(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post("/platforms/meta/connect")
    assert answer.status_code == 303
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query))["redirect_uri"].endswith("/meta/callback")


async def test_a_pasted_token_leads_to_the_choice_of_ad_accounts(site: Site) -> None:
    async with await site.browser("admin") as browser:
        path = await pasted(browser)
        shown = (await browser.get(path)).text
    assert re.fullmatch(r"/platforms/[^/]+/accounts", path)
    assert "Select Ad Accounts" in shown and "Connect Selected" in shown
    assert "act_987654321 - " in shown


async def test_a_token_is_never_shown_again(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post("/platforms/meta/token", data={"token": "NOT_A_TOKEN_OF_OURS"})
    assert answer.status_code == 422
    assert 'id="token-error"' in answer.text
    assert "NOT_A_TOKEN_OF_OURS" not in answer.text


async def test_selected_accounts_are_used_and_counted(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post(await pasted(browser), data={"ad_accounts": [MAIN, SECONDARY]})
        shown = (await browser.get(answer.headers["location"])).text
    assert "Meta is connected with 2 ad accounts." in shown


async def test_selecting_nothing_is_refused_at_its_field(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post(await pasted(browser))
    assert answer.status_code == 422
    assert 'id="ad_accounts-error"' in answer.text
    assert "No ad account is selected." in answer.text


async def test_the_question_names_the_audiences_that_will_wait(site: Site) -> None:
    await site.home.audience(await site.home.segment(), name="Spring Sale")
    async with await site.browser("admin") as browser:
        shown = (await browser.get(f"/platforms/{await the_connection(site)}/disconnect")).text
    assert "Spring Sale" in shown
    assert "act_123456789 - Main Account" in shown


async def test_a_disconnected_platform_can_be_connected(site: Site) -> None:
    async with await site.browser("admin") as browser:
        await browser.post(f"/platforms/{await the_connection(site)}/disconnect")
        shown = (await browser.get("/platforms")).text
    assert ">Not Connected" in re.sub(r"</svg>\s*", ">", shown)
    assert 'aria-label="Connect Meta"' in shown


async def test_a_refresh_finds_the_accounts_of_today(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post(f"/platforms/{await the_connection(site)}/refresh")
        shown = (await browser.get(answer.headers["location"])).text
    assert "Meta is up to date." in shown


async def test_a_withdrawn_grant_says_what_to_do(site: Site) -> None:
    await site.home.fault("expired_token", 3)
    async with await site.browser("admin") as browser:
        await browser.post(f"/platforms/{await the_connection(site)}/refresh")
        shown = (await browser.get("/platforms")).text
    assert "Reconnect Meta" in shown
    assert 'aria-label="Cannot be used now"' in shown


async def test_whoever_came_from_the_wizard_goes_on_there(site: Site) -> None:
    segment = await site.home.segment()
    async with await site.browser("admin") as browser:
        step = (await browser.get("/audiences/new/platform", params={"segment": segment})).text
        way = unescape(next(each for each in re.findall(r'href="(/platforms/connect\?[^"]+)"', step)))
        then = re.findall(r'name="then" value="([^"]+)"', (await browser.get(way)).text)[0]
        consent = (await browser.post("/platforms/meta/connect", data={"then": unescape(then)})).headers["location"]
        assert consent.startswith("http")
        assert await returns_to(site) == f"/platforms/{{connection}}/accounts?{urlencode({'then': unescape(then)})}"
        answer = await browser.post(await pasted(browser), data={"ad_accounts": [MAIN], "then": unescape(then)})
    assert answer.headers["location"] == f"/audiences/new/platform?segment={segment}"


async def returns_to(site: Site) -> str:
    """Where the sign-in that is under way will lead."""
    async with site.home.app.database.read() as session:
        return (await session.scalars(sa.select(OAuthState))).one().return_to


async def test_nobody_is_led_elsewhere_after_connecting(site: Site) -> None:
    async with await site.browser("admin") as browser:
        for way in ("//evil.example", "https://evil.example", "/audiences/new\\@evil.example"):
            assert (await browser.get("/platforms/connect", params={"then": way})).status_code == 422
