"""Relinking over HTTP."""

from tests.api.conftest import Desk


async def test_an_audience_is_relinked_by_a_run(desk: Desk, audience: str) -> None:
    await desk.home.connect("SANDBOX_SYSTEM_USER_TOKEN_60_DAYS")
    async with desk.client("manager") as client:
        answer = await client.post(f"/audiences/{audience}/relink", json={"ad_account_id": desk.home.account_id})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/runs/{answer.json()['run']['id']}"


async def test_one_that_is_linked_there_already_is_refused(desk: Desk, audience: str) -> None:
    async with desk.client("manager") as client:
        answer = await client.post(f"/audiences/{audience}/relink", json={"ad_account_id": desk.home.account_id})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RELINK_REFUSED")
