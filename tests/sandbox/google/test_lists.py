"""User lists of the pretend Data Manager API as objects."""

from typing import Any

import httpx2
import pytest

from audience_sync.sandbox.google import seeds
from tests.sandbox.google.wire import CONTACTS, MAIN, MANAGER, SHOP_DE, Wire, lists_path, reason, reasons

THROUGH_MANAGER = {"login-account": f"accountTypes/GOOGLE_ADS/accounts/{MANAGER}"}
INFO = "user_list.ingested_user_list_info"
MOBILE = {"uploadKeyTypes": ["MOBILE_ID"], "mobileIdInfo": {"keySpace": "IOS", "appId": "123"}}


async def patch(wire: Wire, list_id: str, body: dict[str, Any], mask: str = "", **query: str) -> httpx2.Response:
    params = {**({"updateMask": mask} if mask else {}), **query}
    return await wire.call("PATCH", f"{lists_path(MAIN)}/{list_id}", json=body, params=params)


async def names(wire: Wire, **params: Any) -> list[str]:
    answer = await wire.call("GET", lists_path(MAIN), params=params)
    assert answer.status_code == 200, answer.text
    return [each["displayName"] for each in answer.json()["userLists"]]


async def test_a_new_list_is_answered_as_a_whole(wire: Wire) -> None:
    found = (await wire.create(description="d", integrationCode="seg-42")).json()
    assert found == {
        "name": f"accountTypes/GOOGLE_ADS/accounts/{MAIN}/userLists/{found['id']}",
        "id": found["id"],
        "accountAccessStatus": "ENABLED",
        "displayName": "VIP",
        "description": "d",
        "integrationCode": "seg-42",
        "membershipStatus": "OPEN",
        "membershipDuration": "46656000s",
        "accessReason": "OWNED",
        "sizeInfo": {},
        "targetNetworkInfo": {"eligibleForDisplay": True, "eligibleForSearch": True},
        "ingestedUserListInfo": CONTACTS,
    }


async def test_default_values_are_shown_where_wanted(wire: Wire) -> None:
    wire.configure(sparse=False)
    found = (await wire.create()).json()
    assert (found["readOnly"], found["sizeInfo"]["searchNetworkMembersCount"]) == (False, "0")


async def test_names_may_come_in_snake_case_and_enums_as_numbers(wire: Wire) -> None:
    info = {"upload_key_types": [1], "contact_id_info": {"data_source_type": 1}}
    body = {"display_name": "VIP", "membership_status": 2, "ingested_user_list_info": info}
    found = (await wire.call("POST", lists_path(MAIN), json=body)).json()
    assert (found["membershipStatus"], found["ingestedUserListInfo"]) == ("CLOSED", CONTACTS)


@pytest.mark.parametrize("key", ["$alt", "alt"])
async def test_enums_are_answered_as_numbers_to_those_who_want_them(wire: Wire, key: str) -> None:
    list_id = await wire.made()
    path = f"{lists_path(MAIN)}/{list_id}"
    found = (await wire.call("GET", path, params={key: "json;enum-encoding=int"})).json()
    assert (found["accessReason"], found["ingestedUserListInfo"]["uploadKeyTypes"]) == (1, [1])


async def test_what_every_address_may_have_is_no_error(wire: Wire) -> None:
    params = {"alt": "json", "prettyPrint": "false", "key": "k", "fields": "*"}
    assert (await wire.call("GET", lists_path(MAIN), params=params)).status_code == 200


async def test_only_validating_leaves_no_trace(wire: Wire) -> None:
    body = {"displayName": "VIP", "ingestedUserListInfo": CONTACTS}
    answer = await wire.call("POST", lists_path(MAIN), json=body, params={"validateOnly": "true"})
    assert answer.status_code == 200
    assert await names(wire) == []


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"displayName": ""}, "user_list.display_name", "REQUIRED_FIELD_MISSING"),
        ({"displayName": "x" * 256}, "user_list.display_name", "INVALID_DISPLAY_NAME"),
        ({"displayName": "AdWords optimized list"}, "user_list.display_name", "USER_LIST_NAME_RESERVED"),
        ({"membershipDuration": "86401s"}, "user_list.membership_duration", "INVALID_ARGUMENT"),
        ({"membershipDuration": "46742400s"}, "user_list.membership_duration", "MEMBERSHIP_DURATION_TOO_LONG"),
        ({"ingestedUserListInfo": {}}, f"{INFO}.upload_key_types", "REQUIRED_FIELD_MISSING"),
        (
            {"ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID", "USER_ID"]}},
            f"{INFO}.upload_key_types",
            "UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES",
        ),
        ({"ingestedUserListInfo": {"uploadKeyTypes": ["PAIR_ID"]}}, f"{INFO}.upload_key_types", "NOT_ALLOWLISTED"),
        (
            {"ingestedUserListInfo": {**MOBILE, "mobileIdInfo": {"keySpace": "IOS"}}},
            f"{INFO}.mobile_id_info.app_id",
            "REQUIRED_FIELD_MISSING",
        ),
        (
            {"ingestedUserListInfo": {**CONTACTS, "userIdInfo": {}}},
            INFO,
            "UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG",
        ),
        (
            {
                "ingestedUserListInfo": {
                    **CONTACTS,
                    "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_THIRD_PARTY_PARTNER_DATA"},
                }
            },
            f"{INFO}.data_source_type",
            "THIRD_PARTY_USER_DATA_NOT_ALLOWED",
        ),
    ],
)
async def test_a_wrong_list_is_refused_by_its_field(wire: Wire, change: dict[str, Any], field: str, why: str) -> None:
    body = {"displayName": "VIP", "ingestedUserListInfo": CONTACTS, **change}
    answer = await wire.call("POST", lists_path(MAIN), json=body)
    assert (answer.status_code, reasons(answer)) == (400, [(field, why)])


async def test_a_list_of_mobile_ids_says_of_which_app(wire: Wire) -> None:
    assert (await wire.create(ingestedUserListInfo=MOBILE)).status_code == 200


async def test_a_name_is_used_once_in_an_account(wire: Wire) -> None:
    await wire.made()
    again = await wire.create()
    elsewhere = await wire.call(
        "POST",
        lists_path(SHOP_DE),
        json={"displayName": "VIP", "ingestedUserListInfo": CONTACTS},
        headers=THROUGH_MANAGER,
    )
    assert reasons(again) == [("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")]
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("ineligible_accounts", "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA"),
        ("undeclared_accounts", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"),
    ],
)
async def test_an_account_that_is_not_ready_gets_no_list(wire: Wire, setting: str, why: str) -> None:
    wire.configure(**{setting: [MAIN]})
    assert reasons(await wire.create()) == [("parent", why)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"displayName": "VIP", "colour": "red"}, 'Unknown name "colour": Cannot find field.'),
        (
            {"displayName": "VIP", "ingestedUserListInfo": {"x": 1}},
            "Unknown name \"x\" at 'ingested_user_list_info': Cannot find field.",
        ),
        ({"displayName": 5}, "Invalid value at 'display_name' (TYPE_STRING), 5"),
        ({"membershipStatus": "HALF"}, "Invalid value at 'membership_status'"),
        ({"membershipDuration": 5}, "Invalid value at 'membership_duration'"),
    ],
)
async def test_what_the_message_does_not_know_is_refused_without_a_reason(
    wire: Wire, body: dict[str, Any], message: str
) -> None:
    answer = await wire.call("POST", lists_path(MAIN), json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert [why for _, why in reasons(answer)] == [""]


async def test_what_is_no_json_is_refused(wire: Wire) -> None:
    answer = await wire.call("POST", lists_path(MAIN), content=b"{", headers={"content-type": "application/json"})
    assert answer.json()["error"]["message"].startswith("Invalid JSON payload received.")


async def test_an_unknown_parameter_is_refused(wire: Wire) -> None:
    answer = await wire.call("GET", lists_path(MAIN), params={"colour": "red"})
    assert 'Unknown name "colour": Cannot bind query parameter.' in answer.json()["error"]["message"]


async def test_a_client_needs_its_manager_in_the_header(wire: Wire) -> None:
    assert reason(await wire.call("GET", lists_path(SHOP_DE))) == (403, "PERMISSION_DENIED")
    assert (await wire.call("GET", lists_path(SHOP_DE), headers=THROUGH_MANAGER)).status_code == 200


async def test_a_manager_without_the_account_is_a_mismatch(wire: Wire) -> None:
    answer = await wire.call("GET", lists_path(seeds.TEST), headers=THROUGH_MANAGER)
    assert reasons(answer) == [("login_account", "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH")]


@pytest.mark.parametrize("path", ["accountTypes/DATA_PARTNER/accounts/1", "accountTypes/GOOGLE_ADS/accounts/123-456"])
async def test_a_name_that_names_no_account_is_refused(wire: Wire, path: str) -> None:
    assert reasons(await wire.call("GET", f"v1/{path}/userLists")) == [("parent", "INVALID_RESOURCE_NAME")]


async def test_a_header_that_names_no_account_is_refused(wire: Wire) -> None:
    answer = await wire.call("GET", lists_path(MAIN), headers={"login-account": MANAGER})
    assert reasons(answer) == [("login-account", "INVALID_RESOURCE_NAME")]


async def test_lists_come_page_by_page(wire: Wire) -> None:
    for n in range(5):
        await wire.made(f"List {n}")
    first = (await wire.call("GET", lists_path(MAIN), params={"pageSize": 3})).json()
    rest = await names(wire, pageSize=3, pageToken=first["nextPageToken"])
    assert [each["displayName"] for each in first["userLists"]] == ["List 0", "List 1", "List 2"]
    assert rest == ["List 3", "List 4"]


async def test_a_page_has_fifty_lists_unless_asked_otherwise_and_never_above_a_thousand(wire: Wire) -> None:
    for n in range(1_001):
        wire.google.state.new_list(MAIN, {"displayName": str(n), "ingestedUserListInfo": CONTACTS})
    assert (len(await names(wire)), len(await names(wire, pageSize=5_000))) == (50, 1_000)


async def test_a_page_token_is_good_for_the_same_question_only(wire: Wire) -> None:
    for n in range(3):
        await wire.made(f"List {n}")
    token = (await wire.call("GET", lists_path(MAIN), params={"pageSize": 1})).json()["nextPageToken"]
    for params in ({"pageSize": 2, "pageToken": token}, {"pageToken": "!"}):
        answer = await wire.call("GET", lists_path(MAIN), params=params)
        assert reasons(answer) == [("page_token", "INVALID_PAGE_TOKEN")]


async def test_lists_are_narrowed_by_name_and_by_code(wire: Wire) -> None:
    await wire.made("VIP", integrationCode="seg-1")
    await wire.made("Other", integrationCode="seg-2")
    assert await names(wire, filter='display_name = "VIP"') == ["VIP"]
    assert await names(wire, filter='integrationCode = "seg-2"') == ["Other"]


async def test_a_filter_that_cannot_be_read_is_refused(wire: Wire) -> None:
    answer = await wire.call("GET", lists_path(MAIN), params={"filter": "colour = red"})
    assert reasons(answer) == [("filter", "INVALID_FILTER")]


async def test_only_the_fields_of_the_mask_change(wire: Wire) -> None:
    list_id = await wire.made(description="d")
    answer = await patch(wire, list_id, {"displayName": "New", "description": "x"}, "displayName,membershipStatus")
    assert (answer.json()["displayName"], answer.json()["description"]) == ("New", "d")


async def test_without_a_mask_everything_that_was_sent_counts(wire: Wire) -> None:
    list_id = await wire.made()
    answer = await patch(wire, list_id, {"displayName": "New", "membershipStatus": "CLOSED", "id": list_id})
    assert (answer.json()["displayName"], answer.json()["membershipStatus"]) == ("New", "CLOSED")


async def test_a_field_that_the_mask_names_and_the_body_leaves_out_is_cleared(wire: Wire) -> None:
    list_id = await wire.made(description="d")
    assert "description" not in (await patch(wire, list_id, {}, "description")).json()


async def test_an_update_may_keep_its_own_name_but_not_take_another_s(wire: Wire) -> None:
    list_id, _ = await wire.made(), await wire.made("Other")
    assert (await patch(wire, list_id, {"displayName": "VIP"})).status_code == 200
    answer = await patch(wire, list_id, {"displayName": "Other"})
    assert reasons(answer) == [("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")]


@pytest.mark.parametrize(
    ("mask", "field", "why"),
    [
        ("colour", "update_mask", "INVALID_UPDATE_MASK"),
        ("ingestedUserListInfo", INFO, "IMMUTABLE_FIELD_FOR_UPDATE"),
        ("id", "user_list.id", "IMMUTABLE_FIELD_FOR_UPDATE"),
    ],
)
async def test_what_is_fixed_cannot_be_updated(wire: Wire, mask: str, field: str, why: str) -> None:
    answer = await patch(wire, await wire.made(), {"ingestedUserListInfo": MOBILE}, mask)
    assert reasons(answer) == [(field, why)]


async def test_the_kind_of_keys_is_fixed_without_a_mask_too(wire: Wire) -> None:
    answer = await patch(wire, await wire.made(), {"ingestedUserListInfo": MOBILE})
    assert reasons(answer) == [(INFO, "IMMUTABLE_FIELD_FOR_UPDATE")]


async def test_a_list_of_somebody_else_can_only_be_read(wire: Wire) -> None:
    list_id = await wire.made()
    wire.google.mark(list_id, "shared", on=True)
    found = await wire.read(list_id)
    answer = await patch(wire, list_id, {"displayName": "Mine"})
    assert (found["accessReason"], found["readOnly"]) == ("SHARED", True)
    assert reasons(answer) == [("user_list.name", "OWNERSHIP_REQUIRED_FOR_UPDATE")]


async def test_google_closes_lists_that_nobody_uses(wire: Wire) -> None:
    list_id = await wire.made()
    wire.google.mark(list_id, "unused", on=True)
    found = await wire.read(list_id)
    assert (found["membershipStatus"], found["closingReason"]) == ("CLOSED", "UNUSED")


async def test_a_deleted_list_is_gone(wire: Wire) -> None:
    path = f"{lists_path(MAIN)}/{await wire.made()}"
    assert (await wire.call("DELETE", path)).json() == {}
    for method in ("GET", "DELETE"):
        assert reason(await wire.call(method, path)) == (404, "NOT_FOUND")


async def test_an_address_that_nobody_serves_is_a_page(wire: Wire) -> None:
    answer = await wire.call("GET", "v2/whatever")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("account", ["1000000001", seeds.CANCELED])
async def test_an_account_that_is_not_there_or_not_enabled_is_refused(wire: Wire, account: str) -> None:
    assert reason(await wire.call("GET", lists_path(account))) == (403, "PERMISSION_DENIED")


async def test_changes_and_deletions_can_be_validated_only(wire: Wire) -> None:
    list_id = await wire.made()
    await patch(wire, list_id, {"displayName": "New"}, validateOnly="true")
    await wire.call("DELETE", f"{lists_path(MAIN)}/{list_id}", params={"validateOnly": "true"})
    assert (await wire.read(list_id))["displayName"] == "VIP"


async def test_a_page_of_less_than_nothing_is_refused(wire: Wire) -> None:
    answer = await wire.call("GET", lists_path(MAIN), params={"pageSize": -1})
    assert reasons(answer) == [("page_size", "INVALID_ARGUMENT")]


@pytest.mark.parametrize(
    ("body", "field", "why"),
    [
        ({"name": "accountTypes/GOOGLE_ADS/accounts/1/userLists/2"}, "user_list.name", "INVALID_RESOURCE_NAME"),
        ({}, "user_list.display_name", "REQUIRED_FIELD_MISSING"),
    ],
)
async def test_a_list_keeps_its_place_and_has_a_name(wire: Wire, body: dict[str, Any], field: str, why: str) -> None:
    assert reasons(await patch(wire, await wire.made(), body, "displayName")) == [(field, why)]
