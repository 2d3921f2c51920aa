"""Segments on pages: how many are in one, who, masked, who uses it; found, changed and deleted."""

import pytest

from tests.web.conftest import Site
from tests.world import IN_SEGMENT

SQL = {"type": "sql", "sql": "SELECT profile_id FROM profiles"}
NESTED = {
    "type": "rules",
    "rules": {
        "all": [
            {"identifier": "email", "op": "exists"},
            {"not": {"any": [{"identifier": "country", "op": "in", "value": ["de", "us"]}, {"any": []}]}},
        ]
    },
}


async def shown(site: Site, path: str, role: str = "viewer") -> str:
    async with await site.browser(role) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("label", ["Everyone", "Kind", "Profiles", "May be sent", "Audiences", "Changed"])
async def test_the_list_has_every_label(site: Site, label: str) -> None:
    await site.home.segment()
    assert label in await shown(site, "/segments")


async def test_without_a_segment_the_list_leads_to_making_one(site: Site) -> None:
    page = await shown(site, "/segments", "manager")
    assert "No segment yet" in page
    assert 'href="/segments/new/rules"' in page


async def test_who_may_not_make_one_is_told_why(site: Site) -> None:
    page = await shown(site, "/segments", "analyst")
    assert 'href="/segments/new/rules"' not in page
    assert 'aria-disabled="true"' in page
    assert "Needs audience_sync:create; an administrator can grant it." in page


async def test_the_list_is_searched_by_name_and_kind(site: Site) -> None:
    await site.home.segment()
    await site.home.segment(SQL, "Everyone by SQL")
    found = await shown(site, "/segments?search=everyone&kind=sql")
    assert "Everyone by SQL" in found
    assert ">Everyone<" not in found
    assert "No segment like that" in await shown(site, "/segments?search=nothing")


async def test_the_list_names_the_audiences_that_use_a_segment(site: Site) -> None:
    await site.home.audience(await site.home.segment(), name="Everyone on Meta")
    page = await shown(site, "/segments")
    assert "Everyone on Meta" in page
    assert "Meta" in page


async def test_a_segment_counts_its_profiles(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment()}")
    assert '<dt>Profiles</dt><dd><span class="value">2</span>' in page


async def test_the_sample_shows_no_address(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment()}")
    assert ("A sample" in page, "a@example.com" in page) == (True, False)


async def test_a_segment_says_its_definition_in_words(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment(NESTED)}")
    said = ["All of these hold:", "E-mail address is known.", "None of these holds:", "Country is any of “de”, “us”."]
    assert [each for each in [*said, "Nobody."] if each not in page] == []


async def test_a_segment_tells_who_has_which_identifier(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment()}")
    assert 'E-mail address</th><td>2</td><td title="2 of 2 profiles">' in page
    assert 'Phone number</th><td>0</td><td title="0 of 2 profiles">' in page


async def test_a_segment_that_cannot_be_counted_says_why(site: Site) -> None:
    page = await shown(site, f"/segments/{await site.home.segment(IN_SEGMENT)}")
    assert "The size is not known" in page
    assert '<dt>Profiles</dt><dd><span class="value">—</span>' in page


async def test_a_segment_names_its_audiences(site: Site) -> None:
    segment = await site.home.segment()
    await site.home.audience(segment, name="Everyone on Meta")
    assert "Everyone on Meta" in await shown(site, f"/segments/{segment}")


async def test_exports_are_shown_to_those_who_may_export(site: Site) -> None:
    path = f"/segments/{await site.home.segment()}"
    assert "Nobody exported it yet." in await shown(site, path, "analyst")
    assert "Nobody exported it yet." not in await shown(site, path, "viewer")


async def test_edit_leads_to_the_page_of_its_kind(site: Site) -> None:
    segment = await site.home.segment(SQL)
    async with await site.browser("manager") as browser:
        answer = await browser.get(f"/segments/{segment}/edit")
    assert answer.headers["location"] == f"/segments/{segment}/sql"


async def test_deleting_wants_the_name(site: Site) -> None:
    segment = await site.home.segment()
    async with await site.browser("manager") as browser:
        wrong = await browser.post(f"/segments/{segment}/delete", data={"confirmed_name": "everybody"})
        right = await browser.post(f"/segments/{segment}/delete", data={"confirmed_name": "Everyone"})
        gone = await browser.get(f"/segments/{segment}")
    assert (wrong.status_code, right.status_code, gone.status_code) == (422, 303, 404)


async def test_a_segment_in_use_is_not_deleted_and_says_by_whom(site: Site) -> None:
    segment = await site.home.segment()
    await site.home.audience(segment, name="Everyone on Meta")
    async with await site.browser("manager") as browser:
        asked = (await browser.get(f"/segments/{segment}/delete")).text
        answer = await browser.post(f"/segments/{segment}/delete", data={"confirmed_name": "Everyone"})
    assert "Still used by 1 audience." in asked
    assert "Everyone on Meta" in asked
    assert answer.status_code == 409
