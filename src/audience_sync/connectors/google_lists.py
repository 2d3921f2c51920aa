"""Google's user lists: the one of contact data that we were given, and our second one for mobile ad ids."""

import json
from collections.abc import AsyncIterator, Mapping

from audience_sync.connectors.faults import Subject
from audience_sync.connectors.google_wire import CARD
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import ActionNeeded, SetupError
from audience_sync.model.platforms import Target

PAGE = "1000"
FIRST_PARTY = {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"}
MOBILE_PREFIX = "mobile-of-"
"""Begins the integration code of a second list; the id of its first list follows."""
MOBILE_NAME = " (mobile ids)"
LONGEST_NAME = CARD.max_name + len(MOBILE_NAME)
NAME_TAKEN = "GOOGLE_NAME_TAKEN"
DAY_SECONDS = 86_400


def about(target: Target) -> Subject:
    """The list, for people."""
    return Subject(account=target.account, audience=target.remote_id)


def login_account(api: Api) -> dict[str, str]:
    """The header that names the manager through which the account is reached; none when it is reached directly."""
    return {"login-account": f"accountTypes/GOOGLE_ADS/accounts/{api.via}"} if api.via else {}


async def call(
    api: Api,
    method: str,
    about: Subject,
    list_id: str = "",
    *,
    body: JsonObject | None = None,
    params: Mapping[str, str] | None = None,
) -> JsonObject:
    """The answer about the account's lists, or about that one."""
    path = "/".join(filter(None, (f"accountTypes/GOOGLE_ADS/accounts/{about.account}/userLists", list_id)))
    sent = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    # Creating twice would make two lists, or be refused because of the first one's name.
    once = method == "POST"
    return await api.send(
        Call(method, path, params or {}, sent, about=about, repeatable=not once, headers=login_account(api))
    )


async def listed(api: Api, account: str, *, only: str = "") -> AsyncIterator[JsonObject]:
    """The account's lists that meet the filter, page by page; the parameters are the same for every page."""
    params = {"pageSize": PAGE, **({"filter": only} if only else {})}
    page: JsonObject = {}
    while not page or page.get("nextPageToken"):
        token = {"pageToken": page["nextPageToken"]} if page else {}
        page = {"userLists": [], **await call(api, "GET", Subject(account=account), params=params | token)}
        for each in page["userLists"]:
            yield each


async def create(api: Api, account: str, *, name: str, description: str) -> str:
    """The id of a new, empty list of contact data, whose members stay as long as Google allows."""
    info = {"uploadKeyTypes": ["CONTACT_ID"], "contactIdInfo": FIRST_PARTY}
    return await _create(api, account, {"displayName": name, "description": description, "ingestedUserListInfo": info})


async def _create(api: Api, account: str, details: JsonObject) -> str:
    stay = {"membershipDuration": f"{CARD.membership_days * DAY_SECONDS}s"}
    made = await call(api, "POST", Subject(account=account), body=details | stay)
    return str(made["id"])


async def change(api: Api, target: Target, **fields: str) -> None:
    """The list's fields, by their names on the wire, are as given."""
    mask = {"updateMask": ",".join(fields)}
    await call(api, "PATCH", about(target), target.remote_id, body=dict(fields), params=mask)


async def mobile_of(api: Api, target: Target) -> JsonObject | None:
    """Our second list, the one of the audience's mobile ad ids; None when there is none."""
    only = f'integration_code = "{MOBILE_PREFIX}{target.remote_id}"'
    return await anext(listed(api, target.account, only=only), None)


async def require_mobile(api: Api, target: Target, name: str) -> str:
    """The id of the audience's second list, which is made when there is none yet.

    SetupError without an app to tell Google. Of two workers that make it at once one is refused and takes the other's.
    """
    if found := await mobile_of(api, target):
        return str(found["id"])
    details = _mobile_details(api, target, name or await _name_of(api, target))
    try:
        return await _create(api, target.account, details)
    except ActionNeeded as refused:
        found = await mobile_of(api, target) if refused.code == NAME_TAKEN else None
        if found is None:
            raise
        return str(found["id"])


def mobile_name(name: str) -> str:
    """What the second list of an audience of that name is called."""
    return name[: LONGEST_NAME - len(MOBILE_NAME)] + MOBILE_NAME


def _mobile_details(api: Api, target: Target, name: str) -> JsonObject:
    app_id = api.options.get("mobile_app_id", "")
    if not app_id:
        raise SetupError(
            f"Google takes mobile ad ids for {about(target)} only together with the app that they come from.",
            "Set AUDIENCE_SYNC_GOOGLE_MOBILE_APP_ID, or leave mobile ad ids out of this audience.",
            code="GOOGLE_MOBILE_APP_MISSING",
        )
    info = FIRST_PARTY | {"keySpace": api.options["mobile_key_space"], "appId": app_id}
    return {
        "displayName": mobile_name(name),
        "integrationCode": f"{MOBILE_PREFIX}{target.remote_id}",
        "ingestedUserListInfo": {"uploadKeyTypes": ["MOBILE_ID"], "mobileIdInfo": info},
    }


async def _name_of(api: Api, target: Target) -> str:
    return str((await call(api, "GET", about(target), target.remote_id)).get("displayName", ""))
