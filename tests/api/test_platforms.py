"""A platform is connected through a browser, or by a pasted token."""

from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.api.conftest import Desk
from tests.platforms import META

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


async def begin(client: httpx2.AsyncClient, **body: str) -> str:
    answer = await client.post("/platforms/meta/connect", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["authorization_url"])


async def consented(desk: Desk, url: str) -> dict[str, str]:
    """What the platform sends the browser back with, after Continue on its consent page."""
    shown = await desk.home.sandbox.get(url)
    assert shown.status_code == 200, shown.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    parts = urlsplit(url)
    sent = await desk.home.sandbox.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}", data={**asked, "decision": "continue"}
    )
    assert sent.status_code in (302, 303), sent.text
    return {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}


async def test_a_program_is_told_the_connection(desk: Desk) -> None:
    async with desk.client("admin") as admin, desk.client("", **PROGRAM) as browser:
        back = await consented(desk, await begin(admin))
        answer = await browser.get("/platforms/meta/callback", params=back)
        assert answer.status_code == 200, answer.text
        found = {each["id"] for each in (await admin.get("/connections")).json()}
    assert answer.json()["connection"]["id"] in found


async def test_a_person_goes_on_to_the_page_with_all_that_was_brought(desk_alone: Desk) -> None:
    async with desk_alone.client("", **BROWSER) as browser:
        answer = await browser.get("/platforms/meta/callback", params={"state": "x", "code": "a b&c"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/platforms/meta/callback?state=x&code=a+b%26c"


async def test_nobody_is_sent_to_a_stranger(desk: Desk) -> None:
    async with desk.client("admin") as admin:
        answer = await admin.post("/platforms/meta/connect", json={"return_to": "//evil.example"})
    assert answer.status_code == 422


async def test_a_state_works_once(desk: Desk) -> None:
    async with desk.client("admin") as admin, desk.client("", **PROGRAM) as browser:
        back = await consented(desk, await begin(admin))
        await browser.get("/platforms/meta/callback", params=back)
        answer = await browser.get("/platforms/meta/callback", params=back)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SIGN_IN_OVER")


async def test_a_program_is_told_of_an_invented_state(desk_alone: Desk) -> None:
    async with desk_alone.client("", **PROGRAM) as browser:
        answer = await browser.get("/platforms/meta/callback", params={"state": "x", "code": "y"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SIGN_IN_UNKNOWN")


async def test_a_token_is_pasted(desk: Desk) -> None:
    async with desk.client("admin") as client:
        answer = await client.post("/platforms/meta/tokens", json={"token": META.token})
    assert answer.status_code == 201, answer.text
    assert META.token not in answer.text


async def test_accounts_are_chosen(desk: Desk) -> None:
    async with desk.client("admin") as client:
        made = (await client.post("/platforms/meta/tokens", json={"token": META.token})).json()["connection"]
        wanted = {"ad_accounts": ["act_123456789", "act_987654321"]}
        answer = await client.put(f"/connections/{made['id']}/ad-accounts", json=wanted)
    assert answer.status_code == 200, answer.text
    assert {each["remote_id"] for each in answer.json()["accounts"] if each["selected"]} == set(wanted["ad_accounts"])


async def test_audiences_over_there_can_be_looked_at_and_linked(desk: Desk, audience: str) -> None:
    account, segment = desk.home.account_id, await desk.home.segment(name="Others")
    async with desk.client("manager") as client:
        found = (await client.get(f"/ad-accounts/{account}/remote-audiences")).json()
        assert [each["linked_to"] for each in found] == [audience]
        await client.delete(f"/audiences/{audience}")
        wanted = {"segment_id": segment, "ad_account_id": account, "remote_id": found[0]["remote_id"]}
        linked = await client.post("/audiences", json=wanted)
    assert linked.status_code == 201, linked.text
    assert linked.json()["audience"]["linked"] is True


async def test_a_connection_ends(desk: Desk, audience: str) -> None:
    async with desk.client("admin") as client:
        connection = (await client.get("/connections")).json()[0]["id"]
        affected = (await client.get(f"/connections/{connection}/affected")).json()
        ended = (await client.delete(f"/connections/{connection}")).json()
        assert (await client.get("/connections")).json() == []
    assert [each["id"] for each in affected] == [each["id"] for each in ended["audiences"]] == [audience]
