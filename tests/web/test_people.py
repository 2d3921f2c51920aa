"""Users, keys, sessions and search, as each of the cast meets them."""

import re

from audience_sync.flows import api_keys, people
from audience_sync.model.permissions import ROLES, SHELL, Actor, ActorKind, Permission
from tests.web.conftest import Site


async def test_a_new_user_without_a_password_gets_a_link_shown_once(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post("/users/new", data={"email": "new@example.com", "role": "analyst"})
    assert re.search(r'value="http://[^"]+/new-password\?link=[\w-]{43}"', answer.text)
    assert "new@example.com" in [user.email for user in await people.list_users(site.home.app, SHELL)]


async def test_what_is_wrong_with_a_new_user_keeps_what_was_typed(site: Site) -> None:
    wanted = {"email": "viewer@example.com", "name": "Vera", "role": "analyst", "password": "a long enough one"}
    async with await site.browser("admin") as browser:
        answer = await browser.post("/users/new", data=wanted)
    assert answer.status_code == 409
    assert 'value="Vera"' in answer.text
    assert "There is already a user viewer@example.com." in answer.text
    assert wanted["password"] not in answer.text


async def test_a_role_is_set_from_the_users_page(site: Site) -> None:
    async with await site.browser("admin") as browser:
        answer = await browser.post(f"/users/{site.users['viewer']}/role", data={"role": "operator"})
        assert answer.headers["location"] == "/users"
        assert "is operator now." in (await browser.get("/users")).text
        assert "is operator now." not in (await browser.get("/users")).text


async def test_the_page_of_roles_says_what_each_may(site: Site) -> None:
    async with await site.browser("admin") as browser:
        shown = (await browser.get("/users")).text
    for permission in Permission:
        assert permission in shown
    assert all(f"<strong>{role}</strong>" in shown for role in ROLES)


async def test_a_key_is_shown_on_one_page_and_works(site: Site) -> None:
    wanted = {"name": "nightly", "days": "30", "permissions": ["audience_sync:read"]}
    async with await site.browser("manager") as browser:
        made = await browser.post("/api-keys/new", data=wanted)
        (text,) = set(re.findall(r"asy_[0-9a-f]{16}_[\w-]{43}", made.text))
        assert text not in (await browser.get("/api-keys")).text
    owner = Actor(ActorKind.USER, site.users["manager"], "m", ROLES["manager"])
    (key,) = await api_keys.list_keys(site.home.app, owner, owner.id)
    assert (key.name, key.permissions) == ("nightly", ["audience_sync:read"])


async def test_a_key_never_gets_what_its_owner_lacks(site: Site) -> None:
    wanted = {"name": "nightly", "permissions": ["audience_sync:admin"]}
    async with await site.browser("viewer") as browser:
        answer = await browser.post("/api-keys/new", data=wanted)
    assert answer.status_code == 422
    assert "The owner of the key lacks audience_sync:admin." in answer.text


async def test_a_key_that_may_nothing_is_refused_at_its_field(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        answer = await browser.post("/api-keys/new", data={"name": "nightly"})
    assert 'id="permissions-error"' in answer.text


async def test_a_question_is_asked_in_a_dialog_or_on_a_page(site: Site) -> None:
    path = f"/users/{site.users['viewer']}/disable"
    async with await site.browser("admin") as browser:
        page = (await browser.get(path)).text
        dialog = (await browser.get(path, headers={"HX-Request": "true", "HX-Target": "div#dialog"})).text
    assert "<html" in page and "<h1>" in page
    assert "<html" not in dialog and 'id="dialog-title"' in dialog


async def test_sessions_name_the_browser_and_end(site: Site) -> None:
    async with await site.browser("viewer") as browser, await site.browser("viewer") as other:
        shown = (await browser.get("/sessions")).text
        assert shown.count("Firefox on Linux") >= 2 and "192.0.2.7" in shown
        await browser.post("/sessions/others/end")
        assert (await other.get("/sessions")).headers["location"].startswith("/sign-in")
        assert (await browser.get("/sessions")).status_code == 200


async def test_the_search_finds_segments_audiences_and_pages(site: Site) -> None:
    segment = await site.home.segment(name="High Value Customers")
    audience = await site.home.audience(segment)
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/search", params={"q": "VALUE"})).text
        pages = (await browser.get("/search", params={"q": "hist"}, headers={"HX-Request": "true"})).text
    assert f"/segments/{segment}" in shown and f"/audiences/{audience}" in shown
    assert "/history" in pages and "<html" not in pages


async def test_the_search_shows_no_page_that_may_not_be_seen(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        assert "Users and roles" not in (await browser.get("/search", params={"q": "users"})).text


async def test_what_was_typed_is_text_and_nothing_else(site: Site) -> None:
    async with await site.browser("viewer") as browser:
        shown = (await browser.get("/search", params={"q": "<script>alert(1)</script>"})).text
    assert "<script>alert" not in shown


async def test_the_navigation_shows_what_somebody_may(site: Site) -> None:
    async with await site.browser("viewer") as viewer, await site.browser("outsider") as outsider:
        seen = (await viewer.get("/profile")).text
        unseen = (await outsider.get("/profile")).text
    assert "Connected Platforms" in seen and "Users and roles" not in seen and "Exports" not in seen
    assert "Connected Platforms" not in unseen and "API keys" in unseen
