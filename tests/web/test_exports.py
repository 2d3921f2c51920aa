"""Flow 4 of the specification: a segment is exported, and its file fetched, on the pages."""

import httpx2
import pytest

from audience_sync.flows.exporting.executing import execute
from tests.web.conftest import Site

USUAL = {"format": "csv", "identifiers": ["email", "phone"], "data": ["traits"], "hash": "true"}
FORM = ["Export Segment", "Format:", "CSV (Recommended)", "JSON", "Include identifiers:", "Email (hashed)"]
FORM += ["Phone (hashed)", "Device ID", "Include data:", "Computed traits", "Recent events (last 30 days)"]
FORM += ["Profile attributes", "Hash identifiers", "Export", "High Value Customers (2 profiles)"]
READY = ["Export Ready", "File:", "high-value-customers-", "Size:", "Profiles:", "Download", "Copy Link"]
READY += ["Link expires in 24 hours"]


async def asked(site: Site, browser: httpx2.AsyncClient, **choices: object) -> httpx2.Response:
    segment = await site.home.segment(name="High Value Customers")
    return await browser.post("/exports/new", data={"segment": segment, **USUAL, **choices})


async def test_the_form_has_every_label_of_the_specification(site: Site) -> None:
    await site.home.segment(name="High Value Customers")
    async with await site.browser("analyst") as browser:
        shown = (await browser.get("/exports/new")).text
    assert [label for label in FORM if label not in shown] == []


async def test_a_ready_export_has_every_label_of_the_specification(site: Site) -> None:
    async with await site.browser("analyst") as browser:
        path = (await asked(site, browser)).headers["location"]
        assert "Generating export..." in (await browser.get(path)).text
        await execute(site.home.app, path.removeprefix("/exports/"))
        shown = (await browser.get(path)).text
    assert [label for label in READY if label not in shown] == []


@pytest.mark.parametrize("choices", [{"hash": "false"}, {"rules": "meta", "identifiers": ["mobile_ad_id"]}])
async def test_readable_identifiers_need_a_reason_at_its_field(site: Site, choices: dict[str, object]) -> None:
    async with await site.browser("analyst") as browser:
        answer = await asked(site, browser, **choices)
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text


async def test_a_template_takes_its_own_shape(site: Site) -> None:
    async with await site.browser("analyst") as browser:
        answer = await asked(site, browser, template="google", compression="gzip")
    assert answer.status_code == 303, answer.text


async def test_no_export_yet_is_told_with_a_way_on(site: Site) -> None:
    async with await site.browser("analyst") as browser:
        assert "No export yet" in (await browser.get("/exports")).text


async def test_the_link_is_shown_and_ends_with_a_revocation(site: Site) -> None:
    async with await site.browser("analyst") as browser:
        path = (await asked(site, browser)).headers["location"]
        await execute(site.home.app, path.removeprefix("/exports/"))
        assert "/file?signature=" in (await browser.post(f"{path}/link")).text
        await browser.post(f"{path}/revoke")
        assert (await browser.get(f"{path}/download")).status_code == 410
