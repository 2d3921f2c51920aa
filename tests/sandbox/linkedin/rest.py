"""The other side of the pretend LinkedIn, with nothing of our connector in it."""

import hashlib
from dataclasses import dataclass
from typing import Any

import httpx2

from audience_sync.sandbox.linkedin.platform import LinkedIn
from audience_sync.sandbox.world import World

TOKEN = "SANDBOX_TOKEN"
MAIN = "urn:li:sponsoredAccount:501234567"
HEADERS = {"LinkedIn-Version": "202604", "X-Restli-Protocol-Version": "2.0.0"}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def person(*emails: str, action: str = "ADD", **more: str) -> dict[str, Any]:
    """An element of a users call."""
    ids = [{"idType": "SHA256_EMAIL", "idValue": sha(each)} for each in emails]
    return {"action": action, "userIds": ids, **more}


@dataclass(frozen=True)
class Rest:
    """`client` speaks to all sandboxes, `world` is their inside."""

    client: httpx2.AsyncClient
    world: World

    @property
    def linkedin(self) -> LinkedIn:
        platform = self.world.platforms["linkedin"]
        assert isinstance(platform, LinkedIn)
        return platform

    async def call(self, method: str, path: str, *, token: str = TOKEN, **request: Any) -> httpx2.Response:
        headers = {**HEADERS, "Authorization": f"Bearer {token}", **request.pop("headers", {})}
        return await self.client.request(method, f"/linkedin/rest/{path}", headers=headers, **request)

    async def create(self, **changes: Any) -> str:
        body = {
            "name": "VIP",
            "sourcePlatform": "STRATUM",
            "sourceSegmentId": "a1",
            "account": MAIN,
            "type": "USER",
            "destinations": [{"destination": "LINKEDIN"}],
        }
        answer = await self.call("POST", "dmpSegments", json={**body, **changes})
        assert answer.status_code == 201, answer.text
        return answer.headers["x-linkedin-id"]

    async def users(self, segment: str, *elements: dict[str, Any]) -> httpx2.Response:
        headers = {"X-RestLi-Method": "BATCH_CREATE"}
        return await self.call("POST", f"dmpSegments/{segment}/users", json={"elements": elements}, headers=headers)

    async def statuses(self, segment: str, *elements: dict[str, Any]) -> list[int]:
        answer = await self.users(segment, *elements)
        return [each["status"] for each in answer.json()["elements"]]

    async def destination(self, segment: str) -> dict[str, Any]:
        """How the segment stands: status, and the sizes once they are known."""
        found: dict[str, Any] = (await self.call("GET", f"dmpSegments/{segment}")).json()["destinations"][0]
        return found

    def keys(self, segment: str) -> set[str]:
        return {value for _, value in self.linkedin.state.segments[segment].members.all_keys()}
