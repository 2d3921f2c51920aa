"""Signing in, first run, forgotten passwords."""

import asyncio

import pytest

from audience_sync.auth.throttle import ACCOUNT
from audience_sync.flows import password_links, people
from audience_sync.model.permissions import SHELL
from tests.web.conftest import Site

PASSWORD = "correct horse battery"
RIGHT = {"email": "viewer@example.com", "password": PASSWORD}
WRONG = {**RIGHT, "password": "wrong"}


async def give_password(site: Site) -> None:
    await people.set_password(site.home.app, SHELL, site.users["viewer"], PASSWORD)


async def test_whoever_signs_in_comes_back_to_where_they_were(site: Site) -> None:
    await give_password(site)
    async with await site.browser() as browser:
        sent = await browser.get("/sessions?of=me")
        assert sent.headers["location"] == "/sign-in?next=%2Fsessions%3Fof%3Dme"
        answer = await browser.post("/sign-in", data={**RIGHT, "next": "/sessions?of=me"})
        assert answer.headers["location"] == "/sessions?of=me"
        assert (await browser.get("/sessions")).status_code == 200


@pytest.mark.parametrize("next", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "nowhere", ""])
async def test_nobody_is_led_elsewhere(site: Site, next: str) -> None:
    await give_password(site)
    async with await site.browser() as browser:
        answer = await browser.post("/sign-in", data={**RIGHT, "next": next})
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_leaves_no_session(site: Site) -> None:
    await give_password(site)
    async with await site.browser() as browser:
        answer = await browser.post("/sign-in", data=WRONG)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert PASSWORD not in answer.text


async def test_signing_out_ends_the_session_in_the_house(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        token = dict(browser.cookies)
        await browser.post("/sign-out")
        browser.cookies.update(token)
        assert (await browser.get("/profile")).headers["location"].startswith("/sign-in")


async def test_too_many_attempts_are_told_how_long_to_wait(site: Site) -> None:
    async with await site.browser() as browser:
        for _ in range(ACCOUNT.tries):
            assert (await browser.post("/sign-in", data={"email": "eve@example.com"})).status_code == 401
        answer = await browser.post("/sign-in", data={"email": "eve@example.com"})
    assert answer.status_code == 429
    assert "Try again in 60 seconds." in answer.text


async def test_the_first_person_becomes_the_administrator(empty_site: Site) -> None:
    async with await empty_site.browser() as browser:
        assert (await browser.get("/")).headers["location"] == "/set-up"
        made = await browser.post("/set-up", data={"email": "Ada@example.com", "name": "Ada", "password": PASSWORD})
        assert made.headers["location"] == "/"
        assert (await browser.get("/users")).status_code == 200
    (ada,) = await people.list_users(empty_site.home.app, SHELL)
    assert (ada.email, ada.role) == ("ada@example.com", "admin")


async def test_of_two_who_set_up_at_once_one_gets_in(empty_site: Site) -> None:
    async def one(name: str) -> int:
        async with await empty_site.browser() as browser:
            wanted = {"email": f"{name}@example.com", "password": PASSWORD}
            return (await browser.post("/set-up", data=wanted)).status_code

    assert sorted(await asyncio.gather(one("ada"), one("eve"))) == [303, 409]
    assert len(await people.list_users(empty_site.home.app, SHELL)) == 1


async def test_the_set_up_is_closed_once_there_is_anybody(site: Site) -> None:
    async with await site.browser() as browser:
        assert (await browser.get("/set-up")).headers["location"] == "/sign-in"
        answer = await browser.post("/set-up", data={"email": "eve@example.com", "password": PASSWORD})
    assert answer.status_code == 409
    assert "set up already" in answer.text


async def test_a_password_that_is_too_short_is_told_at_its_field(empty_site: Site) -> None:
    async with await empty_site.browser() as browser:
        answer = await browser.post("/set-up", data={"email": "ada@example.com", "password": "short"})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert 'value="ada@example.com"' in answer.text
    assert 'value="short"' not in answer.text


async def test_a_link_works_once(site: Site) -> None:
    made = await password_links.make_link(site.home.app, SHELL, site.users["viewer"])
    secret = made.path.partition("=")[2]
    async with await site.browser() as browser:
        assert (await browser.get(made.path)).status_code == 200
        answer = await browser.post("/new-password", data={"link": secret, "password": PASSWORD})
        assert answer.headers["location"] == "/sign-in"
        assert (await browser.post("/sign-in", data=RIGHT)).headers["location"] == "/"
        assert (await browser.get(made.path)).status_code == 410


async def test_whoever_has_no_link_is_told_whom_to_ask(site: Site) -> None:
    async with await site.browser() as browser:
        shown = (await browser.get("/forgotten-password")).text
    assert "audience-sync users reset-link" in shown
