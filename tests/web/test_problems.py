"""Pages of what went wrong say what, and the way out."""

import httpx2
import pytest

from audience_sync.api.edge import MAX_BODY_BYTES
from audience_sync.flows import finding
from audience_sync.server import build
from audience_sync.settings import load_settings
from tests.web.conftest import OWN_SITE, Site


async def test_an_unknown_address_is_told(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        answer = await browser.get("/nothing")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_an_unknown_address_tells_strangers_nothing_of_the_inside(site: Site) -> None:
    async with await site.browser() as browser:
        answer = await browser.get("/nothing")
    assert answer.status_code == 404
    assert "Connected Platforms" not in answer.text


async def test_a_method_that_a_page_has_not_is_told(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.put("/users")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_what_cannot_be_read_is_named_but_not_repeated(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        answer = await browser.post("/profile", data={"name": "secret\0value"})
    assert answer.status_code == 422
    assert "name" in answer.text
    assert "secret" not in answer.text


async def test_a_problem_for_htmx_is_only_a_part(site: Site) -> None:
    async with await site.browser("viewer", **{"HX-Request": "true"}) as browser:
        answer = await browser.get("/users")
    assert answer.status_code == 403
    assert "<html" not in answer.text
    assert "audience_sync:admin" in answer.text


async def test_htmx_is_led_to_the_sign_in(site: Site) -> None:
    async with await site.browser(**{"HX-Request": "true"}) as browser:
        answer = await browser.get("/users")
    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_a_fault_of_ours_is_told_with_its_number(
    own_log: None, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(finding, "find", None)
    api = build(load_settings(data_dir=tmp_path), work=False)
    browser = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://site", headers=OWN_SITE)
    async with api.router.lifespan_context(api), browser:
        await browser.post("/set-up", data={"email": "ada@example.com", "password": "correct horse battery"})
        answer = await browser.get("/search")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "Traceback" not in answer.text


async def test_a_form_that_is_too_large_is_told_on_a_page(own_log: None, tmp_path: object) -> None:
    api = build(load_settings(data_dir=tmp_path), work=False)
    browser = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://site", headers=OWN_SITE)
    async with api.router.lifespan_context(api), browser:
        answer = await browser.post("/set-up", data={"email": "a" * (MAX_BODY_BYTES + 1)})
    assert (answer.status_code, "That is too much at once" in answer.text) == (413, True)


async def test_programs_are_told_in_json_and_people_on_pages(own_log: None, tmp_path: object) -> None:
    api = build(load_settings(data_dir=tmp_path), work=False)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://site")
    async with api.router.lifespan_context(api), client:
        assert (await client.get("/api/v1/nothing")).json()["error"]["code"] == "NOT_FOUND"
        assert "<html" in (await client.get("/nothing")).text
        assert (await client.get("/docs")).status_code == 200
        assert (await client.get("/health")).json() == {"status": "alive"}
