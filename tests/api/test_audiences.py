"""Audiences over HTTP."""

import asyncio

from tests.api.conftest import Desk
from tests.world import IN_SEGMENT


async def test_an_audience_is_created_with_the_run_that_fills_it(desk: Desk) -> None:
    segment = await desk.home.segment()
    async with desk.client("manager") as client:
        wanted = {"segment_id": segment, "ad_account_id": desk.home.account_id}
        answer = await client.post("/audiences", json=wanted)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["audience"]["name"] == "Everyone - Stratum"
    assert made["run"]["status"] == "queued"
    assert (await desk.home.work()).run.sent == 2


async def test_audiences_are_listed_by_pages(desk: Desk) -> None:
    segment = await desk.home.segment()
    for name in "abc":
        await desk.home.audience(segment, name=name)
    async with desk.client("viewer") as client:
        first = (await client.get("/audiences", params={"limit": 2})).json()
        rest = (await client.get("/audiences", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    names = [[item["name"] for item in page["items"]] for page in (first, rest)]
    assert (names, rest["next_cursor"]) == ([["a", "b"], ["c"]], "")


async def test_of_two_runs_at_once_one_is_refused(desk: Desk, audience: str) -> None:
    async with desk.client("operator") as client:
        answers = await asyncio.gather(*(client.post(f"/audiences/{audience}/runs", json={}) for _ in range(2)))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (202, 409)
    assert won.headers["location"] == f"/api/v1/runs/{won.json()['id']}"
    assert lost.json()["error"]["code"] == "SYNC_IN_PROGRESS"


async def test_a_run_does_the_plan_that_was_looked_at(desk: Desk, audience: str) -> None:
    desk.home.people([{"id": "c", "email": "c@example.com"}])
    async with desk.client("operator") as client:
        plan = (await client.post(f"/audiences/{audience}/plans")).json()
        run = (await client.post(f"/audiences/{audience}/runs", json={"plan_id": plan["id"]})).json()
        await desk.home.work(run["id"])
        done = (await client.get(f"/runs/{run['id']}")).json()
    assert done["plan_id"] == plan["id"]
    assert (done["run"]["status"], done["run"]["added"]) == ("completed", plan["added"])


async def test_a_plan_that_breaks_a_guardrail_runs_only_when_it_is_approved(desk: Desk) -> None:
    audience = await emptied(desk)
    async with desk.client("operator") as client:
        plan = (await client.post(f"/audiences/{audience}/plans")).json()
        refused = await client.post(f"/audiences/{audience}/runs", json={"plan_id": plan["id"]})
        wanted = {"plan_id": plan["id"], "approve": True}
        approved = await client.post(f"/audiences/{audience}/runs", json=wanted)
    assert [each["guardrail"] for each in plan["breaches"]] == ["never_empty"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "GUARDRAIL")
    assert (approved.status_code, approved.json()["approved"]) == (202, ["never_empty"])


async def test_an_approval_names_its_plan(desk: Desk, audience: str) -> None:
    async with desk.client("operator") as client:
        assert (await client.post(f"/audiences/{audience}/runs", json={"approve": True})).status_code == 422


async def test_a_run_that_a_guardrail_stops_ends_and_waits_for_an_approval(desk: Desk) -> None:
    audience = await emptied(desk)
    async with desk.client("operator") as client:
        run = (await client.post(f"/audiences/{audience}/runs", json={})).json()
        await desk.home.work(run["id"])
        ended = (await client.get(f"/runs/{run['id']}")).json()["run"]
        seen = (await client.get(f"/audiences/{audience}")).json()
    assert (ended["status"], ended["error"]["code"]) == ("failed", "GUARDRAIL")
    assert (seen["health"], seen["to_approve"]) == ("Needs attention", True)


async def test_guardrails_are_made_and_changed_one_by_one(desk: Desk) -> None:
    segment = await desk.home.segment()
    async with desk.client("manager") as client:
        wanted = {"segment_id": segment, "ad_account_id": desk.home.account_id, "guardrails": {"largest": 900}}
        made = (await client.post("/audiences", json=wanted)).json()["audience"]
        changed = await client.patch(f"/audiences/{made['id']}", json={"guardrails": {"never_empty": False}})
        wrong = await client.patch(f"/audiences/{made['id']}", json={"guardrails": {"most_removed_percent": 101}})
    assert changed.json()["guardrails"] == {
        "most_removed_percent": 50,
        "smallest": 0,
        "largest": 900,
        "never_empty": False,
    }
    assert wrong.status_code == 422


async def emptied(desk: Desk) -> str:
    """An audience whose segment lost everybody after its sync."""
    desk.home.people([{"id": "a", "email": "a@example.com", "member": "yes"}])
    audience = await desk.home.audience(await desk.home.segment(IN_SEGMENT))
    await desk.home.work()
    desk.home.people([{"id": "a", "email": "a@example.com", "member": "no"}])
    return audience


async def test_the_history_carries_its_summary(desk: Desk, audience: str) -> None:
    async with desk.client("viewer") as client:
        answer = (await client.get(f"/audiences/{audience}/runs", params={"days": 30})).json()
    assert [run["operation"] for run in answer["items"]] == ["create"]
    assert (answer["summary"]["total_syncs"], answer["summary"]["success_rate"]) == (1, 1.0)


async def test_times_are_rfc_3339_in_utc(desk: Desk, audience: str) -> None:
    async with desk.client("viewer") as client:
        assert (await client.get(f"/audiences/{audience}")).json()["created_at"] == "2026-11-24T09:00:00Z"


async def test_deleting_over_there_is_a_run(desk: Desk, audience: str) -> None:
    async with desk.client("manager") as client:
        answer = await client.delete(f"/audiences/{audience}", params={"delete_from_platform": True})
        assert (answer.status_code, answer.json()["operation"]) == (202, "delete")
        await desk.home.work(answer.json()["id"])
        assert (await client.get(f"/audiences/{audience}")).status_code == 404
    assert await desk.home.control("audiences") == []


async def test_deleting_here_leaves_the_platform_alone(desk: Desk, audience: str) -> None:
    async with desk.client("manager") as client:
        assert (await client.delete(f"/audiences/{audience}")).status_code == 204
    assert len(await desk.home.control("audiences")) == 1
