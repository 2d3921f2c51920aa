"""The page of the sandbox for people."""

import re
from html import unescape

import httpx2
import pytest

from tests.sandbox.graph import MAIN, Graph, people, sha

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def look(graph: Graph) -> httpx2.Response:
    return await graph.client.get("/_sandbox/", headers=BROWSER)


async def section(graph: Graph, platform: str) -> str:
    """The words of one platform's part of the page."""
    part = re.search(rf'<section id="{platform}".*?</section>', (await look(graph)).text, re.DOTALL)
    assert part is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub("</?code>", "", part[0]))).split())


async def press(graph: Graph, **form: str) -> httpx2.Response:
    return await graph.client.post("/_sandbox/clock", data=form, headers=BROWSER)


async def test_a_browser_gets_the_page_and_a_program_json(graph: Graph) -> None:
    kinds = [(await graph.client.get("/_sandbox/", headers=accept)).headers["content-type"] for accept in (BROWSER, {})]
    assert kinds == ["text/html; charset=utf-8", "application/json"]


async def test_every_platform_has_its_part(graph: Graph) -> None:
    found = re.findall(r'<section id="(\w+)"', (await look(graph)).text)
    assert found == list(graph.world.platforms)


async def test_an_audience_is_shown_with_its_size_by_kind_and_its_state(graph: Graph) -> None:
    made = await graph.create("High Value")
    await graph.upload(made, [[sha("1"), sha("2")], [sha("3"), ""]], schema=["EMAIL", "PHONE"])
    await graph.advance(60)
    assert (
        f"{made} {MAIN} High Value EMAIL 2 PHONE 1 200 This audience is ready for use. Last requests"
    ) in await section(graph, "meta")


async def test_a_mark_is_part_of_the_state(graph: Graph) -> None:
    made = await graph.create()
    graph.meta.mark(made, "in_use", on=True)
    assert "No one has been uploaded to this audience yet., in_use" in await section(graph, "meta")


async def test_the_latest_twenty_requests_are_shown_newest_first(graph: Graph) -> None:
    for n in range(22):
        await graph.call("GET", f"{n}")
    shown = re.findall(r"GET /v26\.0/(\d+) 400", await section(graph, "meta"))
    assert shown == [str(n) for n in range(21, 1, -1)]


async def test_requests_are_shown_under_their_own_platform(graph: Graph) -> None:
    await graph.get("me")
    assert "/v26.0/me" not in await section(graph, "snapchat")


async def test_a_query_is_shown_by_its_names_only(graph: Graph) -> None:
    await graph.call("GET", "me?access_token=VERYSECRET&fields=id")
    page = (await look(graph)).text
    assert "/v26.0/me?access_token&amp;fields" in page
    assert "VERYSECRET" not in page


async def test_a_waiting_fault_is_shown_with_what_it_will_strike(graph: Graph) -> None:
    graph.world.fail("meta", "error:2", times=3, path="/users", after=1)
    assert "error:2 on 3 more, path /users, after 1 more; struck 0" in await section(graph, "meta")
    assert "No fault is waiting." in await section(graph, "snapchat")


async def test_settings_are_shown_as_they_are(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "match_share": 0.25})
    assert "match_share 0.25" in await section(graph, "meta")


async def test_what_others_named_is_escaped(graph: Graph) -> None:
    await graph.create("<script>alert(1)</script>")
    await graph.call("GET", "me?<b>=1")
    page = (await look(graph)).text
    assert "<script" not in page
    assert "<b>=" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_the_page_keeps_a_policy_that_forbids_scripts_and_inline_styles(graph: Graph) -> None:
    answer = await look(graph)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)


async def test_the_stylesheet_knows_light_dark_and_small(graph: Graph) -> None:
    answer = await graph.client.get("/_sandbox/page.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in answer.text
    assert "max-width" in answer.text


async def test_the_buttons_advance_the_clock_and_lead_back_to_the_page(graph: Graph) -> None:
    buttons = re.findall(r'name="advance_seconds" value="(\d+)">([^<]+)<', (await look(graph)).text)
    answers = [await press(graph, advance_seconds=seconds) for seconds, _ in buttons]
    assert [words for _, words in buttons] == ["+30 minutes", "+1 day"]
    assert [(each.status_code, each.headers["location"]) for each in answers] == [(303, "/_sandbox/")] * 2
    assert graph.world.clock.offset_seconds == 1_800 + 86_400


async def test_the_clock_tells_how_far_it_is_ahead(graph: Graph) -> None:
    before = (await look(graph)).text
    await graph.advance(1_800)
    assert ("ahead of" in before, "0:30:00 ahead of the real time" in (await look(graph)).text) == (False, True)


async def test_a_program_may_send_a_form_and_gets_json(graph: Graph) -> None:
    answer = await graph.client.post("/_sandbox/clock", data={"advance_seconds": "60"})
    assert answer.json()["offset_seconds"] == 60


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "true", "Infinity", "NaN", "1e12"])
async def test_a_form_that_makes_no_sense_moves_no_clock(graph: Graph, seconds: str) -> None:
    answer = await press(graph, advance_seconds=seconds)
    assert answer.status_code == 422
    assert graph.world.clock.offset_seconds == 0


async def test_a_form_orders_a_fault_too(graph: Graph) -> None:
    form = {"platform": "meta", "fault": "error:2", "times": "2"}
    answer = await graph.client.post("/_sandbox/faults", data=form)
    assert answer.json()[0]["times"] == 2


async def test_looking_records_nothing(graph: Graph) -> None:
    await look(graph)
    assert graph.world.recorder.requests() == []


async def test_a_large_audience_is_shown_with_separated_thousands(graph: Graph) -> None:
    made = await graph.create()
    await graph.upload(made, people(1_234))
    assert "EMAIL 1,234" in await section(graph, "meta")
