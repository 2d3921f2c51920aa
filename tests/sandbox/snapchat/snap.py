"""The other side of the pretend Snapchat: calls as its documents describe them, with nothing of our connector."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import httpx2

from audience_sync.sandbox.snapchat.platform import Snapchat
from audience_sync.sandbox.world import World

TOKEN = "SANDBOX_TOKEN"
REFRESH = "SANDBOX_REFRESH_TOKEN"
MAIN = "8adc3db7-8148-4fbf-999c-8d2266369d74"
SECONDARY = "123b9ca6-92f2-49c3-a3ed-0ea58afb467e"
BUSINESS = "40d6719b-da09-410b-9185-0cc9c0dfed1d"
REDIRECT = "http://127.0.0.1:8000/callback"
EMAIL, PHONE = "EMAIL_SHA256", "PHONE_SHA256"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def people(count: int, start: int = 0) -> list[list[str]]:
    """One-cell rows of made-up e-mail hashes."""
    return [[sha(f"person{n}@example.com")] for n in range(start, start + count)]


@dataclass(frozen=True)
class Snap:
    """`client` speaks to all sandboxes, `world` is their inside."""

    client: httpx2.AsyncClient
    world: World

    @property
    def platform(self) -> Snapchat:
        found = self.world.platforms["snapchat"]
        assert isinstance(found, Snapchat)
        return found

    async def call(self, method: str, path: str, *, token: str = TOKEN, **request: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("http") else f"/snapchat/v1/{path}"
        return await self.client.request(method, url, headers={**headers, **request.pop("headers", {})}, **request)

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.call("GET", path, params=params)).json()

    async def create(self, name: str = "VIP", account: str = MAIN, **details: Any) -> str:
        answer = await self.call("POST", f"adaccounts/{account}/segments", json={"segments": [new(name, **details)]})
        return str(answer.json()["segments"][0]["segment"]["id"])

    async def users(self, segment: str, rows: Any, *, schema: Any = (EMAIL,), method: str = "POST") -> httpx2.Response:
        body = {"users": [{"schema": list(schema), "data": rows}]}
        return await self.call(method, f"segments/{segment}/users", json=body)

    async def segment(self, segment: str) -> Any:
        return (await self.get(f"segments/{segment}"))["segments"][0]["segment"]

    def keys(self, segment: str) -> set[tuple[str, str]]:
        return set(self.platform.state.segments[segment].members.all_keys())

    def set(self, **settings: Any) -> None:
        self.platform.configure(settings)

    def fail(self, fault: str, **order: Any) -> None:
        self.world.fail("snapchat", fault, **order)

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        self.world.clock.advance(seconds + days * 86_400)


def new(name: str = "VIP", **details: Any) -> dict[str, Any]:
    """A segment as it is asked for."""
    usual = {"name": name, "source_type": "FIRST_PARTY", "ad_account_id": MAIN, "retention_in_days": 9999}
    return {**usual, **details}


def refused(answer: httpx2.Response) -> tuple[int, str]:
    """The HTTP status and the code of a request that was refused as a whole."""
    found = answer.json()
    assert found["request_status"] == "ERROR"
    return answer.status_code, found["error_code"]


def item_code(answer: httpx2.Response, plural: str = "segments", place: int = 0) -> str:
    """The code that hides in an item of a success, or nothing."""
    assert answer.status_code == 200
    found = re.search(r"Error code: (E\d+)", answer.json()[plural][place].get("sub_request_error_reason", ""))
    return found[1] if found else ""
