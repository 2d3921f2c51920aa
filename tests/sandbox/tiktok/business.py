"""The other side of the pretend TikTok: calls as its documents describe them, with nothing of our connector in them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx2

from audience_sync.sandbox.tiktok.platform import TikTok
from audience_sync.sandbox.world import World

TOKEN = "SANDBOX_TOKEN"
MAIN, SECONDARY, FOREIGN = "7000000000000000101", "7000000000000000102", "7000000000000000103"
APP = {"app_id": "sandbox-app", "secret": "sandbox-secret"}
REDIRECT = "http://127.0.0.1:8000/callback"
DMP = "dmp/custom_audience"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def emails(count: int, start: int = 0) -> list[str]:
    """Hashes of made-up addresses."""
    return [sha(f"person{n}@example.com") for n in range(start, start + count)]


def lines(values: Iterable[str]) -> bytes:
    """A customer file of one type."""
    return "".join(f"{value}\n" for value in values).encode()


@dataclass(frozen=True)
class Business:
    """`client` speaks to all sandboxes, `world` is their inside."""

    client: httpx2.AsyncClient
    world: World

    @property
    def tiktok(self) -> TikTok:
        platform = self.world.platforms["tiktok"]
        assert isinstance(platform, TikTok)
        return platform

    async def call(self, method: str, path: str, *, token: str = TOKEN, **request: Any) -> httpx2.Response:
        """The answer to a call of the API; `path` without the version and the slash at its end."""
        headers = {**({"Access-Token": token} if token else {}), **request.pop("headers", {})}
        return await self.client.request(method, f"/tiktok/open_api/v1.3/{path}/", headers=headers, **request)

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.call("GET", path, params=params)).json()

    async def post(self, path: str, **body: Any) -> Any:
        return (await self.call("POST", path, json=body)).json()

    async def create(self, name: str = "VIP", advertiser: str = MAIN) -> str:
        """An empty streaming audience."""
        answer = await self.post("segment/audience", advertiser_id=advertiser, custom_audience_name=name)
        return str(answer["data"]["audience_id"])

    async def map(self, audience: str, *people: list[str], **more: Any) -> Any:
        """A mapping call for one audience; empty text is a missing identifier."""
        rows = [[{"id": each, "audience_ids": [audience]} if each else {} for each in person] for person in people]
        body = {"advertiser_ids": [MAIN], "action": "add", "id_schema": ["EMAIL_SHA256"], "batch_data": rows}
        return await self.post("segment/mapping", **{**body, **more})

    async def upload(self, content: bytes, calculate_type: str = "EMAIL_SHA256", **more: Any) -> Any:
        """The answer to an upload; `file_name`, `signature` and `advertiser` as keywords."""
        form = {
            "advertiser_id": more.get("advertiser", MAIN),
            "calculate_type": calculate_type,
            "file_signature": more.get("signature", md5(content)),
        }
        file = {"file": (more.get("file_name", "people.csv"), content, "text/csv")}
        return (await self.call("POST", f"{DMP}/file/upload", data=form, files=file)).json()

    async def uploaded(self, content: bytes, calculate_type: str = "EMAIL_SHA256", **more: Any) -> str:
        return str((await self.upload(content, calculate_type, **more))["data"]["file_path"])

    async def create_from(self, content: bytes, calculate_type: str = "EMAIL_SHA256", **more: Any) -> str:
        """An audience of one file, which is still being processed."""
        path = await self.uploaded(content, calculate_type)
        body = {"advertiser_id": MAIN, "custom_audience_name": "VIP", "calculate_type": calculate_type}
        answer = await self.post(f"{DMP}/create", **{**body, "file_paths": [path], **more})
        return str(answer["data"]["custom_audience_id"])

    async def update(self, audience: str, content: bytes = b"", **more: Any) -> Any:
        """The answer to an update with a file of that content, or with none."""
        body: dict[str, Any] = {"advertiser_id": MAIN, "custom_audience_id": audience}
        if content:
            body["file_paths"] = [await self.uploaded(content)]
        return await self.post(f"{DMP}/update", **{**body, **more})

    async def details(self, audience: str) -> dict[str, Any]:
        answer = await self.get(f"{DMP}/get", advertiser_id=MAIN, custom_audience_ids=f'["{audience}"]')
        found: dict[str, Any] = answer["data"]["list"][0]
        return found

    async def size(self, audience: str) -> tuple[int, bool]:
        """cover_num and is_valid."""
        shown = (await self.details(audience))["audience_details"]
        return shown["cover_num"], shown["is_valid"]

    async def problems(self, audience: str) -> list[str]:
        """What the audience's history complains of, latest first."""
        return [entry["msg"] for entry in (await self.details(audience))["audience_history"] if entry["msg"]]

    def keys(self, audience: str) -> set[tuple[str, str]]:
        return set(self.tiktok.state.audience(audience).members.all_keys())

    def advance(self, seconds: float = 10) -> None:
        self.world.clock.advance(seconds)

    def settings(self, **changes: Any) -> None:
        self.tiktok.configure(changes)

    def fail(self, fault: str, **order: Any) -> None:
        self.world.fail("tiktok", fault, **order)
