"""The customers that a grant reaches, read from the Google Ads API: their own, and those below their managers."""

import json
from collections.abc import AsyncIterator, Sequence

from audience_sync.connectors.faults import Subject
from audience_sync.connectors.google_wire import CARD
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import NOTHING, Call, JsonObject
from audience_sync.errors import ActionNeeded
from audience_sync.model.platforms import RemoteAccount

ENABLED = "ENABLED"
NOT_ENABLED = "GOOGLE_ACCOUNT_NOT_ENABLED"
CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager, "
    "customer.test_account, customer.status FROM customer LIMIT 1"
)
CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, "
    "customer_client.time_zone, customer_client.test_account, customer_client.status FROM customer_client "
    "WHERE customer_client.level <= 5 AND customer_client.manager = FALSE"
)
PROBLEMS = {
    "CANCELED": "This Google Ads account was cancelled. Reactivate it in Google Ads or choose another one.",
    "SUSPENDED": "Google has suspended this account. Open it in Google Ads to see why.",
    "CLOSED": "This Google Ads account is closed. Choose another one.",
}


async def accounts(api: Api) -> list[RemoteAccount]:
    """Every account that can hold lists, once: reached directly where that is possible, else through a manager."""
    direct = [row async for row in _direct(api)]
    found = {str(row["id"]): _account(row) for row in direct if not row.get("manager")}
    for manager in (row for row in direct if row.get("manager")):
        async for row in search(api, str(manager["id"]), CLIENTS, login=str(manager["id"])):
            client = row["customerClient"]
            found.setdefault(str(client["id"]), _account(client, manager))
    return list(found.values())


async def search(api: Api, customer: str, query: str, *, login: str = "") -> AsyncIterator[JsonObject]:
    """The rows of a query on that customer, page by page; `login` is the manager through which it is reached."""
    asked: JsonObject = {"query": query}
    while True:
        page = await api.send(_search(api, customer, asked, login))
        for row in page.get("results", []):
            yield row
        if not page.get("nextPageToken"):
            return
        asked = {"query": query, "pageToken": page["nextPageToken"]}


def _search(api: Api, customer: str, asked: JsonObject, login: str) -> Call:
    return Call(
        "POST",
        f"{ads_url(api)}/customers/{customer}/googleAds:search",
        body=json.dumps(asked).encode(),
        about=Subject(account=customer),
        headers={"login-customer-id": login} if login else {},
    )


def ads_url(api: Api) -> str:
    """Where the Google Ads API is, with its version."""
    url = api.options.get("ads_url") or CARD.options["ads_url"]
    return f"{url.rstrip('/')}/{api.options.get('ads_version') or CARD.options['ads_version']}"


async def _direct(api: Api) -> AsyncIterator[JsonObject]:
    """The customers that gave the person access themselves, without those that Google does not let us look at."""
    listed = await api.send(Call("GET", f"{ads_url(api)}/customers:listAccessibleCustomers", about=NOTHING))
    names: Sequence[str] = listed.get("resourceNames", [])
    for name in names:
        try:
            async for row in search(api, name.removeprefix("customers/"), CUSTOMER):
                yield row["customer"]
        except ActionNeeded as refused:
            if refused.code != NOT_ENABLED:
                raise


def _account(row: JsonObject, manager: JsonObject | None = None) -> RemoteAccount:
    status = str(row.get("status", ENABLED))
    words = "test account" if row.get("testAccount") else "active"
    problem = "" if status == ENABLED else PROBLEMS.get(status, f"Google reports the status {status} for it.")
    return RemoteAccount(
        remote_id=str(row["id"]),
        name=str(row.get("descriptiveName", "")),
        currency=str(row.get("currencyCode", "")),
        timezone=str(row.get("timeZone", "")),
        business=str(manager.get("descriptiveName", "")) if manager else "",
        status=status.lower() if problem else words,
        usable=not problem,
        problem=problem,
        via=str(manager["id"]) if manager else "",
    )
