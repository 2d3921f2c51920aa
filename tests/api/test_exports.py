"""Exports over HTTP: asked for, watched, fetched in parts by a link that ends, and never told in a log."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import structlog

from audience_sync.api import exports
from audience_sync.flows.exporting.executing import execute
from audience_sync.model.permissions import ROLES, Permission
from tests.api.conftest import Desk
from tests.api.test_runs import events

HASHED: dict[str, Any] = {"identifiers": ["email"], "traits": False, "hashing": "sha256"}


@dataclass(frozen=True)
class Fetched:
    """A finished export and the address of its file."""

    id: str
    url: str
    content: bytes


async def ask(desk: Desk, role: str = "analyst", **choices: Any) -> httpx2.Response:
    segment = choices.pop("segment_id", None) or await desk.home.segment(name=f"Everyone {desk.home.clock.seconds()}")
    desk.home.clock.advance(seconds=1)
    async with desk.client(role) as client:
        return await client.post("/exports", json={"segment_id": segment, **HASHED, **choices})


async def ready(desk: Desk, **choices: Any) -> Fetched:
    """An export that is done, with a link."""
    made = (await ask(desk, **choices)).json()
    await execute(desk.home.app, made["id"])
    async with desk.client("analyst") as client:
        link = await client.post(f"/exports/{made['id']}/links")
    assert link.status_code == 201, link.text
    path = desk.home.app.settings.exports_dir / made["id"]
    url = link.json()["url"].replace("http://127.0.0.1:8000", "http://api")
    return Fetched(made["id"], url, path.read_bytes())


async def fetch(desk: Desk, url: str, **headers: str) -> httpx2.Response:
    """As somebody who has nothing but the address."""
    async with desk.client("") as client:
        return await client.get(url, headers=headers)


async def test_an_export_is_accepted_and_says_where_it_is(desk: Desk) -> None:
    answer = await ask(desk)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.headers["location"] == f"/api/v1/exports/{answer.json()['id']}"


async def test_an_export_asked_for_twice_with_one_key_is_one(desk: Desk) -> None:
    segment = await desk.home.segment()
    async with desk.client("analyst", **{"Idempotency-Key": "k"}) as client:
        one, two = [await client.post("/exports", json={"segment_id": segment, **HASHED}) for _ in range(2)]
    assert one.json()["id"] == two.json()["id"]


async def test_readable_identifiers_without_a_reason_are_refused_with_the_way_out(desk: Desk) -> None:
    error = (await ask(desk, hashing="none")).json()["error"]
    assert (error["code"], error["details"]) == ("REASON_NEEDED", {"readable": ["email"]})
    assert "reason" in error["hint"]


async def test_with_a_reason_they_are_in_the_file(desk: Desk) -> None:
    file = await ready(desk, hashing="none", reason="Checked by hand with the shop")
    assert b"a@example.com" in file.content


@pytest.mark.parametrize("role", [role for role in ROLES if Permission.EXPORT not in ROLES[role]])
async def test_who_may_not_export_gets_no_file_and_no_link(desk: Desk, role: str) -> None:
    file = await ready(desk)
    async with desk.client(role) as client:
        answers = [
            await client.post("/exports", json={"segment_id": "x"}),
            await client.get("/exports"),
            await client.post(f"/exports/{file.id}/links"),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_the_file_comes_by_its_link_alone(desk: Desk) -> None:
    file = await ready(desk)
    answer = await fetch(desk, file.url)
    assert (answer.status_code, answer.content) == (200, file.content)
    assert answer.headers["content-disposition"].startswith('attachment; filename="everyone-')
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["accept-ranges"] == "bytes"


async def test_a_download_is_resumed_where_it_stopped(desk: Desk) -> None:
    file = await ready(desk)
    first = await fetch(desk, file.url, Range="bytes=0-9")
    rest = await fetch(desk, file.url, Range="bytes=10-", **{"If-Range": first.headers["etag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.headers["content-range"] == f"bytes 0-9/{len(file.content)}"
    assert first.content + rest.content == file.content


async def test_a_resumed_download_is_counted_once(desk: Desk) -> None:
    file = await ready(desk)
    for wanted in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        await fetch(desk, file.url, Range=wanted)
    async with desk.client("analyst") as client:
        assert (await client.get(f"/exports/{file.id}")).json()["downloads"] == 1


async def test_a_part_of_another_file_is_not_given(desk: Desk) -> None:
    file = await ready(desk)
    answer = await fetch(desk, file.url, Range="bytes=10-", **{"If-Range": '"another"'})
    assert (answer.status_code, answer.content) == (200, file.content)


async def test_a_range_outside_the_file_is_refused(desk: Desk) -> None:
    file = await ready(desk)
    answer = await fetch(desk, file.url, Range=f"bytes={len(file.content)}-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(file.content)}")


@pytest.mark.parametrize(
    "forge", [lambda url: url[:-3] + "AAA", lambda url: url.partition("?")[0]], ids=["other", "none"]
)
async def test_a_forged_link_opens_nothing(desk: Desk, forge: Any) -> None:
    file = await ready(desk)
    answer = await fetch(desk, forge(file.url))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "BAD_LINK")


async def test_an_expired_link_says_so(desk: Desk) -> None:
    file = await ready(desk)
    desk.home.clock.advance(hours=24)
    answer = await fetch(desk, file.url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "EXPORT_EXPIRED")
    assert answer.json()["error"]["hint"] == "Ask for a new export."


async def test_a_revoked_link_says_so(desk: Desk) -> None:
    file = await ready(desk)
    async with desk.client("analyst") as client:
        assert (await client.post(f"/exports/{file.id}/revoke")).json()["status"] == "expired"
    answer = await fetch(desk, file.url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "EXPORT_REVOKED")


async def test_no_signature_and_no_identifier_is_in_the_log(desk: Desk) -> None:
    with structlog.testing.capture_logs() as lines:
        file = await ready(desk, hashing="none", reason="Checked by hand with the shop")
        await fetch(desk, file.url)
        await fetch(desk, file.url[:-3])
    told = json.dumps(lines, default=str)
    assert any(line.get("path", "").endswith("/file") for line in lines)
    assert "signature" not in told and file.url.rpartition(".")[2][:20] not in told
    assert "example.com" not in told


async def test_an_export_is_watched_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LOOK_EVERY_SECONDS", 0.01)
    export = (await ask(desk)).json()["id"]
    async with desk.client("analyst") as client, asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(client.get(f"/exports/{export}/events"))
        await asyncio.sleep(0.05)
        tasks.create_task(execute(desk.home.app, export))
    told = events(watching.result().text)
    assert [name for name, _ in told][-1] == "end"
    assert [seen["percent"] for name, seen in told if name == "progress"] == [0, 100]
    assert told[-1][1]["profiles"] == 2


async def test_a_cancelled_export_has_no_file(desk: Desk) -> None:
    export = (await ask(desk)).json()["id"]
    async with desk.client("analyst") as client:
        assert (await client.post(f"/exports/{export}/cancel")).json()["status"] == "cancelled"
        await execute(desk.home.app, export)
        again = await client.post(f"/exports/{export}/cancel")
        link = await client.post(f"/exports/{export}/links")
    assert (again.json()["error"]["code"], link.json()["error"]["code"]) == ("EXPORT_ENDED", "NO_FILE")


async def test_exports_of_one_segment_are_listed(desk: Desk) -> None:
    segment = await desk.home.segment(name="One")
    mine = (await ask(desk, segment_id=segment)).json()["id"]
    await ask(desk)
    async with desk.client("operator") as client:
        page = (await client.get("/exports", params={"segment_id": segment})).json()
    assert [each["id"] for each in page["items"]] == [mine]
