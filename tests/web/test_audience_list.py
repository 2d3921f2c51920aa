"""The list of audiences on its page: filters, order and view stand in the address, 25 on a page, live while syncing."""

import re

import httpx2
import pytest

from tests.web.conftest import Site


async def named(site: Site, *names: str, synced: bool = True) -> list[str]:
    """Audiences of one segment with these names."""
    segment = await site.home.segment(name="High Value Customers")
    made = [await site.home.audience(segment, name=name) for name in names]
    for _ in names if synced else ():
        await site.home.work()
    return made


async def shown(browser: httpx2.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def listed(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="/audiences/[^"]+">([^<]+)<', page)


def link(page: str, label: str) -> str:
    """The address of the link that says so."""
    found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>\s*{label}\b', page)
    assert found is not None, label
    return found[1].replace("&amp;", "&")


async def test_a_head_sorts_up_and_then_down(site: Site) -> None:
    await named(site, "Alpha", "Beta")
    async with await site.browser("viewer") as browser:
        first = await shown(browser, "/audiences")
        down = await shown(browser, link(first, "Audience"))
    assert (listed(first), listed(down)) == (["Alpha", "Beta"], ["Beta", "Alpha"])
    assert 'aria-sort="ascending"' in first and 'aria-sort="descending"' in down


async def test_chips_and_view_keep_each_other(site: Site) -> None:
    await named(site, "Alpha")
    async with await site.browser("viewer") as browser:
        cards = await shown(browser, link(await shown(browser, "/audiences?search=alp&sort=-size"), "Cards"))
        healthy = link(cards, "Healthy")
        page = await shown(browser, healthy)
    for part in ("search=alp", "sort=-size", "view=cards", "health=Healthy"):
        assert part in healthy
    assert listed(page) == ["Alpha"] and "<table" not in page


async def test_a_card_says_what_the_specification_says(site: Site) -> None:
    await named(site, "Alpha")
    async with await site.browser("operator") as browser:
        page = await shown(browser, "/audiences?view=cards")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert re.search(r"Last sync: just now \| Match rate: (—|[\d.]+%)", text)
    assert [label for label in ("Sync Now", "View History", "More about Alpha") if label not in page] == []


@pytest.mark.parametrize(("query", "names"), [("health=Paused", []), ("platform=meta", ["Alpha"]), ("segment=x", [])])
async def test_filters_leave_out_the_others(site: Site, query: str, names: list[str]) -> None:
    await named(site, "Alpha")
    async with await site.browser("viewer") as browser:
        page = await shown(browser, f"/audiences?{query}")
    assert listed(page) == names
    assert ("No audience like that" in page) is not bool(names)


async def test_pages_hold_twenty_five_and_keep_the_order(site: Site) -> None:
    await named(site, *(f"No {number:02}" for number in range(27)), synced=False)
    async with await site.browser("viewer") as browser:
        first = await shown(browser, "/audiences?sort=-name")
        second = await shown(browser, link(first, "Next page"))
    assert (len(listed(first)), listed(second)) == (25, ["No 01", "No 00"])


async def test_a_running_sync_shows_its_bar_and_stops_asking_at_its_end(site: Site) -> None:
    (audience,) = await named(site, "Alpha", synced=False)
    async with await site.browser("viewer") as browser:
        page = await shown(browser, "/audiences")
        assert f'hx-get="/audiences/{audience}/row?view=table"' in page
        assert 'aria-label="Progress of the sync of Alpha"' in page
        await site.home.work()
        row = await shown(browser, f"/audiences/{audience}/row?view=table")
    assert row.strip().startswith("<tr") and "hx-trigger" not in row and "progress" not in row


async def test_what_is_no_order_is_refused(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        assert (await browser.get("/audiences?sort=colour")).status_code == 422


async def test_who_may_create_has_the_button_and_others_the_reason(site: Site) -> None:
    async with await site.browser("manager") as manager, await site.browser("viewer") as viewer:
        assert 'href="/audiences/new"' in await shown(manager, "/audiences")
        assert "Needs audience_sync:create" in await shown(viewer, "/audiences")
