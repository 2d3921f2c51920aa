"""The other side of the pretend Meta: calls as its documents describe them, with nothing of our connector in them."""

import hashlib
from dataclasses import dataclass
from typing import Any

import httpx2

from audience_sync.sandbox.meta.platform import Meta
from audience_sync.sandbox.world import World

TOKEN = "SANDBOX_USER_TOKEN"
MAIN = "act_123456789"
SECONDARY = "act_987654321"
REDIRECT = "http://127.0.0.1:8000/callback"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def people(count: int, start: int = 0) -> list[list[str]]:
    """One-cell rows of made-up e-mail hashes."""
    return [[sha(f"person{n}@example.com")] for n in range(start, start + count)]


@dataclass(frozen=True)
class Graph:
    """`client` speaks to all sandboxes, `world` is their inside."""

    client: httpx2.AsyncClient
    world: World

    @property
    def meta(self) -> Meta:
        platform = self.world.platforms["meta"]
        assert isinstance(platform, Meta)
        return platform

    async def call(self, method: str, path: str, *, token: str = TOKEN, **request: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("http") else f"/meta/v26.0/{path}"
        return await self.client.request(method, url, headers={**headers, **request.pop("headers", {})}, **request)

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.call("GET", path, params=params)).json()

    async def create(self, name: str = "VIP", account: str = MAIN, **details: Any) -> str:
        body = {"name": name, "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", **details}
        answer = await self.call("POST", f"{account}/customaudiences", json=body)
        return str(answer.json()["id"])

    async def upload(
        self, audience: str, rows: list[Any], *, schema: Any = ("EMAIL",), method: str = "POST", **more: Any
    ) -> httpx2.Response:
        """A member call with a JSON body; `edge` names another edge than users, `session` the session."""
        edge = more.pop("edge", "users")
        body = {"payload": {"schema": schema, "data": rows}, **more}
        return await self.call(method, f"{audience}/{edge}", json=body)

    async def replace(self, audience: str, rows: list[Any], seq: int = 1, **more: Any) -> httpx2.Response:
        """A batch of a replacement; `last` and `number` (of the session) as keywords."""
        session = {"session_id": more.pop("number", 77), "batch_seq": seq, "last_batch_flag": more.pop("last", False)}
        return await self.upload(
            audience, rows, edge="usersreplace", session={**session, **more.pop("extra", {})}, **more
        )

    def keys(self, audience: str) -> set[tuple[str, str]]:
        return set(self.meta.state.audiences[audience].members.all_keys())

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        return (await self.client.request(method, f"/_sandbox/{path}", json=body)).json()

    async def advance(self, seconds: float) -> None:
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def status(self, audience: str) -> int:
        found = await self.get(audience, fields="operation_status")
        return int(found["operation_status"]["code"])


def error_of(answer: httpx2.Response) -> tuple[int, int | None]:
    """The code and subcode of an error answer."""
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")
