"""Segments over HTTP."""

import httpx2

from tests.api.conftest import Desk

EVERYONE = {"type": "rules", "rules": {"all": []}}


async def made(client: httpx2.AsyncClient, **body: object) -> httpx2.Response:
    return await client.post("/segments", json={"name": "All", "definition": EVERYONE} | body)


async def test_a_segment_is_made_counted_and_found(desk: Desk) -> None:
    async with desk.client("manager") as client:
        answer = await made(client)
        listed = (await client.get("/segments", params={"search": "al"})).json()["items"]
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"]["profiles"] == 2
    assert [each["id"] for each in listed] == [answer.json()["id"]]


async def test_a_segment_of_a_list_holds_those_it_names(desk: Desk) -> None:
    fixed = {"kind": "email", "values": ["A@example.com", "stranger@example.com"]}
    async with desk.client("manager") as client:
        answer = await made(client, definition=None, list=fixed)
        members = (await client.get(f"/segments/{answer.json()['id']}/members")).json()["items"]
    assert [each["profile_id"] for each in members] == ["a"]
    assert "stranger" not in answer.text


async def test_rules_and_list_together_are_refused(desk: Desk) -> None:
    async with desk.client("manager") as client:
        answer = await made(client, list={"kind": "profile_id", "values": ["a"]})
    assert answer.status_code == 422


async def test_members_are_masked_and_come_by_pages(desk: Desk) -> None:
    async with desk.client("manager") as client:
        path = f"/segments/{(await made(client)).json()['id']}/members"
        first = await client.get(path, params={"limit": 1})
        rest = await client.get(path, params={"limit": 1, "cursor": first.json()["next_cursor"]})
    assert [each["profile_id"] for page in (first, rest) for each in page.json()["items"]] == ["a", "b"]
    assert "a@example.com" not in first.text


async def test_a_wrong_rule_is_told_by_its_path(desk: Desk) -> None:
    rules = {"all": [{"attribute": "member", "op": "resembles", "value": 1}]}
    async with desk.client("manager") as client:
        answer = await client.post("/segments/preview", json={"definition": {"type": "rules", "rules": rules}})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["path"] == "rules.all[0].op"


async def test_a_segment_is_previewed_without_being_kept(desk: Desk) -> None:
    async with desk.client("manager") as client:
        answer = (await client.post("/segments/preview", json={"definition": EVERYONE})).json()
        assert (await client.get("/segments")).json()["items"] == []
    assert (answer["size"], answer["coverage"]["email"]) == (2, 2)


async def test_a_segment_is_changed_and_deleted(desk: Desk) -> None:
    async with desk.client("manager") as client:
        path = f"/segments/{(await made(client)).json()['id']}"
        assert (await client.patch(path, json={"name": "Both"})).json()["name"] == "Both"
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404


async def test_a_segment_in_use_stays(desk: Desk, audience: str) -> None:
    async with desk.client("manager") as client:
        segment = (await client.get(f"/audiences/{audience}")).json()["segment_id"]
        answer = await client.delete(f"/segments/{segment}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "SEGMENT_IN_USE")


async def test_the_catalog_says_what_rules_may_speak_of(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        assert "email" in (await client.get("/catalog")).json()["identifiers"]
