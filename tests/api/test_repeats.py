"""A request repeated with the same Idempotency-Key is done once."""

import asyncio

import httpx2

from tests.api.conftest import Desk

KEY = {"Idempotency-Key": "k-1"}


async def new_segment(client: httpx2.AsyncClient, name: str = "All", **headers: str) -> httpx2.Response:
    body = {"name": name, "definition": {"type": "rules", "rules": {"all": []}}}
    return await client.post("/segments", json=body, headers=headers)


async def count(client: httpx2.AsyncClient) -> int:
    return len((await client.get("/segments")).json()["items"])


async def test_the_same_request_gets_the_same_answer(desk: Desk) -> None:
    async with desk.client("manager") as client:
        first, again = await new_segment(client, **KEY), await new_segment(client, **KEY)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert await count(client) == 1


async def test_a_run_asked_for_again_is_the_same_run(desk: Desk, audience: str) -> None:
    async with desk.client("operator", **KEY) as client:
        first, again = [await client.post(f"/audiences/{audience}/runs", json={}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


async def test_another_body_is_refused(desk: Desk) -> None:
    async with desk.client("manager") as client:
        await new_segment(client, "One", **KEY)
        answer = await new_segment(client, "Two", **KEY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_another_actor_may_use_the_same_key(desk: Desk) -> None:
    async with desk.client("manager") as one, desk.client("admin") as other:
        answers = [await new_segment(one, "One", **KEY), await new_segment(other, "Two", **KEY)]
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_what_was_refused_may_be_tried_again(desk: Desk) -> None:
    async with desk.client("manager") as client:
        await new_segment(client, "All")
        assert (await new_segment(client, "All", **KEY)).status_code == 409
        assert (await new_segment(client, "Other", **KEY)).status_code == 201


async def test_of_two_at_once_one_is_done(desk: Desk) -> None:
    async with desk.client("manager") as client:
        answers = await asyncio.gather(*(new_segment(client, **KEY) for _ in range(2)))
        assert await count(client) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_an_answer_is_given_again_only_to_who_may(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        assert (await new_segment(client, **KEY)).status_code == 403


async def test_a_key_that_is_no_text_is_refused(desk: Desk) -> None:
    async with desk.client("manager") as client:
        assert (await new_segment(client, **{"Idempotency-Key": "x" * 201})).status_code == 422
