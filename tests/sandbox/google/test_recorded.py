"""Requests of Google's own Python client (google-ads-datamanager 0.9.4, REST), as recorded; hashes are ours."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.tokens import Token
from audience_sync.sandbox.google.userlist import UserList
from tests.sandbox.google.wire import CONTACTS, MAIN, Wire, sha

ALT = "%24alt=json%3Benum-encoding%3Dint"
HEADERS = {
    "User-Agent": "python-requests/2.34.2",
    "x-goog-api-client": "gl-python/3.11.7 rest/requests@2.34.2 gax/2.44.0 gapic/0.9.4 pb/7.36.2 cred-type/u",
    "Content-Type": "application/json",
    "authorization": "Bearer ya29.SANDBOX",
}
LOGIN = {"login-account": "accountTypes/GOOGLE_ADS/accounts/9998887777"}
PARENT = "/v1/accountTypes/GOOGLE_ADS/accounts/1234567890/userLists"
DESTINATIONS = (
    '[{"reference":"d1","loginAccount":{"accountId":"9998887777","accountType":1},'
    '"operatingAccount":{"accountId":"1234567890","accountType":1},"productDestinationId":"777"}]'
)
VALUES = {name: sha(name) for name in ("email", "phone", "given", "family")}
MEMBERS = json.dumps(
    [
        {
            "userData": {
                "userIdentifiers": [
                    {"emailAddress": VALUES["email"]},
                    {"phoneNumber": VALUES["phone"]},
                    {
                        "address": {
                            "givenName": VALUES["given"],
                            "familyName": VALUES["family"],
                            "regionCode": "US",
                            "postalCode": "94045",
                        }
                    },
                ]
            }
        }
    ],
    indent=2,
)
KEYS = {
    ("emailAddress", VALUES["email"]),
    ("phoneNumber", VALUES["phone"]),
    ("address", f"{VALUES['given']} {VALUES['family']} US 94045"),
}
INGEST = (
    f'{{"destinations":{DESTINATIONS},"audienceMembers":{MEMBERS},"consent":{{"adUserData":1,"adPersonalization":1}},'
    '"encoding":1,"termsOfService":{"customerMatchTermsOfServiceStatus":1}}'
)


@pytest.fixture
async def recorded(wire: Wire) -> AsyncIterator[Wire]:
    """The pretend Google with the app, the tokens and the list of the recording."""
    state = wire.google.state
    state.apps["cid"] = "sec"
    grant = state.tokens.new_grant(seeds.USER, "cid", (seeds.DATA_MANAGER,), "1//RT")
    state.tokens.access["ya29.SANDBOX"] = Token("ya29.SANDBOX", grant, grant.scopes, wire.world.clock.now() + 3_599)
    state.lists["777"] = UserList("777", MAIN, {"displayName": "VIP", "ingestedUserListInfo": CONTACTS})
    yield wire


async def sdk(wire: Wire, method: str, target: str, body: str = "", **headers: str) -> dict[str, Any]:
    answer: httpx2.Response = await wire.client.request(
        method, f"/google{target}", content=body.encode(), headers={**HEADERS, **headers}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_client_uploads(recorded: Wire) -> None:
    answer = await sdk(recorded, "POST", f"/v1/audienceMembers:ingest?{ALT}", INGEST)
    assert len(answer["requestId"]) == 36
    assert set(recorded.list("777").members.all_keys()) == KEYS


async def test_the_client_validates_a_removal(recorded: Wire) -> None:
    await sdk(recorded, "POST", f"/v1/audienceMembers:ingest?{ALT}", INGEST)
    body = f'{{"destinations":{DESTINATIONS},"audienceMembers":{MEMBERS},"validateOnly":true,"encoding":1}}'
    await sdk(recorded, "POST", f"/v1/audienceMembers:remove?{ALT}", body)
    assert set(recorded.list("777").members.all_keys()) == KEYS


async def test_the_client_empties_as_of_a_time(recorded: Wire) -> None:
    await sdk(recorded, "POST", f"/v1/audienceMembers:ingest?{ALT}", INGEST)
    body = f'{{"destinations":{DESTINATIONS},"removeAsOfTime":"2020-11-18T11:06:40Z"}}'
    await sdk(recorded, "POST", f"/v1/audienceMembers:removeAll?{ALT}", body)
    assert set(recorded.list("777").members.all_keys()) == KEYS


async def test_the_client_asks_for_a_status(recorded: Wire) -> None:
    made = await sdk(recorded, "POST", f"/v1/audienceMembers:ingest?{ALT}", INGEST)
    found = await sdk(recorded, "GET", f"/v1/requestStatus:retrieve?requestId={made['requestId']}&{ALT}")
    (status,) = found["requestStatusPerDestination"]
    assert (status["requestStatus"], status["destination"]["operatingAccount"]["accountType"]) == (2, 1)


@pytest.mark.parametrize(("query", "lists"), [(ALT, 2), (f"validateOnly=true&{ALT}", 1)])
async def test_the_client_creates_a_list(recorded: Wire, query: str, lists: int) -> None:
    body = (
        '{"displayName":"New","description":"d","membershipDuration":"46656000s",'
        '"ingestedUserListInfo":{"uploadKeyTypes":[1],"contactIdInfo":{"dataSourceType":1}}}'
    )
    params = "parent=accountTypes/GOOGLE_ADS/accounts/1234567890"
    found = await sdk(recorded, "POST", f"{PARENT}?{query}", body, **LOGIN, **{"x-goog-request-params": params})
    assert found["ingestedUserListInfo"]["uploadKeyTypes"] == [1]
    assert len(recorded.google.state.lists) == lists


async def test_the_client_reads_renames_finds_and_deletes(recorded: Wire) -> None:
    change = '{"displayName":"VIP2","membershipStatus":2}'
    await sdk(recorded, "PATCH", f"{PARENT}/777?updateMask=displayName%2CmembershipStatus&{ALT}", change, **LOGIN)
    read = await sdk(recorded, "GET", f"{PARENT}/777?{ALT}", **LOGIN)
    listed = await sdk(recorded, "GET", f"{PARENT}?pageSize=100&filter=display_name+%3D+%22VIP2%22&{ALT}", **LOGIN)
    assert (read["displayName"], read["membershipStatus"], listed["userLists"]) == ("VIP2", 2, [read])
    assert await sdk(recorded, "DELETE", f"{PARENT}/777?{ALT}", **LOGIN) == {}
    assert recorded.google.state.lists == {}


async def test_the_client_refreshes_its_token(recorded: Wire) -> None:
    body = (
        "grant_type=refresh_token&client_id=cid&client_secret=sec&refresh_token=1%2F%2FRT"
        "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdatamanager"
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await sdk(recorded, "POST", "/token", body, **form))["scope"] == seeds.DATA_MANAGER


PEERS_LIST = {"uploadKeyTypes": ["MOBILE_ID"], "mobileIdInfo": {"keySpace": "IOS", "appId": "1"}}


async def test_a_peer_met_the_real_answer_to_contacts_for_a_list_of_devices(recorded: Wire) -> None:
    recorded.list("777").details = {"displayName": "VIP", "ingestedUserListInfo": PEERS_LIST}
    answer = await recorded.client.post(
        f"/google/v1/audienceMembers:ingest?{ALT}", content=INGEST.encode(), headers=HEADERS
    )
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == (400, "There was a problem with the request.")
    assert error["details"][2]["fieldViolations"] == [
        {
            "field": "audience_members[0]",
            "description": "Type of the user list is not applicable for this request.",
            "reason": "INVALID_USER_LIST_TYPE",
        }
    ]
