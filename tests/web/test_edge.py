"""What holds for every answer and every request, whatever the page."""

import re
from pathlib import Path

import httpx2
import pytest

from audience_sync.flows import people
from audience_sync.model.permissions import SHELL
from audience_sync.web.application import create_web
from tests.web.conftest import ADDRESS, Site
from tests.world import house

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
PAGES = ["/users", "/users/new", "/api-keys", "/api-keys/new", "/profile", "/sessions", "/search?q=a", "/nothing"]


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/static/nothing.js"])
async def test_every_answer_has_safe_headers(site: Site, path: str) -> None:
    async with await site.browser("admin") as browser:
        headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_holds_anything_inline(site: Site, path: str) -> None:
    async with await site.browser("admin") as browser:
        assert INLINE.findall((await browser.get(path)).text) == []


async def test_a_form_may_end_on_a_platforms_consent_page(site: Site) -> None:
    async with await site.browser() as browser:
        policy = (await browser.get("/sign-in")).headers["content-security-policy"]
    assert "http://sandbox" in policy.split("form-action 'self'")[1].split()


@pytest.mark.parametrize("path", ["/profile", "/users"])
async def test_pages_are_kept_by_nobody(site: Site, path: str) -> None:
    async with await site.browser("admin") as browser:
        assert (await browser.get(path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS},
        {"Origin": "http://elsewhere"},
        {"Origin": "null"},
        {},
    ],
    ids=str,
)
async def test_a_change_that_another_site_asks_for_is_refused(site: Site, said: dict[str, str]) -> None:
    async with await site.browser("admin") as browser:
        del browser.headers["Sec-Fetch-Site"]
        answer = await browser.post("/profile", data={"name": "Mallory"}, headers=said)
    assert answer.status_code == 403
    assert "did not come from a page of ours" in answer.text
    assert [user.name for user in await people.list_users(site.home.app, SHELL) if user.role == "admin"] == [""]


@pytest.mark.parametrize("said", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": ADDRESS}], ids=str)
async def test_a_change_from_a_page_of_ours_is_made(site: Site, said: dict[str, str]) -> None:
    async with await site.browser("admin") as browser:
        del browser.headers["Sec-Fetch-Site"]
        answer = await browser.post("/profile", data={"name": "Ada"}, headers=said)
    assert answer.headers["location"] == "/profile"


async def test_over_https_the_cookie_is_for_this_host_only(tmp_path: Path) -> None:
    async with house(tmp_path, base_url="https://sync.example.com") as home:
        transport = httpx2.ASGITransport(app=create_web(home.app))
        async with httpx2.AsyncClient(transport=transport, base_url="https://sync.example.com") as browser:
            wanted = {"email": "ada@example.com", "password": "correct horse battery"}
            answer = await browser.post("/set-up", data=wanted, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = next(each for each in answer.headers.get_list("set-cookie") if "audience_sync" in each)
    assert cookie.startswith("__Host-audience_sync=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert answer.headers["strict-transport-security"].startswith("max-age=")
