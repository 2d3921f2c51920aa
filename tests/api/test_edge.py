"""What every request gets, whatever it asks."""

from collections.abc import AsyncIterator

import pytest
import structlog

from audience_sync.api.edge import MAX_BODY_BYTES
from tests.api.conftest import Desk


async def test_a_caller_s_own_request_id_comes_back(desk_alone: Desk) -> None:
    async with desk_alone.client("", **{"X-Request-Id": "job-7"}) as client:
        assert (await client.get("/health")).headers["x-request-id"] == "job-7"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
async def test_an_id_that_is_not_plain_is_replaced(desk_alone: Desk, given: str) -> None:
    async with desk_alone.client("", **{"X-Request-Id": given}) as client:
        assert (await client.get("/health")).headers["x-request-id"] not in ("", given)


async def test_answers_are_kept_by_nobody_and_framed_by_nobody(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        headers = (await client.get("/audiences")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_the_log_holds_no_query(desk_alone: Desk) -> None:
    with structlog.testing.capture_logs() as lines:
        async with desk_alone.client("") as client:
            await client.get("/platforms/meta/callback", params={"state": "s3cret", "code": "c0de-for-us"})
    logged = str(lines)
    assert "/api/v1/platforms/meta/callback" in logged
    assert "s3cret" not in logged
    assert "c0de-for-us" not in logged


async def test_the_log_holds_no_path_of_others(desk_alone: Desk) -> None:
    with structlog.testing.capture_logs() as lines:
        async with desk_alone.client("") as client:
            await client.get("/users/mia@example.com/secret")
    assert lines
    assert "mia" not in str(lines)


async def test_a_body_that_says_it_is_too_large_is_not_read(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.post("/segments", content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_turns_out_too_large_is_refused(desk: Desk) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * (MAX_BODY_BYTES // 10)

    async with desk.client(**{"Content-Type": "application/json"}) as client:
        answer = await client.post("/segments", content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")
