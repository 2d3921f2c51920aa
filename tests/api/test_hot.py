"""Profiles and events, written over REST."""

import pytest

from audience_sync.flows import hot
from audience_sync.model.permissions import SHELL
from tests.api.conftest import Desk

CAM = {"profile_id": "c", "email": "cam@example.com", "attributes": {"plan": "gold"}, "consents": {"ads": True}}
LOGIN = {"profile_id": "c", "event": "login", "time": "2026-01-01T12:00:00+02:00", "properties": {"device": "phone"}}
CALLS = {
    "/profiles": CAM,
    "/profiles/batch": {"profiles": [CAM]},
    "/events": LOGIN,
    "/events/batch": {"events": [LOGIN]},
}


@pytest.mark.parametrize("path", CALLS)
async def test_only_an_admin_writes(desk: Desk, path: str) -> None:
    async with desk.client("manager") as manager, desk.client() as admin:
        refused, taken = await manager.post(path, json=CALLS[path]), await admin.post(path, json=CALLS[path])
        pending = (await manager.get("/profiles/pending")).json()
    assert (refused.status_code, taken.status_code, taken.json()["accepted"], pending["rows"]) == (403, 202, 1, 1)


async def test_a_written_profile_is_looked_at_by_the_id_that_was_given(desk: Desk) -> None:
    async with desk.client() as client:
        taken = (await client.post("/profiles", json=CAM)).json()
        await client.post("/events", json=LOGIN)
        await hot.fold_now(desk.home.app, SHELL)
        shown = (await client.get(f"/profiles/{taken['id']}")).json()
    assert (shown["attributes"], [each["name"] for each in shown["events"]]) == ({"plan": "gold"}, ["login"])


async def test_an_erased_profile_leaves_store_and_platform(desk: Desk, audience: str) -> None:
    async with desk.client() as client:
        (found,) = (await client.post("/profiles/find", json={"kind": "email", "value": "a@example.com"})).json()
        erased = await client.delete(f"/profiles/{found['id']}")
        await hot.fold_now(desk.home.app, SHELL)
        gone = await client.get(f"/profiles/{found['id']}")
    run = await desk.home.sync(audience)
    assert (erased.status_code, gone.status_code, run.run.status) == (202, 404, "completed")
    (listed,) = await desk.home.control("audiences")
    assert len(await desk.home.keys(listed["id"])) == 1


async def test_a_consent_that_was_withdrawn_takes_the_person_off_the_platform(desk: Desk, audience: str) -> None:
    async with desk.client() as client:
        await client.post("/profiles", json={"profile_id": "a", "consents": {"ads": "denied"}})
    await hot.fold_now(desk.home.app, SHELL)
    await desk.home.sync(audience)
    (listed,) = await desk.home.control("audiences")
    assert len(await desk.home.keys(listed["id"])) == 1


async def test_the_same_request_with_its_key_is_taken_once(desk: Desk) -> None:
    async with desk.client(**{"Idempotency-Key": "once"}) as client:
        answers = [await client.post("/events", json=LOGIN) for _ in range(2)]
        pending = (await client.get("/profiles/pending")).json()
    assert ([each.status_code for each in answers], pending["rows"]) == ([202, 202], 1)


async def test_what_cannot_be_used_is_told_by_its_place_and_not_repeated(desk: Desk) -> None:
    async with desk.client() as client:
        wrong = {**CAM, "consents": {"ads": "secretly"}}
        answer = await client.post("/profiles/batch", json={"profiles": [CAM, wrong]})
        naive = await client.post("/events", json={**LOGIN, "time": "2026-01-01T12:00:00"})
    assert (answer.status_code, answer.json()["error"]["details"]["fields"][0]["path"]) == (422, "1.consents")
    assert (naive.status_code, "secretly" in answer.text, "cam@" in answer.text) == (422, False, False)
