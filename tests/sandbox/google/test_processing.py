"""What becomes of accepted member requests: later, in the sandbox's own time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.sandbox.google.requests import match_range
from audience_sync.sandbox.google.userlist import rounded
from tests.sandbox.google.wire import GRANTED, Wire, destination, email, lists_path, people, person, reasons, sha

DAY = 86_400
DENIED = {"adUserData": "CONSENT_DENIED", "adPersonalization": "CONSENT_GRANTED"}
HALF = {"adUserData": "CONSENT_GRANTED"}


async def sizes(wire: Wire, list_id: str) -> dict[str, int]:
    return {name: int(count) for name, count in (await wire.read(list_id))["sizeInfo"].items()}


async def retrieve(wire: Wire, request_id: str) -> Any:
    return await wire.call("GET", "v1/requestStatus:retrieve", params={"requestId": request_id})


def numbers(status: dict[str, Any]) -> dict[str, Any]:
    """The numbers of an upload of contacts."""
    found: dict[str, Any] = status["audienceMembersIngestionStatus"]["userDataIngestionStatus"]
    return found


def errors(status: dict[str, Any]) -> dict[str, int]:
    counts = status.get("errorInfo", {}).get("errorCounts", [])
    return {each["reason"].removeprefix("PROCESSING_ERROR_REASON_"): int(each["recordCount"]) for each in counts}


async def test_a_request_is_processing_until_its_time_has_passed(wire: Wire) -> None:
    request_id = await wire.ingest(await wire.made(), people(3))
    assert (await wire.status(request_id))["requestStatus"] == "PROCESSING"
    wire.world.clock.advance(wire.google.state.settings.processing_seconds)
    assert (await wire.status(request_id))["requestStatus"] == "SUCCESS"


async def test_a_status_names_its_destination_and_counts_records_and_identifiers(wire: Wire) -> None:
    list_id = await wire.made()
    both = {"userData": {"userIdentifiers": [{"emailAddress": email(1)}, {"phoneNumber": sha("+1")}]}}
    where = destination(list_id, reference="d1")
    status = await wire.settled(await wire.ingest(list_id, [both, person(email(2))], destinations=[where]))
    assert status["destination"] == where
    assert (numbers(status)["recordCount"], numbers(status)["userIdentifierCount"]) == ("2", "3")


async def test_members_are_there_at_once_and_sizes_later(wire: Wire) -> None:
    list_id = await wire.made()
    request_id = await wire.ingest(list_id, people(1_000))
    assert len(wire.values(list_id)) == 1_000
    assert await sizes(wire, list_id) == {}
    await wire.settled(request_id)
    assert set(await sizes(wire, list_id)) == {
        "displayNetworkMembersCount",
        "searchNetworkMembersCount",
        "youtubeMembersCount",
        "gmailMembersCount",
    }


async def test_sizes_count_matched_people_to_two_digits(wire: Wire) -> None:
    wire.configure(match_share=1.0)
    list_id = await wire.made()
    await wire.settled(await wire.ingest(list_id, people(1_234)))
    assert (await sizes(wire, list_id))["searchNetworkMembersCount"] == 1_200


async def test_a_list_with_few_matched_people_has_no_size(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.settled(await wire.ingest(list_id, people(99)))
    assert await sizes(wire, list_id) == {}


async def test_the_match_rate_is_on_lists_of_contacts(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.settled(await wire.ingest(list_id, people(2_000)))
    info = (await wire.read(list_id))["ingestedUserListInfo"]
    assert 69 <= info["contactIdInfo"]["matchRatePercentage"] <= 75


async def test_an_upload_is_matched_by_a_range(wire: Wire) -> None:
    status = await wire.settled(await wire.ingest(await wire.made(), people(2_000)))
    assert numbers(status)["uploadMatchRateRange"] == "MATCH_RATE_RANGE_71_TO_80"


async def test_a_small_upload_is_not_eligible_for_a_range(wire: Wire) -> None:
    status = await wire.settled(await wire.ingest(await wire.made(), people(99)))
    assert numbers(status)["uploadMatchRateRange"] == "MATCH_RATE_RANGE_NOT_ELIGIBLE"


@given(st.floats(0, 1))
def test_a_share_lies_within_its_range(share: float) -> None:
    words = match_range(share).removeprefix("MATCH_RATE_RANGE_")
    low, _, high = ("0_TO_19" if words == "LESS_THAN_20" else words).partition("_TO_")
    assert int(low) <= round(100 * share) <= int(high)


@given(st.integers(0, 10**7))
def test_rounding_keeps_two_digits_and_never_adds(count: int) -> None:
    assert rounded(count) <= count < rounded(count) + max(1, count // 10 + 1)
    assert len(str(rounded(count)).rstrip("0")) <= 2


async def test_other_kinds_of_data_are_counted_in_their_own_words(wire: Wire) -> None:
    mobile = {"uploadKeyTypes": ["MOBILE_ID"], "mobileIdInfo": {"keySpace": "IOS", "appId": "1"}}
    devices = [{"mobileData": {"mobileIds": ["38400000-8cf0-11bd-b23e-10b96e40000d"]}}]
    users = [{"userIdData": {"userId": "7"}}]
    first = await wire.ingest(await wire.made("M", ingestedUserListInfo=mobile), devices)
    second = await wire.ingest(await wire.made("U", ingestedUserListInfo={"uploadKeyTypes": ["USER_ID"]}), users)
    assert (await wire.settled(first))["audienceMembersIngestionStatus"] == {
        "mobileDataIngestionStatus": {"recordCount": "1", "mobileIdCount": "1"}
    }
    assert (await wire.settled(second))["audienceMembersIngestionStatus"] == {
        "userIdDataIngestionStatus": {"recordCount": "1", "userIdCount": "1"}
    }


async def test_composite_data_is_counted_by_type(wire: Wire) -> None:
    member = {"compositeData": {"userData": person(email(1))["userData"], "ipData": [{"ipAddress": "192.0.2.7"}]}}
    status = await wire.settled(await wire.ingest(await wire.made(), [member]))
    found = status["audienceMembersIngestionStatus"]["compositeDataIngestionStatus"]
    assert found["dataTypeCounts"] == [{"type": "EMAIL", "count": "1"}, {"type": "IP_ADDRESS", "count": "1"}]


async def test_a_removal_and_an_emptying_have_statuses_of_their_own(wire: Wire) -> None:
    list_id = await wire.made()
    removal = await wire.settled(await wire.remove(list_id, people(2)))
    emptying = await wire.settled(await wire.remove_all(list_id))
    assert removal["audienceMembersRemovalStatus"] == {
        "userDataRemovalStatus": {"recordCount": "2", "userIdentifierCount": "2"}
    }
    assert emptying["removeAllAudienceMembersStatus"] == {}


async def test_each_destination_gets_its_members_and_has_its_status(wire: Wire) -> None:
    first, second = await wire.made("1"), await wire.made("2")
    where = [destination(first, reference="a"), destination(second, reference="b")]
    members = [person(email(1), destinationReferences=["a"]), person(email(2))]
    answer = await retrieve(wire, await wire.ingest(first, members, destinations=where))
    assert len(answer.json()["requestStatusPerDestination"]) == 2
    assert (wire.values(first), wire.values(second)) == ({email(1), email(2)}, {email(2)})


async def test_a_list_that_never_settles_stays_processing(wire: Wire) -> None:
    list_id = await wire.made()
    wire.google.mark(list_id, "never_settles", on=True)
    assert (await wire.settled(await wire.ingest(list_id, people(3))))["requestStatus"] == "PROCESSING"


@pytest.mark.parametrize("by_mark", [True, False])
async def test_a_failed_request_has_applied_nothing(wire: Wire, by_mark: bool) -> None:
    list_id = await wire.made()
    if by_mark:
        wire.google.mark(list_id, "fails", on=True)
    else:
        wire.fail("fails", path="ingest")
    status = await wire.settled(await wire.ingest(list_id, people(3)))
    assert (status["requestStatus"], errors(status)) == ("FAILED", {"INTERNAL_ERROR": 3})
    assert wire.values(list_id) == set()


async def test_a_failed_emptying_keeps_everybody(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(3))
    wire.fail("fails", path="removeAll")
    assert (await wire.settled(await wire.remove_all(list_id)))["requestStatus"] == "FAILED"
    assert len(wire.values(list_id)) == 3


async def test_a_request_may_fail_in_part_for_a_reason(wire: Wire) -> None:
    list_id = await wire.made()
    wire.fail("partial:INVALID_FORMAT")
    status = await wire.settled(await wire.ingest(list_id, people(400)))
    missing = 400 - len(wire.values(list_id))
    assert (status["requestStatus"], errors(status)) == ("PARTIAL_SUCCESS", {"INVALID_FORMAT": missing})
    assert 60 < missing < 140
    assert numbers(status)["recordCount"] == "400"


async def test_in_europe_members_need_both_consents(wire: Wire) -> None:
    list_id = await wire.made()
    wire.google.mark(list_id, "eea", on=True)
    members = [
        person(email(1), consent=GRANTED),
        person(email(2), consent=DENIED),
        person(email(3), consent=HALF),
        person(email(4)),
        person(email(5)),
    ]
    status = await wire.settled(await wire.ingest(list_id, members, consent={}))
    assert errors(status) == {"DENIED_CONSENT": 1, "UNKNOWN_CONSENT": 1, "NO_CONSENT": 2}
    assert wire.values(list_id) == {email(1)}


async def test_the_consent_of_the_request_stands_for_members_without_their_own(wire: Wire) -> None:
    list_id = await wire.made()
    wire.google.mark(list_id, "eea", on=True)
    await wire.ingest(list_id, [person(email(1)), person(email(2), consent=DENIED)])
    assert wire.values(list_id) == {email(1)}


async def test_a_removal_needs_no_consent(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(2))
    wire.google.mark(list_id, "eea", on=True)
    await wire.remove(list_id, people(2))
    assert wire.values(list_id) == set()


async def test_values_that_nobody_can_open_fail(wire: Wire) -> None:
    key = {
        "gcpWrappedKeyInfo": {"keyType": "XCHACHA20_POLY1305", "wipProvider": "w", "kekUri": "k", "encryptedDek": "d"}
    }
    status = await wire.settled(await wire.ingest(await wire.made(), people(2), encryptionInfo=key))
    assert (status["requestStatus"], errors(status)) == ("FAILED", {"DEK_DECRYPTION_ERROR": 2})


async def test_a_request_that_was_never_made_is_unknown(wire: Wire) -> None:
    assert reasons(await retrieve(wire, "126365e1-16d0-4c81-9de9-f362711e250a")) == [
        ("request_id", "INVALID_REQUEST_ID")
    ]


async def test_a_request_is_forgotten_after_fifty_days(wire: Wire) -> None:
    request_id = await wire.ingest(await wire.made(), people(1))
    wire.world.clock.advance(50 * DAY + 60)
    assert reasons(await retrieve(wire, request_id)) == [("request_id", "REQUEST_TOO_OLD")]


async def test_numbers_are_answered_to_those_who_want_them(wire: Wire) -> None:
    request_id = await wire.ingest(await wire.made(), people(200))
    wire.world.clock.advance(60)
    params = {"requestId": request_id, "$alt": "json;enum-encoding=int"}
    answer = await wire.call("GET", "v1/requestStatus:retrieve", params=params)
    (status,) = answer.json()["requestStatusPerDestination"]
    assert (status["requestStatus"], numbers(status)["uploadMatchRateRange"]) == (1, 8)


async def test_a_deleted_list_takes_no_members(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.call("DELETE", f"{lists_path('1234567890')}/{list_id}")
    answer = await wire.send("ingest", list_id, people(1))
    assert reasons(answer) == [("destinations[0].product_destination_id", "INVALID_USER_LIST_ID")]
