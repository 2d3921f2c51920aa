"""Flow 3: sync history of an audience, of all, and one run, with the specification's labels."""

import re

import pytest

from tests.web.conftest import Site

COLUMNS = ("Date", "Operation", "Status", "Sent", "Match", "Time")
SUMMARY = ("Summary (30 days)", "Total syncs", "Success rate", "Avg match rate", "Audience growth")
DETAILS = (
    "Sync Details:",
    "Operation",
    "Status",
    "Triggered by",
    "Metrics",
    "Profiles Sent",
    "Added",
    "Removed",
    "Failed",
    "Platform Response",
    "Audience ID",
    "Audience Size",
    "Match Rate",
    "Duration",
    "Started:",
    "Completed:",
)


async def synced(site: Site, times: int = 1) -> tuple[str, list[str]]:
    """An audience with a run that created it and some updates, the oldest first."""
    audience = await site.home.audience(await site.home.segment(name="High Value Customers"))
    runs = [(await site.home.work()).run.id]
    for _ in range(times - 1):
        site.home.clock.advance(days=1)
        runs.append((await site.home.sync(audience)).run.id)
    return audience, runs


async def shown(site: Site, path: str, role: str = "viewer") -> str:
    async with await site.browser(role) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("label", [*COLUMNS, *SUMMARY])
async def test_the_history_of_an_audience_has_every_label(site: Site, label: str) -> None:
    audience, _ = await synced(site)
    assert label in await shown(site, f"/audiences/{audience}/history")


async def test_the_history_is_named_after_its_audience(site: Site) -> None:
    audience, _ = await synced(site)
    page = await shown(site, f"/audiences/{audience}/history")
    assert re.search(r"<h1>Sync History: [^<]*High Value Customers", page)


async def test_the_summary_counts_the_runs_of_its_days(site: Site) -> None:
    audience, _ = await synced(site, times=3)
    page = await shown(site, f"/audiences/{audience}/history")
    assert figures(page)["Total syncs"] == "3"
    assert figures(page)["Success rate"] == "100%"
    assert figures(page)["Audience growth"] == "+2 profiles"
    site.home.clock.advance(days=40)
    assert figures(await shown(site, f"/audiences/{audience}/history"))["Total syncs"] == "0"


async def test_a_row_leads_to_its_run(site: Site) -> None:
    audience, (run,) = await synced(site)
    assert f'href="/runs/{run}"' in await shown(site, f"/audiences/{audience}/history")


async def test_an_update_shows_what_it_added_with_its_sign(site: Site) -> None:
    audience, _ = await synced(site)
    site.home.people([{"id": f"n{n}", "email": f"n{n}@example.com"} for n in range(3)])
    await site.home.sync(audience)
    assert ">+3</span>" in await shown(site, f"/audiences/{audience}/history")


@pytest.mark.parametrize("label", DETAILS)
async def test_a_run_has_every_label(site: Site, label: str) -> None:
    _, (run,) = await synced(site)
    assert label in await shown(site, f"/runs/{run}")


async def test_a_run_tells_its_operation_in_full(site: Site) -> None:
    _, (_, run) = await synced(site, times=2)
    page = await shown(site, f"/runs/{run}")
    assert "Update (Incremental)" in page
    assert "Waterfall" in page and "Batches" in page and "Rejections" in page


async def test_a_run_says_what_went_wrong_and_the_way_out(site: Site) -> None:
    audience, _ = await synced(site)
    site.home.people([{"id": "x", "email": "x@example.com"}])
    await site.home.fault("expired_token", times=50)
    run = (await site.home.sync(audience)).run
    page = await shown(site, f"/runs/{run.id}")
    assert run.error["code"] in page and "Reconnect" in page


async def test_a_run_under_way_is_live_and_can_be_cancelled_by_who_may(site: Site) -> None:
    await site.home.audience(await site.home.segment())
    async with await site.browser("viewer") as viewer, await site.browser("manager") as manager:
        (run,) = set(re.findall(r'href="/runs/([^"/]+)"', (await viewer.get("/history")).text))
        seen = (await viewer.get(f"/runs/{run}")).text
        assert f'hx-sse:connect="/runs/{run}/events"' in seen and "Syncing..." in seen
        assert "Needs audience_sync:sync" in seen and f'href="/runs/{run}/cancel"' not in seen
        assert "Cancel this sync?" in (await manager.get(f"/runs/{run}/cancel")).text
        assert (await manager.post(f"/runs/{run}/cancel")).headers["location"] == f"/runs/{run}"
    assert (await site.home.work(run)).run.status == "cancelled"


async def test_the_history_of_all_names_each_audience(site: Site) -> None:
    audience, _ = await synced(site)
    page = await shown(site, "/history")
    assert f'href="/audiences/{audience}/history">' in page
    assert figures(page)["Total syncs"] == "1"


async def test_filters_leave_out_the_others(site: Site) -> None:
    audience, (created, updated) = await synced(site, times=2)
    for path in ("/history", f"/audiences/{audience}/history"):
        page = await shown(site, f"{path}?operation=create")
        assert f"/runs/{created}" in table(page) and f"/runs/{updated}" not in table(page)
        assert "No run like that" in await shown(site, f"{path}?status=failed")


async def test_pages_go_on_where_the_one_before_ended(site: Site) -> None:
    _, runs = await synced(site, times=27)
    first = await shown(site, "/history")
    (following,) = re.findall(r'href="([^"]+)" rel="next"', first)
    second = await shown(site, f"/history{following.replace('&amp;', '&')}")
    found = [*re.findall(r'href="/runs/([^"]+)"', first), *re.findall(r'href="/runs/([^"]+)"', second)]
    assert found == list(reversed(runs))


async def test_a_made_up_page_is_refused(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        assert (await browser.get("/history?cursor=nonsense")).status_code == 422


async def test_without_runs_the_history_says_what_to_do(site: Site) -> None:
    assert "No sync yet" in await shown(site, "/history")


def figures(page: str) -> dict[str, str]:
    """The values of a page's figures, by their label."""
    return dict(re.findall(r'<dt>([^<]+)</dt><dd><span class="value"[^>]*>([^<]*)', page))


def table(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]
