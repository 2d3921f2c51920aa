"""An ad account's checklist, and audiences of ours there that nothing tracks any more."""

import httpx2

from tests.api.conftest import Desk

ANN = {"id": "a", "email": "ann@example.com"}


def place(desk: Desk, what: str) -> str:
    return f"/ad-accounts/{desk.home.account_id}/{what}"


async def orphaned(desk: Desk, admin: httpx2.AsyncClient) -> tuple[str, str]:
    """A segment, and the id over there of its audience, which was deleted only here."""
    desk.home.people([ANN])
    segment = await desk.home.segment()
    audience = await desk.home.audience(segment, name="Old list")
    remote = (await desk.home.work()).remote_id
    assert (await admin.delete(f"/audiences/{audience}")).status_code == 204
    return segment, remote


async def test_an_account_that_nobody_looked_at_says_so(desk: Desk) -> None:
    async with desk.client("viewer") as viewer:
        found = (await viewer.get(place(desk, "readiness"))).json()
    assert (found["checks"], found["checked_at"]) == ([], None)


async def test_a_look_is_kept_for_those_who_read(desk: Desk) -> None:
    async with desk.client("admin") as admin, desk.client("viewer") as viewer:
        looked = await admin.post(place(desk, "readiness"))
        assert looked.status_code == 200, looked.text
        kept = (await viewer.get(place(desk, "readiness"))).json()
    assert kept == looked.json()
    assert {each["code"]: each["state"] for each in kept["checks"]}["terms"] == "ok"


async def test_an_orphan_is_listed_and_adopted(desk: Desk) -> None:
    async with desk.client("admin") as admin:
        segment, remote = await orphaned(desk, admin)
        assert [each["remote_id"] for each in (await admin.get(place(desk, "orphans"))).json()] == [remote]
        made = await admin.post(place(desk, f"orphans/{remote}/adopt"), json={"segment_id": segment, "name": "Again"})
        assert (made.status_code, made.json()["audience"]["remote_id"]) == (201, remote)
        assert (await admin.get(place(desk, "orphans"))).json() == []


async def test_an_orphan_is_deleted_over_there(desk: Desk) -> None:
    async with desk.client("admin") as admin:
        _segment, remote = await orphaned(desk, admin)
        assert (await admin.delete(place(desk, f"orphans/{remote}"))).status_code == 204
        assert (await admin.delete(place(desk, f"orphans/{remote}"))).status_code == 404


async def test_a_choice_that_there_is_not_is_refused(desk: Desk) -> None:
    segment = await desk.home.segment()
    wanted = {"segment_id": segment, "ad_account_id": desk.home.account_id, "choices": {"way": "file"}}
    async with desk.client("admin") as admin:
        answer = await admin.post("/audiences", json=wanted)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"field": "choices", "allowed": []}


async def test_platforms_tell_what_audiences_may_choose(desk: Desk) -> None:
    async with desk.client("viewer") as viewer:
        found = {each["id"]: each for each in (await viewer.get("/platforms")).json()}
    assert found["tiktok"]["choices"][0]["default"] == "streaming"
    assert found["meta"]["names"] == {"longest": 255, "unique": False, "marked": False}
    kinds = {each["name"]: each["default"] for each in found["google"]["columns"]}
    assert (kinds["email"], kinds["mobile_ad_id"]) == (True, False)
