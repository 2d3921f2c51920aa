"""Flow 5's ends: connected, or a page in our own look that says what happened and what to do."""

import re
from urllib.parse import parse_qsl, urlsplit

import httpx2

from audience_sync.flows import connections
from audience_sync.model.permissions import SHELL
from tests.web.conftest import Site

CALLBACK = "/platforms/meta/callback"


async def begun(browser: httpx2.AsyncClient) -> dict[str, str]:
    """What is asked of the platform's consent page, with its address as `page`."""
    address = (await browser.post("/platforms/meta/connect")).headers["location"]
    parts = urlsplit(address)
    return {"page": f"{parts.scheme}://{parts.netloc}{parts.path}", **dict(parse_qsl(parts.query))}


async def decided(site: Site, asked: dict[str, str], decision: str = "continue", **form: str) -> dict[str, str]:
    """What the platform sends the person back with."""
    sent = await site.home.sandbox.post(asked["page"], data={**asked, "decision": decision, **form})
    return dict(parse_qsl(urlsplit(sent.headers["location"]).query))


async def connected(site: Site) -> int:
    return len(await connections.connections(site.home.app, SHELL))


async def test_whoever_continues_selects_ad_accounts_next(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.get(CALLBACK, params=await decided(site, await begun(browser)))
        assert re.fullmatch(r"/platforms/[^/]+/accounts", answer.headers["location"])
        assert "Meta is connected." in (await browser.get(answer.headers["location"])).text


async def test_denial_ends_on_a_page_that_offers_it_again(site: Site) -> None:
    before = await connected(site)
    async with await site.browser("admin") as browser:
        answer = await browser.get(CALLBACK, params=await decided(site, await begun(browser), "cancel"))
    assert (answer.status_code, await connected(site)) == (400, before)
    assert "<h1>Meta was not connected</h1>" in answer.text and "CONSENT_DENIED" in answer.text
    assert "What to do:" in answer.text and 'action="/platforms/meta/connect"' in answer.text
    assert 'class="sidebar' in answer.text or 'id="sidebar' in answer.text


async def test_a_forged_state_connects_nothing_and_says_so(site: Site) -> None:
    before = await connected(site)
    async with await site.browser("admin") as browser:
        back = await decided(site, await begun(browser))
        answer = await browser.get(CALLBACK, params={**back, "state": "forged"})
    assert (answer.status_code, await connected(site)) == (400, before)
    assert "SIGN_IN_UNKNOWN" in answer.text and "do not follow it again" in answer.text


async def test_a_grant_without_the_needed_permissions_names_them(site: Site) -> None:
    before = await connected(site)
    async with await site.browser("admin") as browser:
        asked = await begun(browser)
        answer = await browser.get(CALLBACK, params=await decided(site, asked, declined="ads_management"))
    assert (answer.status_code, await connected(site)) == (409, before)
    assert "SCOPES_MISSING" in answer.text and "<code>ads_management</code>" in answer.text


async def test_a_repeated_answer_says_that_it_was_used(site: Site) -> None:
    async with await site.browser("admin") as browser:
        back = await decided(site, await begun(browser))
        await browser.get(CALLBACK, params=back)
        answer = await browser.get(CALLBACK, params=back)
    assert "has been used already" in answer.text and "SIGN_IN_OVER" in answer.text


async def test_a_closed_window_is_told_on_the_connect_page_until_it_is_finished(site: Site) -> None:
    async with await site.browser("admin") as browser:
        asked = await begun(browser)
        shown = (await browser.get("/platforms/connect")).text
        site.home.clock.advance(minutes=11)
        later = (await browser.get("/platforms/connect")).text
        await browser.get(CALLBACK, params=await decided(site, await begun(browser)))
        assert "was not finished" not in (await browser.get("/platforms/connect")).text
    assert asked["state"] not in shown
    assert "Connecting Meta was not finished" in shown and "go on there" in shown
    assert "has expired, and nothing was connected" in later and "Connect Meta again" in later


async def test_what_the_platform_says_is_text(site: Site) -> None:
    async with await site.browser("admin") as browser:
        said = {"state": (await begun(browser))["state"], "error": "other", "error_description": "<b>no</b>"}
        answer = await browser.get(CALLBACK, params=said)
    assert "&lt;b&gt;no&lt;/b&gt;" in answer.text


async def test_who_is_not_signed_in_is_told_too(site: Site) -> None:
    async with await site.browser() as browser:
        answer = await browser.get(CALLBACK, params={"state": "x", "code": "y"})
    assert (answer.status_code, "Meta was not connected" in answer.text) == (400, True)
    assert "Connect Meta again" not in answer.text


async def test_there_is_no_way_back_from_an_unknown_platform(site: Site) -> None:
    async with await site.browser("admin") as browser:
        assert (await browser.get("/platforms/nothing/callback")).status_code == 404
