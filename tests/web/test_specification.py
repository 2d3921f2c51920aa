"""Every screen of the specification, label by label, in its order: what stands there stands on our page."""

import re
from html import unescape

import httpx2

from audience_sync.flows import audiences, runs
from audience_sync.flows.exporting.executing import execute
from audience_sync.model.permissions import SHELL
from tests.web.conftest import Site

NAME = "High Value Customers"
PLATFORMS = ("Meta", "Google", "TikTok", "Snap")


async def text(browser: httpx2.AsyncClient, path: str, **values: str) -> str:
    """The words of a page, one after the other, with the values that its fields show."""
    answer = await browser.get(path, params=values or None)
    assert answer.status_code == 200, answer.text
    page = answer.text.partition("<main")[2] or answer.text
    page = re.sub(r'<input[^>]* value="([^"]*)"[^>]*>', r" \1 ", page)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def missing(page: str, *labels: str) -> list[str]:
    """Labels that do not come, in this order, one after the other."""
    found, at = list[str](), 0
    for label in labels:
        place = page.find(label, at)
        if place < 0:
            found.append(label)
        else:
            at = place + len(label)
    return found


async def created(site: Site) -> tuple[str, str]:
    """An audience that the worker has just created, and the run that did it."""
    audience = await site.home.audience(await site.home.segment(name=NAME), name=f"{NAME} - Stratum")
    return audience, (await site.home.work()).run.id


async def test_flow_1_select_segment(site: Site) -> None:
    await site.home.segment(name=NAME)
    async with await site.browser("manager") as browser:
        page = await text(browser, "/audiences/new")
    assert missing(page, "Select Segment", f"{NAME} (2 profiles)", "Next") == []


async def test_flow_1_select_platform(site: Site) -> None:
    segment = await site.home.segment(name=NAME)
    async with await site.browser("manager") as browser:
        page = await text(browser, "/audiences/new/platform", segment=segment)
    assert missing(page, "Select Platform", "Meta", "Ad Account:", "act_123456789 - Main Account", "Next") == []
    assert [each for each in PLATFORMS if each not in page] == []


async def test_flow_1_audience_settings(site: Site) -> None:
    chosen = {"segment": await site.home.segment(name=NAME), "platform": "meta", "account": site.home.account_id}
    async with await site.browser("manager") as browser:
        page = await text(browser, "/audiences/new/settings", **chosen)
    labels = ("Audience Settings", "Name:", f"{NAME} - Stratum", "Description:", "Auto-sync:", "Sync interval:")
    assert missing(page, *labels, "Every 24 hours", "Create Audience") == []


async def test_flow_1_the_system_creates_the_audience(site: Site) -> None:
    audience = await site.home.audience(await site.home.segment(name=NAME))
    run = (await audiences.get(site.home.app, SHELL, audience)).running
    async with await site.browser("manager") as browser:
        page = await text(browser, f"/audiences/created/{run}")
    lines = ("Creating audience on Meta...", "Uploading", "profiles...", "Processing identifiers...")
    assert missing(page, "Creating audience...", "0%", *lines) == []


async def test_flow_1_sync_results(site: Site) -> None:
    _, run = await created(site)
    async with await site.browser("manager") as browser:
        page = await text(browser, f"/audiences/created/{run}")
    head = ("Audience Created Successfully", "Audience:", f"{NAME} - Stratum", "Platform:", "Meta (act_123456789)")
    results = ("Sync Results:", "Profiles Sent:", "2", "Matched:", "Next Sync:", "View in Meta", "Done")
    assert missing(page, *head, *results) == []


async def test_flow_2_platform_audiences(site: Site) -> None:
    await created(site)
    async with await site.browser("operator") as browser:
        page = await text(browser, "/audiences?view=cards")
    assert missing(page, "Platform Audiences", NAME, "Meta", "Sync Now", "View History") == []
    assert [each for each in ("Last sync:", "Match rate:") if each not in page] == []


async def test_flow_2_confirm_sync(site: Site) -> None:
    audience, _ = await created(site)
    site.home.people([{"id": name, "email": f"{name}@example.com"} for name in ("a", "b", "c")])
    async with await site.browser("operator") as browser:
        page = await text(browser, f"/audiences/{audience}/sync")
    figures = ("Current segment size", "3 profiles", "Last synced size", "2 profiles", "Expected changes", "+1 added")
    kinds = ("Sync type:", "Incremental (add/remove changes only)", "Full replace (replace entire audience)")
    head = ("Sync Audience", f'Sync "{NAME} - Stratum" to Meta?')
    assert missing(page, *head, *figures, *kinds, "Cancel", "Sync Now") == []


async def test_flow_2_progress(site: Site) -> None:
    audience, _ = await created(site)
    run = await runs.start(site.home.app, SHELL, audience)
    async with await site.browser("operator") as browser:
        page = await text(browser, f"/runs/{run.id}")
    lines = ("Getting segment members...", "Calculating delta...", "Hashing identifiers...", "Uploading to Meta...")
    assert missing(page, "Syncing...", "0%", *lines) == []


async def test_flow_2_sync_results(site: Site) -> None:
    audience, _ = await created(site)
    run = (await site.home.sync(audience)).run.id
    async with await site.browser("operator") as browser:
        page = await text(browser, f"/runs/{run}/events")
    figures = ("Profiles Sent", "Added", "Removed", "Failed", "Duration", "seconds")
    assert missing(page, "Sync Completed", *figures, "Current audience size", "Match rate") == []


async def test_flow_3_sync_history(site: Site) -> None:
    audience, _ = await created(site)
    await site.home.sync(audience)
    async with await site.browser("viewer") as browser:
        page = await text(browser, f"/audiences/{audience}/history")
    assert missing(page, f"Sync History: {NAME}", "Date", "Operation", "Status", "Sent", "Match", "Time") == []
    assert missing(page, "Sync History", "Update", "Create") == []
    assert missing(page, "Summary (30 days)", "Total syncs", "2", "Success rate", "100%", "Avg match rate") == []
    assert missing(page, "Avg match rate", "Audience growth", "+2 profiles") == []


async def test_flow_3_sync_details(site: Site) -> None:
    audience, _ = await created(site)
    run = (await site.home.sync(audience)).run.id
    async with await site.browser("viewer") as browser:
        page = await text(browser, f"/runs/{run}")
    head = ("Sync Details:", "Operation", "Update (Incremental)", "Status", "Completed", "Triggered by", "Manual")
    assert missing(page, *head, "Duration", "seconds", "Started:", "Completed:") == []
    assert missing(page, "Metrics", "Profiles Sent", "Added", "Removed", "Failed") == []
    assert missing(page, "Platform Response", "Audience ID", "Audience Size", "Match Rate") == []


async def test_flow_4_export_options(site: Site) -> None:
    segment = await site.home.segment(name=NAME)
    async with await site.browser("analyst") as browser:
        page = await text(browser, "/exports/new", segment=segment)
    head = ("Export Segment", "Segment", f"{NAME} (2 profiles)", "Format:", "CSV (Recommended)", "JSON")
    kinds = ("Include identifiers:", "Email (hashed)", "Phone (hashed)", "Device ID")
    data = ("Include data:", "Computed traits", "Recent events (last 30 days)", "Profile attributes")
    assert missing(page, *head, *kinds, *data, "Hash identifiers", "Export") == []


async def test_flow_4_export_ready(site: Site) -> None:
    options = {"format": "csv", "identifiers": ["email", "phone"], "data": ["traits"], "hash": "true"}
    options |= {"segment": await site.home.segment(name=NAME)}
    async with await site.browser("analyst") as browser:
        path = (await browser.post("/exports/new", data=options)).headers["location"]
        assert missing(await text(browser, path), "Generating export...", "%") == []
        await execute(site.home.app, path.removeprefix("/exports/"))
        page = await text(browser, path)
    figures = ("File:", "high-value-customers-", ".csv", "Size:", "bytes", "Profiles:", "2")
    assert missing(page, "Export Ready", *figures, "Download", "Copy Link", "Link expires in 24 hours") == []


async def test_flow_5_select_platform(site: Site) -> None:
    async with await site.browser("admin") as browser:
        page = await text(browser, "/platforms/connect")
    assert missing(page, "Connect Platform", *PLATFORMS) == []


async def test_flow_5_authorization(site: Site) -> None:
    async with await site.browser("admin") as browser:
        address = (await browser.post("/platforms/meta/connect")).headers["location"]
    page = await text(site.home.sandbox, address)
    asks = ("Stratum AI wants to access your Facebook advertising account.", "This will allow Stratum AI to:")
    assert missing(page, *asks, "Manage your custom audiences", "Upload customer lists", "Cancel", "Continue") == []


async def test_flow_5_select_ad_accounts(site: Site) -> None:
    async with await site.browser("admin") as browser:
        (connection,) = re.findall(r"/platforms/([0-9a-f-]{36})/accounts", (await browser.get("/platforms")).text)[:1]
        page = await text(browser, f"/platforms/{connection}/accounts")
    assert missing(page, "Select Ad Accounts", "act_123456789 - Main Account", "Connect Selected") == []


async def test_flow_5_connected_platforms(site: Site) -> None:
    async with await site.browser("admin") as browser:
        page = await text(browser, "/platforms")
    meta = ("Connected Platforms", "Meta", "Connected", "act_123456789 - Main Account", "Disconnect", "Refresh")
    assert missing(page, *meta, "Google", "Not Connected", "Connect", "TikTok", "Not Connected", "Connect") == []
