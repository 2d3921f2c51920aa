"""Whatever goes wrong is told in one shape."""

import httpx2
import pytest
from fastapi import FastAPI

from audience_sync import errors
from audience_sync.api.application import create_api
from audience_sync.api.failures import failure, problems
from audience_sync.errors import AudienceSyncError, RetryLater
from tests.api.conftest import Desk

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AudienceSyncError)]


async def broken_api(home: FastAPI) -> None:
    """A route that fails with what was sent to it."""

    async def route(email: str) -> None:
        raise ValueError(email)

    home.add_api_route("/broken", route)


async def test_what_is_wrong_is_told_by_its_path_without_its_value(desk: Desk) -> None:
    async with desk.client("manager") as client:
        answer = await client.post(
            "/audiences", json={"segment_id": 7, "ad_account_id": "x", "nmae": "mia@example.com"}
        )
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "INVALID")
    assert {field["path"] for field in error["details"]["fields"]} == {"body.segment_id", "body.nmae"}
    assert "mia" not in answer.text


@pytest.mark.parametrize(
    "body", [b"{", b'{"definition": NaN}', b'{"definition": {"a": "\\u0000"}}', b'{"definition": {"a": "\\ud800"}}']
)
async def test_a_body_that_cannot_be_kept_is_invalid(desk: Desk, body: bytes) -> None:
    async with desk.client("manager", **{"Content-Type": "application/json"}) as client:
        answer = await client.post("/segments/preview", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID")


async def test_an_unknown_path_is_not_found(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.get("/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_wrong_method_is_told_all_the_right_ones(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.put("/audiences/some", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "DELETE, GET, PATCH"


async def test_a_known_problem_says_the_way_out(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.get("/audiences/none")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "NOT_FOUND",
            "message": "There is no such audience.",
            "hint": "GET /audiences lists them.",
            "details": {},
        }
    }


def test_a_busy_platform_says_when_to_come_again() -> None:
    assert failure(RetryLater("Busy.", after_seconds=90.5)).headers["retry-after"] == "91"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_error_can_be_declared(kind: type[AudienceSyncError]) -> None:
    assert f"`{kind.code}`" in problems(kind)[kind.status]["description"]


async def test_what_nobody_foresaw_shows_nothing_of_what_was_sent(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    api = create_api(desk.home.app)
    await broken_api(api)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://api") as client:
        answer = await client.get("/broken", params={"email": "mia@example.com"}, headers={"X-Request-Id": "r-1"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (500, "INTERNAL", {"request_id": "r-1"})
    logged = capsys.readouterr()
    assert "mia" not in answer.text + logged.out + logged.err
