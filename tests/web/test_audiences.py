"""Flow 2 on pages: the list of audiences, and the sync of one after its pre-flight."""

import re

import httpx2
import pytest

from tests.web.conftest import Site
from tests.world import IN_SEGMENT

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


async def emptied(site: Site) -> str:
    """An audience whose segment lost everybody after its sync."""
    site.home.people([{"id": name, "email": f"{name}@example.com", "member": "yes"} for name in ("a", "b")])
    audience = await site.home.audience(await site.home.segment(IN_SEGMENT, name="High Value Customers"))
    await site.home.work()
    site.home.people([{"id": name, "email": f"{name}@example.com", "member": "no"} for name in ("a", "b")])
    return audience


async def answered(site: Site, audience: str, page: str, **typed: str) -> httpx2.Response:
    """What the server says to Sync Now on that pre-flight."""
    plan = re.search(r'name="plan_id" value="([^"]+)"', page)
    assert plan is not None
    async with await site.browser("operator") as browser:
        form = {"plan_id": plan[1], "operation": "update", **typed}
        return await browser.post(f"/audiences/{audience}/sync", data=form)


async def test_a_guardrail_that_a_sync_would_break_blocks_the_pre_flight(site: Site) -> None:
    audience = await emptied(site)
    page = await shown(site, f"/audiences/{audience}/sync")
    assert re.search(r'role="alert".*A guardrail stops this sync.*would leave nobody', page, re.DOTALL)
    answer = await answered(site, audience, page)
    assert (answer.status_code, "approve this sync, or cancel it" in answer.text) == (409, True)


async def test_an_approved_sync_begins(site: Site) -> None:
    audience = await emptied(site)
    page = await shown(site, f"/audiences/{audience}/sync")
    answer = await answered(site, audience, page, approve="true")
    assert answer.status_code == 303
    run = answer.headers["location"].removeprefix("/runs/").partition("?")[0]
    assert (await site.home.work(run)).run.status == "completed"
    assert "Approved by" in await shown(site, f"/runs/{run}")


async def test_the_box_is_not_ticked_for_another_plan(site: Site) -> None:
    audience = await emptied(site)
    page = await shown(site, f"/audiences/{audience}/sync")
    answer = await answered(site, audience, page, approve="true", operation="replace")
    box = re.search(r'<input[^>]*name="approve"[^>]*>', answer.text)
    assert box is not None and "checked" not in box[0]


async def test_an_audience_whose_sync_was_stopped_says_so_on_its_page(site: Site) -> None:
    audience = await emptied(site)
    done = await site.home.sync(audience)
    for path in (f"/audiences/{audience}/history", f"/runs/{done.run.id}"):
        page = await shown(site, path)
        assert "would leave nobody" in page and f'href="/audiences/{audience}/sync"' in page
    assert "Review and approve" in await shown(site, f"/audiences/{audience}/history", "viewer")


async def test_the_page_of_an_audience_tells_its_guardrails(site: Site) -> None:
    page = await shown(site, f"/audiences/{await made(site)}/history")
    assert "Guardrails: At most 50% may leave at once; never empty" in page
