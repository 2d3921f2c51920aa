"""Profiles over REST."""

from tests.api.conftest import Desk

WANTED = {"kind": "email", "value": " A@example.com"}


async def test_a_profile_is_found_and_looked_at_masked(desk: Desk, audience: str) -> None:
    async with desk.client("viewer") as client:
        (found,) = (await client.post("/profiles/find", json=WANTED)).json()
        answer = await client.get(f"/profiles/{found['id']}")
    shown = answer.json()
    assert (shown["masked"], shown["identifiers"]) == (True, {"email": ["a•••@e•••.com"]})
    assert [(each["audience_id"], each["state"]) for each in shown["audiences"]] == [(audience, "held")]
    assert "a@example.com" not in answer.text


async def test_a_profile_in_clear_is_for_exporters_with_a_reason(desk: Desk) -> None:
    async with desk.client("viewer") as viewer, desk.client("analyst") as analyst:
        (found,) = (await viewer.post("/profiles/find", json=WANTED)).json()
        path, body = f"/profiles/{found['id']}/reveal", {"reason": "A request for access"}
        refused, answer = await viewer.post(path, json=body), await analyst.post(path, json=body)
        short = await analyst.post(path, json={"reason": "so"})
    assert (refused.status_code, short.json()["error"]["code"]) == (403, "REASON_NEEDED")
    assert answer.json()["identifiers"] == {"email": ["a@example.com"]}


async def test_what_is_no_identifier_is_not_repeated(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        answer = await client.post("/profiles/find", json={"kind": "email", "value": "ann at home"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID_IDENTIFIER")
    assert "ann" not in answer.text
