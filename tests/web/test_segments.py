"""Segments on pages: how many are in one, and who, masked."""

import pytest

from tests.web.conftest import Site


async def shown(site: Site, path: str) -> str:
    async with await site.browser("viewer") as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("label", ["Everyone", "Profiles", "May be sent", "Audiences"])
async def test_the_list_has_every_label(site: Site, label: str) -> None:
    await site.home.segment()
    assert label in await shown(site, "/segments")


async def test_without_a_segment_the_list_says_what_to_do(site: Site) -> None:
    assert "No segment yet" in await shown(site, "/segments")


async def test_a_segment_counts_its_profiles(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment()}")
    assert '<dt>Profiles</dt><dd><span class="value">2</span>' in page


async def test_the_sample_shows_no_address(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment()}")
    assert ("A sample" in page, "a@example.com" in page) == (True, False)
