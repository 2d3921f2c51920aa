"""One run over HTTP: its page, its progress as it happens, its cancel."""

import asyncio
import json

import pytest
from starlette.types import Message

from audience_sync.api import runs
from audience_sync.api.application import create_api
from tests.api.conftest import Desk


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Name and data of each event of a stream."""
    blocks = [block.splitlines() for block in text.replace("\r\n", "\n").strip().split("\n\n")]
    told = [dict(line.split(": ", 1) for line in block if not line.startswith(":")) for block in blocks]
    return [(each["event"], json.loads(each["data"])) for each in told if each]


async def queued(desk: Desk) -> str:
    """The id of an audience's first run, which nobody has begun."""
    audience = await desk.home.audience(await desk.home.segment())
    async with desk.client("viewer") as client:
        return str((await client.get(f"/audiences/{audience}")).json()["running"])


async def test_a_run_that_has_ended_is_told_at_once(desk: Desk) -> None:
    run = await queued(desk)
    await desk.home.work(run)
    async with desk.client("viewer") as client:
        answer = await client.get(f"/runs/{run}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    (progress, told), (end, ended) = events(answer.text)
    assert (progress, told["percent"], end, ended["status"]) == ("progress", 100, "end", "completed")


async def test_a_run_is_watched_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "LOOK_EVERY_SECONDS", 0.01)
    run = await queued(desk)
    async with desk.client("viewer") as client, asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(client.get(f"/runs/{run}/events"))
        await asyncio.sleep(0.05)
        tasks.create_task(desk.home.work(run))
    names = [name for name, _ in events(watching.result().text)]
    assert names[-1] == "end"
    assert names.count("end") == 1
    assert names.count("progress") > 1


async def test_watching_ends_when_the_watcher_goes(desk: Desk) -> None:
    run, sent = await queued(desk), []
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if "http.response.body" in sent:
            gone.set()

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1/runs/{run}/events",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {desk.keys['viewer']}".encode())],
    }
    await asyncio.wait_for(create_api(desk.home.app)(scope, receive, send), 5)
    assert sent[:2] == ["http.response.start", "http.response.body"]


async def test_an_unknown_run_is_not_watched(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        assert (await client.get("/runs/none/events")).status_code == 404


async def test_a_run_is_cancelled(desk: Desk) -> None:
    run = await queued(desk)
    async with desk.client("operator") as client:
        answer = await client.post(f"/runs/{run}/cancel")
        assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
        await desk.home.work(run)
        again = await client.post(f"/runs/{run}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "RUN_ENDED")


async def test_refused_identifiers_are_told_by_reason_only(desk: Desk) -> None:
    desk.home.people([{"id": "a", "email": "nonsense", "phone": "+12015550123"}])
    run = await queued(desk)
    await desk.home.work(run)
    async with desk.client("viewer") as client:
        page = await client.get(f"/runs/{run}/rejections")
    (refused,) = page.json()["items"]
    assert (refused["profile_id"], refused["kind"]) == ("a", "email")
    assert "nonsense" not in page.text


async def test_a_plan_can_be_looked_at_again(desk: Desk, audience: str) -> None:
    async with desk.client("operator") as client:
        made = await client.post(f"/audiences/{audience}/plans", json={"operation": "replace"})
        assert (made.status_code, made.headers["location"]) == (201, f"/api/v1/plans/{made.json()['id']}")
        again = await client.get(f"/plans/{made.json()['id']}")
    assert again.json() == made.json()
