"""Flow 2 on pages: the list of audiences, and the sync of one after its pre-flight."""

import re

import pytest

from tests.web.conftest import Site

COLUMNS = ("Audience", "Platform", "Health", "Last sync", "Match rate", "Size", "Next sync", "Sync Now", "View History")
ASKED = ("Sync Audience", "to Meta?", "Current segment size", "Last synced size", "Expected changes", "Sync type")
KINDS = ("Incremental", "add/remove changes only", "Full replace", "Sync Now", "Cancel")


async def made(site: Site) -> str:
    """An audience that was synced once."""
    audience = await site.home.audience(await site.home.segment(name="High Value Customers"))
    await site.home.work()
    return audience


async def shown(site: Site, path: str, role: str = "operator") -> str:
    async with await site.browser(role) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("label", COLUMNS)
async def test_the_list_has_every_label(site: Site, label: str) -> None:
    await made(site)
    assert label in await shown(site, "/audiences")


async def test_without_an_audience_the_list_says_what_to_do(site: Site) -> None:
    assert "Connect a platform first" in await shown(site, "/audiences")


async def test_a_viewer_is_told_why_they_cannot_sync(site: Site) -> None:
    await made(site)
    assert "needs audience_sync:sync" in await shown(site, "/audiences", "viewer")


async def test_a_search_leaves_out_what_is_called_otherwise(site: Site) -> None:
    await made(site)
    assert "No audience like that" in await shown(site, "/audiences?search=newsletter")


@pytest.mark.parametrize("label", [*ASKED, *KINDS])
async def test_the_pre_flight_has_every_label(site: Site, label: str) -> None:
    assert label in await shown(site, f"/audiences/{await made(site)}/sync")


async def test_the_pre_flight_counts_who_came(site: Site) -> None:
    audience = await made(site)
    site.home.people([{"id": name, "email": f"{name}@example.com"} for name in ("a", "b", "c")])
    page = await shown(site, f"/audiences/{audience}/sync")
    assert re.search(r"Expected changes</dt><dd>\+1 added<", page)


async def test_sync_now_runs_the_plan_that_was_shown(site: Site) -> None:
    audience = await made(site)
    page = await shown(site, f"/audiences/{audience}/sync")
    plan = re.search(r'name="plan_id" value="([^"]+)"', page)
    assert plan is not None
    async with await site.browser("operator") as browser:
        answer = await browser.post(f"/audiences/{audience}/sync", data={"plan_id": plan[1], "operation": "update"})
    assert re.fullmatch(r"/runs/[0-9a-f-]+", answer.headers["location"].partition("?")[0])


async def test_a_plan_that_is_out_of_date_is_shown_anew(site: Site) -> None:
    audience = await made(site)
    async with await site.browser("operator") as browser:
        answer = await browser.post(f"/audiences/{audience}/sync", data={"plan_id": "gone", "operation": "update"})
    assert (answer.status_code >= 400, "Sync Now" in answer.text) == (True, True)
