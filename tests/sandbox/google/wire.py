"""The other side of the pretend Google: calls as its documents describe them, with nothing of our connector in them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.platform import Google
from audience_sync.sandbox.google.userlist import UserList
from audience_sync.sandbox.world import World

MAIN, MANAGER, SHOP_DE, SHOP_UK = seeds.MAIN, seeds.MANAGER, seeds.SHOP_DE, seeds.SHOP_UK
REDIRECT = "http://127.0.0.1:8000/callback"
SCOPE = f"{seeds.DATA_MANAGER} {seeds.ADWORDS}"
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
CONTACTS = {
    "uploadKeyTypes": ["CONTACT_ID"],
    "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
}
Member = dict[str, Any]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def email(n: int) -> str:
    return sha(f"person{n}@example.com")


def person(*values: str, **more: Any) -> Member:
    """A member with these e-mail hashes."""
    return {"userData": {"userIdentifiers": [{"emailAddress": value} for value in values]}, **more}


def people(count: int, start: int = 0) -> list[Member]:
    return [person(email(n)) for n in range(start, start + count)]


def lists_path(account: str) -> str:
    return f"v1/accountTypes/GOOGLE_ADS/accounts/{account}/userLists"


@dataclass(frozen=True)
class Wire:
    """`client` speaks to all sandboxes, `world` is their inside."""

    client: httpx2.AsyncClient
    world: World

    @property
    def google(self) -> Google:
        platform = self.world.platforms["google"]
        assert isinstance(platform, Google)
        return platform

    async def call(self, method: str, path: str, *, token: str = seeds.USER_TOKEN, **request: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(
            method, f"/google/{path}", headers={**headers, **request.pop("headers", {})}, **request
        )

    async def create(self, name: str = "VIP", account: str = MAIN, **details: Any) -> httpx2.Response:
        body = {"displayName": name, "ingestedUserListInfo": CONTACTS, **details}
        return await self.call("POST", lists_path(account), json=body)

    async def made(self, name: str = "VIP", account: str = MAIN, **details: Any) -> str:
        """The id of a new list."""
        answer = await self.create(name, account, **details)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def read(self, list_id: str, account: str = MAIN) -> dict[str, Any]:
        found: dict[str, Any] = (await self.call("GET", f"{lists_path(account)}/{list_id}")).json()
        return found

    async def send(self, verb: str, list_id: str, members: Sequence[Member] | None, **more: Any) -> httpx2.Response:
        """A member request with what it needs; `more` replaces parts of the body."""
        body: dict[str, Any] = {"destinations": [destination(list_id)]}
        if members is not None:
            body |= {"audienceMembers": members, "encoding": "HEX"}
        if verb == "ingest":
            body |= {"consent": GRANTED, "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"}}
        return await self.call("POST", f"v1/audienceMembers:{verb}", json={**body, **more})

    async def ingest(self, list_id: str, members: Sequence[Member], **more: Any) -> str:
        """The id of the accepted request."""
        return _request_id(await self.send("ingest", list_id, members, **more))

    async def remove(self, list_id: str, members: Sequence[Member], **more: Any) -> str:
        return _request_id(await self.send("remove", list_id, members, **more))

    async def remove_all(self, list_id: str, **more: Any) -> str:
        return _request_id(await self.send("removeAll", list_id, None, **more))

    async def status(self, request_id: str) -> dict[str, Any]:
        """What became of the request at its first destination."""
        answer = await self.call("GET", "v1/requestStatus:retrieve", params={"requestId": request_id})
        assert answer.status_code == 200, answer.text
        first: dict[str, Any] = answer.json()["requestStatusPerDestination"][0]
        return first

    async def settled(self, request_id: str) -> dict[str, Any]:
        """What became of the request, once the time for it has passed."""
        self.world.clock.advance(60)
        return await self.status(request_id)

    def list(self, list_id: str) -> UserList:
        return self.google.state.lists[list_id]

    def values(self, list_id: str) -> set[str]:
        return {value for _, value in self.list(list_id).members.all_keys()}

    def configure(self, **settings: Any) -> None:
        self.google.configure(settings)

    def fail(self, fault: str, **more: Any) -> None:
        self.world.fail("google", fault, **more)


def destination(list_id: str, account: str = MAIN, **more: Any) -> dict[str, Any]:
    operating = {"accountType": "GOOGLE_ADS", "accountId": account}
    return {"operatingAccount": operating, "productDestinationId": list_id, **more}


def reasons(answer: httpx2.Response) -> list[tuple[str, str]]:
    """The fields at fault of an error answer, each with its reason."""
    assert answer.status_code >= 400, answer.text
    details = answer.json()["error"]["details"]
    return [
        (each.get("field", ""), each.get("reason", ""))
        for detail in details
        if detail["@type"].endswith("BadRequest")
        for each in detail["fieldViolations"]
    ]


def reason(answer: httpx2.Response) -> tuple[int, str]:
    """The HTTP status of an error answer and the reason of its ErrorInfo."""
    infos = [each for each in answer.json()["error"]["details"] if each["@type"].endswith("ErrorInfo")]
    return answer.status_code, infos[0]["reason"]


def ads_error(answer: httpx2.Response) -> tuple[int, dict[str, str]]:
    """The HTTP status and the errorCode of a refusal of the Google Ads API."""
    failure = answer.json()["error"]["details"][0]
    return answer.status_code, failure["errors"][0]["errorCode"]


def _request_id(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["requestId"])
