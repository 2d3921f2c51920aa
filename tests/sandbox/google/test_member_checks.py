"""What the pretend Data Manager API refuses at once: all or nothing."""

import base64
from typing import Any

import httpx2
import pytest

from audience_sync.sandbox.google import seeds
from tests.sandbox.google.wire import (
    MAIN,
    MANAGER,
    SHOP_DE,
    Member,
    Wire,
    destination,
    email,
    people,
    person,
    reason,
    reasons,
    sha,
)

ADDRESS = {"givenName": sha("a"), "familyName": sha("b"), "regionCode": "US", "postalCode": "94045"}
DEVICE = "38400000-8cf0-11bd-b23e-10b96e40000d"


def identified(**identifier: Any) -> Member:
    return {"userData": {"userIdentifiers": [identifier]}}


def address(**changes: str) -> Member:
    return identified(address={**ADDRESS, **changes})


async def refused(wire: Wire, members: list[Member], **more: Any) -> list[tuple[str, str]]:
    """The fields at fault of an upload to a list of contacts, which stays empty."""
    list_id = await wire.made()
    answer = await wire.send("ingest", list_id, members, **more)
    assert answer.status_code == 400, answer.text
    assert wire.values(list_id) == set()
    return reasons(answer)


MEMBER_FAULTS = [
    ({}, "", "INVALID_AUDIENCE_MEMBER"),
    ({"userData": {"userIdentifiers": []}}, ".user_data.user_identifiers", "REQUIRED_FIELD_MISSING"),
    (identified(), ".user_data.user_identifiers[0]", "REQUIRED_FIELD_MISSING"),
    (identified(emailAddress="z" * 64), ".user_data.user_identifiers[0].email_address", "INVALID_HEX_ENCODING"),
    (identified(phoneNumber="ab" * 31), ".user_data.user_identifiers[0].phone_number", "INVALID_SHA256_FORMAT"),
    (address(postalCode=""), ".user_data.user_identifiers[0].address.postal_code", "REQUIRED_FIELD_MISSING"),
    (address(givenName="Mary"), ".user_data.user_identifiers[0].address.given_name", "INVALID_HEX_ENCODING"),
    (address(regionCode="USA"), ".user_data.user_identifiers[0].address.region_code", "INVALID_REGION_CODE"),
    (address(postalCode="9404"), ".user_data.user_identifiers[0].address.postal_code", "INVALID_POSTAL_CODE"),
    (person(*[email(n) for n in range(11)]), ".user_data.user_identifiers", "TOO_MANY_USER_IDENTIFIERS"),
]


@pytest.mark.parametrize(("member", "field", "why"), MEMBER_FAULTS)
async def test_one_bad_member_refuses_the_request_and_is_named_by_its_index(
    wire: Wire, member: Member, field: str, why: str
) -> None:
    assert await refused(wire, [*people(3), member, *people(2, 10)]) == [(f"audience_members[3]{field}", why)]


async def test_every_bad_member_is_named_up_to_a_limit(wire: Wire) -> None:
    wire.configure(most_violations=2)
    found = await refused(wire, [person("a"), *people(2), person("b"), person("c")])
    assert [field.partition(".")[0] for field, _ in found] == ["audience_members[0]", "audience_members[3]"]


async def test_the_longer_spelling_of_an_index_is_known_too(wire: Wire) -> None:
    wire.configure(long_paths=True)
    (found,) = await refused(wire, [person("a")])
    assert found[0].startswith("audience_members.audience_members[0].user_data")


async def test_addresses_outside_the_states_have_any_postal_code(wire: Wire) -> None:
    member = address(regionCode="PT", postalCode="1229-076")
    assert (await wire.send("ingest", await wire.made(), [member])).status_code == 200


async def test_hashes_are_the_same_in_either_case_and_in_base64(wire: Wire) -> None:
    list_id = await wire.made()
    digest = bytes.fromhex(email(1))
    await wire.ingest(list_id, [person(email(1).upper())])
    await wire.ingest(list_id, [person(base64.b64encode(digest).decode())], encoding="BASE64")
    assert wire.values(list_id) == {email(1)}


@pytest.mark.parametrize(
    ("value", "why"), [("not base64!", "INVALID_BASE64_ENCODING"), ("c2hvcnQ=", "INVALID_SHA256_FORMAT")]
)
async def test_base64_must_hold_a_hash(wire: Wire, value: str, why: str) -> None:
    (found,) = await refused(wire, [person(value)], encoding="BASE64")
    assert found[1] == why


REQUEST_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"encoding": "ENCODING_UNSPECIFIED"}, "encoding", "REQUIRED_FIELD_MISSING"),
    ({"termsOfService": {}}, "terms_of_service", "TERMS_AND_CONDITIONS_NOT_SIGNED"),
    (
        {"termsOfService": {"customerMatchTermsOfServiceStatus": "REJECTED"}},
        "terms_of_service",
        "TERMS_AND_CONDITIONS_NOT_SIGNED",
    ),
    ({"destinations": []}, "destinations", "REQUIRED_FIELD_MISSING"),
    ({"destinations": [destination("1")] * 11}, "destinations", "TOO_MANY_DESTINATIONS"),
    (
        {"destinations": [destination("1", reference="d")] * 2},
        "destinations",
        "DUPLICATE_DESTINATION_REFERENCE",
    ),
    ({"destinations": [{}]}, "destinations[0].operating_account", "REQUIRED_FIELD_MISSING"),
    ({"destinations": [destination("1")]}, "destinations[0].product_destination_id", "INVALID_USER_LIST_ID"),
    ({"destinations": [destination("")]}, "destinations[0].product_destination_id", "REQUIRED_FIELD_MISSING"),
    ({"destinations": [destination("1", "123-456")]}, "destinations[0].operating_account", "INVALID_DESTINATION"),
    (
        {"destinations": [{"operatingAccount": {"accountType": "DATA_PARTNER", "accountId": MAIN}}]},
        "destinations[0].operating_account",
        "DESTINATION_ACCOUNT_TYPE_MISMATCH",
    ),
    (
        {"destinations": [destination("1", linkedAccount={"accountType": "GOOGLE_ADS", "accountId": MAIN})]},
        "destinations[0].linked_account",
        "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT",
    ),
    ({"audienceMembers": []}, "audience_members", "REQUIRED_FIELD_MISSING"),
    ({"audienceMembers": people(10_001)}, "audience_members", "TOO_MANY_AUDIENCE_MEMBERS"),
    (
        {"audienceMembers": [person(email(1)), {"userIdData": {"userId": "7"}}]},
        "audience_members",
        "MULTIPLE_DATA_TYPES_NOT_ALLOWED",
    ),
    ({"audienceMembers": [{"pairData": {"pairIds": ["p"]}}]}, "audience_members", "NOT_ALLOWLISTED"),
    ({"audienceMembers": [{"mobileData": {"mobileIds": [DEVICE]}}]}, "audience_members[0]", "INVALID_USER_LIST_TYPE"),
    (
        {"audienceMembers": [person(email(1), destinationReferences=["elsewhere"])]},
        "audience_members[0].destination_references",
        "INVALID_DESTINATION",
    ),
]


@pytest.mark.parametrize(("change", "field", "why"), REQUEST_FAULTS)
async def test_a_wrong_request_is_refused_by_its_field(
    wire: Wire, change: dict[str, Any], field: str, why: str
) -> None:
    assert await refused(wire, people(1), **change) == [(field, why)]


async def test_an_account_that_has_not_signed_is_refused(wire: Wire) -> None:
    wire.configure(terms_missing=[MAIN])
    assert await refused(wire, people(1)) == [("terms_of_service", "TERMS_AND_CONDITIONS_NOT_SIGNED")]


async def test_ten_thousand_members_are_accepted(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(10_000))
    assert len(wire.values(list_id)) == 10_000


async def through(wire: Wire, login: str, token: str) -> httpx2.Response:
    """An upload to a list of a manager's client, signed in at `login`."""
    made = wire.google.state.new_list(SHOP_DE, {"ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID"]}})
    account = {"loginAccount": {"accountType": "GOOGLE_ADS", "accountId": login}} if login else {}
    where = destination(made.id, SHOP_DE, **account)
    body = {
        "destinations": [where],
        "audienceMembers": people(1),
        "encoding": "HEX",
        "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
    }
    return await wire.call("POST", "v1/audienceMembers:ingest", json=body, token=token)


@pytest.mark.parametrize("token", [seeds.USER_TOKEN, seeds.AGENT_TOKEN])
async def test_a_client_takes_members_through_its_manager(wire: Wire, token: str) -> None:
    assert (await through(wire, MANAGER, token)).status_code == 200


@pytest.mark.parametrize(("login", "status"), [("", 403), (MAIN, 400), ("1", 403)])
async def test_a_client_takes_no_members_by_another_way(wire: Wire, login: str, status: int) -> None:
    assert (await through(wire, login, seeds.USER_TOKEN)).status_code == status


async def test_two_kinds_of_identifier_in_one_place_are_one_too_many(wire: Wire) -> None:
    member = identified(emailAddress=email(1), phoneNumber=email(2))
    answer = await wire.send("ingest", await wire.made(), [member])
    assert "oneof field 'identifier' is already set. Cannot set 'phoneNumber'" in answer.json()["error"]["message"]


async def test_a_field_that_others_invented_is_unknown(wire: Wire) -> None:
    answer = await wire.send("ingest", await wire.made(), [identified(addressInfo={})])
    place = "audience_members[0].user_data.user_identifiers[0]"
    assert f"Unknown name \"addressInfo\" at '{place}'" in answer.json()["error"]["message"]


async def test_a_removal_has_neither_consent_nor_terms(wire: Wire) -> None:
    answer = await wire.send("remove", await wire.made(), people(1), consent={})
    assert answer.status_code == 400
    assert (await wire.send("remove", await wire.made("Other"), people(1))).status_code == 200


async def test_a_request_that_only_validates_leaves_no_trace(wire: Wire) -> None:
    list_id = await wire.made()
    request_id = await wire.ingest(list_id, people(3), validateOnly=True)
    answer = await wire.call("GET", "v1/requestStatus:retrieve", params={"requestId": request_id})
    assert wire.values(list_id) == set()
    assert reasons(answer) == [("request_id", "INVALID_REQUEST_ID")]


async def test_a_colon_may_come_escaped(wire: Wire) -> None:
    list_id = await wire.made()
    body = {"destinations": [destination(list_id)], "audienceMembers": people(1), "encoding": 1}
    assert (await wire.call("POST", "v1/audienceMembers%3Aremove", json=body)).status_code == 200


async def test_a_token_without_the_scope_sends_nothing(wire: Wire) -> None:
    state = wire.google.state
    narrow = state.tokens.issue(state.tokens.grants[0], (seeds.ADWORDS,), wire.world.clock.now() + 60)
    answer = await wire.call("POST", "v1/audienceMembers:remove", json={}, token=narrow.value)
    assert reason(answer) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


async def test_an_account_that_may_not_upload_is_refused(wire: Wire) -> None:
    list_id = await wire.made()
    wire.configure(ineligible_accounts=[MAIN])
    answer = await wire.send("ingest", list_id, people(1))
    assert reasons(answer) == [("destinations[0].operating_account", "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA")]


@pytest.mark.parametrize(
    ("member", "field", "why"),
    [
        ({"userIdData": {}}, "user_id_data.user_id", "REQUIRED_FIELD_MISSING"),
        ({"mobileData": {"mobileIds": ["7"]}}, "mobile_data.mobile_ids[0]", "INVALID_MOBILE_ID_FORMAT"),
        ({"compositeData": {}}, "composite_data", "REQUIRED_FIELD_MISSING"),
        (
            {"compositeData": {"ipData": [{"ipAddress": "300.0.0.1"}]}},
            "composite_data.ip_data[0].ip_address",
            "INVALID_FORMAT",
        ),
    ],
)
async def test_other_kinds_of_data_are_checked_too(wire: Wire, member: Member, field: str, why: str) -> None:
    assert await refused(wire, [member]) == [(f"audience_members[0].{field}", why)]
