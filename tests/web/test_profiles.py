"""Profiles on pages: nothing personal in an address, masked unless a reason is given by who may."""

import re

import httpx2

from tests.web.conftest import Site

RAW = ("ann@example.com", "2015550123")
LABELS = ("Identifiers", "Consents", "Computed traits", "Attributes", "Recent events", "Segments", "Audiences")


async def searched(
    browser: httpx2.AsyncClient, kind: str = "email", value: str = " Ann@Example.com"
) -> httpx2.Response:
    return await browser.post("/profiles", data={"kind": kind, "value": value})


async def the_path(site: Site, browser: httpx2.AsyncClient) -> str:
    """Where the search for Ann leads."""
    site.home.people([{"id": "ann@example.com", "email": "ann@example.com", "phone": "+12015550123", "tier": "gold"}])
    answer = await searched(browser)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_profiles_stand_in_the_sidebar_before_segments(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/profiles")).text
    assert shown.index('href="/profiles"') < shown.index('href="/segments"')


async def test_no_address_names_the_person(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        path = await the_path(site, browser)
    assert re.fullmatch(r"/profiles/[A-Za-z0-9_.-]+", path) and "ann" not in path


async def test_a_profile_has_all_its_parts_and_nothing_raw(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get(await the_path(site, browser))).text
    assert [label for label in LABELS if f"{label}</h2>" not in shown] == []
    assert "a•••@e•••.com" in shown and ">gold<" in shown
    assert [raw for raw in RAW if raw in shown] == []


async def test_what_is_no_identifier_is_refused_at_its_field(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        answer = await searched(browser, value="nobody")
    assert answer.status_code == 422 and 'id="value-error"' in answer.text


async def test_nobody_found_says_what_to_check(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        assert "Nobody has this identifier" in (await searched(browser, value="x@example.com")).text


async def test_of_several_one_chooses(site: Site) -> None:
    site.home.people([{"id": name, "phone": "+12015550123"} for name in ("one", "two")])
    async with await site.browser("viewer") as browser:
        shown = (await searched(browser, "phone", "+1 201 555 0123")).text
    assert len(set(re.findall(r'href="(/profiles/[^"]+)"', shown))) == 2


async def test_a_viewer_is_told_what_the_identifiers_need(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        path = await the_path(site, browser)
        assert "Needs audience_sync:export" in (await browser.get(path)).text
        assert (await browser.post(f"{path}/reveal", data={"reason": "because I can"})).status_code == 403


async def test_an_analyst_sees_identifiers_for_a_reason(site: Site) -> None:
    async with await site.browser("analyst") as browser:
        path = await the_path(site, browser)
        refused = await browser.post(f"{path}/reveal", data={"reason": "why not"})
        shown = await browser.post(f"{path}/reveal", data={"reason": "A request for access"})
        again = await browser.get(path)
    assert refused.status_code == 422 and 'id="reason-error"' in refused.text
    assert RAW[0] in shown.text and shown.headers["cache-control"] == "no-store"
    assert RAW[0] not in again.text


async def test_a_made_up_address_leads_nowhere(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        assert (await browser.get("/profiles/nothing")).status_code == 404
