"""Segments are made and changed without any script: by rules, by SQL, by upload."""

from typing import Any

import httpx2
import pytest

from audience_sync.flows import segments
from audience_sync.model.permissions import SHELL
from tests.web.conftest import Site
from tests.web.controls import controls
from tests.world import IN_SEGMENT

EMAILS = "email\nA@example.com\nnobody\na@example.com\n\n"
HTMX = {"HX-Request": "true"}
MISTAKE = "SELECT profile_id\nFROM profiles\nWHERE plam = 'pro'"


async def pressed(browser: httpx2.AsyncClient, path: str, page: str, button: str, **typed: str) -> httpx2.Response:
    """The answer to the page's form with what was typed, sent by that button."""
    found = controls(page)
    assert button in found.buttons, found.buttons
    return await browser.post(path, data={**found.values, **typed, button: "1"})


async def definition(site: Site, name: str) -> dict[str, Any]:
    """Of the segment of that name."""
    found = await segments.list_segments(site.home.app, SHELL, search=name)
    return dict(found.items[0].definition)


async def test_a_nested_rule_is_written_by_buttons_alone(site: Site) -> None:
    path = "/segments/new/rules"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        page = (await pressed(browser, path, page, "add_group:r", **{"r.0.field": "identifier:email"})).text
        page = (await pressed(browser, path, page, "count", **{"r.1.0.field": "identifier:country"})).text
        page = (await pressed(browser, path, page, "add_condition:r.1", **{"r.1.0.value": "us"})).text
        page = (await pressed(browser, path, page, "remove:r.1.1")).text
        answer = await pressed(browser, path, page, "save", name="Nested")
    assert answer.status_code == 303, answer.text
    assert await definition(site, "Nested") == {
        "type": "rules",
        "rules": {
            "all": [
                {"identifier": "email", "op": "exists"},
                {"any": [{"identifier": "country", "op": "is", "value": "us"}]},
            ]
        },
    }


async def test_count_shows_the_size_with_what_was_typed(site: Site) -> None:
    path = "/segments/new/rules"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        answer = await pressed(browser, path, page, "count", name="Mine", **{"r.0.field": "identifier:email"})
    assert '<span class="size-figure figures">2</span>' in answer.text
    assert controls(answer.text).values["name"] == "Mine"


async def test_htmx_asks_for_the_size_alone(site: Site) -> None:
    form = {"r.match": "all", "r.0.field": "identifier:phone", "r.0.was": "exists identifier:phone", "r.0.op": "exists"}
    async with await site.browser("manager", **HTMX) as browser:
        answer = await browser.post("/segments/rules/size", data=form)
    assert '<span class="size-figure figures">0</span>' in answer.text
    assert "<html" not in answer.text


async def test_what_is_not_complete_is_told_beside_the_size(site: Site) -> None:
    async with await site.browser("manager", **HTMX) as browser:
        answer = await browser.post("/segments/rules/size", data={"r.match": "all", "r.0.field": ""})
    assert "1 condition is not complete and does not count." in answer.text


async def test_a_step_of_htmx_makes_the_size_follow(site: Site) -> None:
    async with await site.browser("manager", **HTMX) as browser:
        answer = await browser.post("/segments/new/rules", data={"r.match": "all", "add_condition:r": "1"})
    assert answer.headers["hx-trigger"] == '{"rules-changed": {"target": "#size"}}'
    assert answer.text.count("Choose a field…") == 1


async def test_saving_what_is_not_complete_says_where(site: Site) -> None:
    path = "/segments/new/rules"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        answer = await pressed(browser, path, page, "save", name="Mine")
    assert answer.status_code == 422
    assert 'href="#r.0.field"' in answer.text
    assert controls(answer.text).values["name"] == "Mine"


async def test_a_name_that_is_taken_is_told_at_its_field(site: Site) -> None:
    await site.home.segment()
    path = "/segments/new/rules"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        page = (await pressed(browser, path, page, "count", **{"r.0.field": "identifier:email"})).text
        answer = await pressed(browser, path, page, "save", name="Everyone")
    assert answer.status_code == 409
    assert 'id="name-error"' in answer.text


async def test_a_rule_of_a_field_that_is_gone_is_kept_by_the_builder(site: Site) -> None:
    segment = await site.home.segment(IN_SEGMENT)
    async with await site.browser("manager") as browser:
        page = (await browser.get(f"/segments/{segment}/rules")).text
    assert "Not in the store" in page
    assert controls(page).values["r.0.value"] == "yes"


async def test_a_rule_is_changed(site: Site) -> None:
    path = f"/segments/{await site.home.segment()}/rules"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        page = (await pressed(browser, path, page, "add_condition:r")).text
        page = (await pressed(browser, path, page, "count", **{"r.0.field": "identifier:phone"})).text
        answer = await pressed(browser, path, page, "save", name="With a phone")
    assert answer.status_code == 303
    assert (await definition(site, "With a phone"))["rules"] == {"all": [{"identifier": "phone", "op": "exists"}]}


@pytest.mark.parametrize("way", ["rules", "sql", "list"])
async def test_a_segment_is_changed_on_the_page_of_its_kind_only(site: Site, way: str) -> None:
    kinds = {"rules": {"type": "sql", "sql": "SELECT 1 AS profile_id"}}
    segment = await site.home.segment(kinds.get(way, IN_SEGMENT))
    async with await site.browser("manager") as browser:
        assert (await browser.get(f"/segments/{segment}/{way}")).status_code == 409


async def test_sql_is_counted_and_kept(site: Site) -> None:
    path, sql = "/segments/new/sql", "SELECT profile_id FROM profiles\nWHERE len(email) > 0"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        counted = await pressed(browser, path, page, "count", sql=sql.replace("\n", "\r\n"))
        answer = await pressed(browser, path, counted.text, "save", name="By SQL")
    assert '<span class="size-figure figures">2</span>' in counted.text
    assert answer.status_code == 303, answer.text
    assert await definition(site, "By SQL") == {"type": "sql", "sql": sql}


@pytest.mark.parametrize("button", ["count", "save"])
async def test_a_mistake_in_sql_is_shown_where_it_is(site: Site, button: str) -> None:
    path = "/segments/new/sql"
    async with await site.browser("manager") as browser:
        page = (await browser.get(path)).text
        answer = await pressed(browser, path, page, button, sql=MISTAKE, name="Wrong")
    assert "line 3, character 7" in answer.text
    assert "3 | WHERE plam = &#39;pro&#39;\n  |       ^</pre>" in answer.text
    assert controls(answer.text).values["sql"].replace("\r", "") == MISTAKE


async def test_an_upload_tells_what_it_took_and_why_not_the_rest(site: Site) -> None:
    async with await site.browser("manager") as browser:
        answer = await browser.post(
            "/segments/new/list",
            data={"name": "VIPs", "kind": "email"},
            files={"file": ("vips.csv", EMAILS.encode(), "text/csv")},
        )
    assert answer.status_code == 200, answer.text
    assert "No e-mail address" in answer.text
    assert "There already, in an earlier row" in answer.text
    assert '<dt>Profiles found</dt><dd><span class="value">1</span>' in answer.text
    assert "a@example.com" not in answer.text


async def test_a_list_may_be_pasted(site: Site) -> None:
    async with await site.browser("manager") as browser:
        form = {"name": "VIPs", "kind": "profile_id", "values": "a\nb"}
        answer = await browser.post("/segments/new/list", data=form, files={"file": ("", b"")})
    assert "Every row was taken." in answer.text
    assert (await definition(site, "VIPs"))["kind"] == "profile_id"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"kind": "email"}, "file-error"),
        ({"kind": "email", "values": "nobody"}, "file-error"),
        ({"kind": "shoe_size", "values": "44"}, "kind-error"),
        ({"kind": "email", "values": "a@example.com", "name": ""}, "name-error"),
    ],
)
async def test_what_is_wrong_with_an_upload_is_told_at_its_field(site: Site, form: dict[str, str], error: str) -> None:
    async with await site.browser("manager") as browser:
        answer = await browser.post("/segments/new/list", data={"name": "VIPs", **form})
    assert answer.status_code == 422
    assert f'id="{error}"' in answer.text


async def test_a_list_is_renamed_without_a_file_and_replaced_with_one(site: Site) -> None:
    async with await site.browser("manager") as browser:
        await browser.post("/segments/new/list", data={"name": "VIPs", "kind": "profile_id", "values": "a\nb"})
        found = await segments.list_segments(site.home.app, SHELL)
        path = f"/segments/{found.items[0].id}/list"
        renamed = await browser.post(path, data={"name": "Old VIPs", "kind": "profile_id"})
        replaced = await browser.post(path, data={"name": "New VIPs", "kind": "profile_id", "values": "b"})
    assert (renamed.status_code, replaced.status_code) == (303, 200)
    assert (await segments.list_segments(site.home.app, SHELL)).items[0].size.profiles == 1
