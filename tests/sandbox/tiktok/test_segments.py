"""The streaming way: audiences, and who is mapped into and out of them."""

from typing import Any

import pytest

from tests.sandbox.tiktok.business import DMP, FOREIGN, MAIN, SECONDARY, Business, emails, lines, sha

BOTH = ["EMAIL_SHA256", "PHONE_SHA256"]
ANN, BOB = [sha("ann@example.com"), sha("+1")], [sha("bob@example.com"), sha("+2")]


def cell(value: str, *audiences: str) -> dict[str, Any]:
    return {"id": value, "audience_ids": list(audiences)}


async def test_a_new_audience_is_empty_and_of_the_partner_type(business: Business) -> None:
    found = await business.details(await business.create())
    details = found["audience_details"]
    assert (details["type"], details["calculate_type"]) == ("Partner", "MULTIPLE_TYPES")
    assert (details["cover_num"], details["is_valid"], details["is_expiring"]) == (0, False, False)
    assert [(entry["action"], entry["msg"]) for entry in found["audience_history"]] == [("create", None)]


@pytest.mark.parametrize(("length", "kept"), [(70, "n" * 70), (71, "n" * 67 + "...")])
async def test_a_name_over_seventy_characters_is_cut(business: Business, length: int, kept: str) -> None:
    audience = await business.create("n" * length)
    assert business.tiktok.state.audiences[audience].name == kept


async def test_two_audiences_may_have_one_name(business: Business) -> None:
    assert await business.create("VIP") != await business.create("VIP")


async def test_an_account_can_have_so_many_audiences_and_no_more(business: Business) -> None:
    business.settings(audience_limit=2)
    for _ in range(2):
        await business.create()
    answer = await business.post("segment/audience", advertiser_id=MAIN, custom_audience_name="VIP")
    assert (answer["code"], "at most 2" in answer["message"]) == (40002, True)
    assert await business.create(advertiser=SECONDARY)


async def test_the_limit_is_four_hundred(business: Business) -> None:
    assert business.tiktok.settings()["audience_limit"] == 400


@pytest.mark.parametrize("body", [{}, {"custom_audience_name": ""}, {"action": "remove"}])
async def test_an_incomplete_creation_is_refused(business: Business, body: dict[str, str]) -> None:
    assert (await business.post("segment/audience", advertiser_id=MAIN, **body))["code"] == 40002


async def test_a_deleted_audience_is_gone(business: Business) -> None:
    audience = await business.create()
    order = {"advertiser_id": MAIN, "action": "delete", "delete_audience_id": audience}
    assert (await business.post("segment/audience", **order))["code"] == 0
    assert (await business.post("segment/audience", **order))["code"] == 40007
    assert (await business.map(audience, [ANN[0]]))["code"] == 40007


async def test_an_audience_in_use_is_not_deleted(business: Business) -> None:
    audience = await business.create()
    business.tiktok.mark(audience, "in_use", on=True)
    answer = await business.post("segment/audience", advertiser_id=MAIN, action="delete", delete_audience_id=audience)
    assert answer["code"] == 40002


async def test_people_are_added_by_position(business: Business) -> None:
    audience = await business.create()
    answer = await business.map(audience, ANN, [BOB[0], ""], id_schema=BOTH)
    assert answer["data"] == {}
    assert business.keys(audience) == {
        ("EMAIL_SHA256", ANN[0]),
        ("PHONE_SHA256", ANN[1]),
        ("EMAIL_SHA256", BOB[0]),
    }


async def test_twice_is_once_whatever_the_order_of_the_schema(business: Business) -> None:
    audience = await business.create()
    await business.map(audience, ANN, id_schema=BOTH)
    await business.map(audience, ANN[::-1], id_schema=["phone_sha256", "email_sha256"])
    assert business.tiktok.state.audiences[audience].members.people == 1


async def test_a_delete_takes_the_named_identifier_away(business: Business) -> None:
    audience = await business.create()
    await business.map(audience, ANN, BOB, id_schema=BOTH)
    await business.map(audience, [ANN[0]], [BOB[0]], [sha("stranger")], action="delete")
    assert business.keys(audience) == {("PHONE_SHA256", ANN[1]), ("PHONE_SHA256", BOB[1])}


async def test_a_delete_can_drop_the_person(business: Business) -> None:
    business.settings(drop_person=True)
    audience = await business.create()
    await business.map(audience, ANN, BOB, id_schema=BOTH)
    await business.map(audience, [ANN[0]], action="delete")
    assert business.keys(audience) == {("EMAIL_SHA256", BOB[0]), ("PHONE_SHA256", BOB[1])}


async def test_every_identifier_names_its_own_audiences(business: Business) -> None:
    one, two = await business.create(), await business.create(advertiser=SECONDARY)
    row = [cell(ANN[0], one, two), cell(ANN[1], two)]
    await business.map("", advertiser_ids=[MAIN, SECONDARY], id_schema=BOTH, batch_data=[row])
    assert business.keys(one) == {("EMAIL_SHA256", ANN[0])}
    assert business.keys(two) == {("EMAIL_SHA256", ANN[0]), ("PHONE_SHA256", ANN[1])}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "remove"}, 40002),
        ({"id_schema": ["GAID_SHA256"]}, 40002),
        ({"id_schema": BOTH}, 40002),
        ({"id_schema": []}, 40002),
        ({"batch_data": []}, 40061),
        ({"batch_data": [[None]]}, 40002),
        ({"batch_data": [[{"id": ANN[0]}]]}, 40002),
        ({"batch_data": [[{"id": ANN[0], "audience_ids": [7]}]]}, 40002),
        ({"advertiser_ids": []}, 40002),
        ({"advertiser_ids": ["7"]}, 40001),
        ({"advertiser_ids": [SECONDARY]}, 40002),
        ({"advertiser_ids": [MAIN, FOREIGN]}, 40002),
    ],
)
async def test_a_mapping_that_is_wrong_changes_nothing(business: Business, change: dict[str, Any], code: int) -> None:
    audience = await business.create()
    assert (await business.map(audience, [ANN[0]], **change))["code"] == code
    assert business.keys(audience) == set()


async def test_a_schema_names_each_type_once(business: Business) -> None:
    audience = await business.create()
    answer = await business.map(audience, ANN, id_schema=["EMAIL_SHA256", "email_sha256"])
    assert (answer["code"], business.keys(audience)) == (40002, set())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("ann@example.com", 40062),
        ("+1 201-555-0123", 40062),
        ("38400000-8CF0-11BD-B23E-10B96E40000D", 40062),
        (sha("x").upper(), 40002),
        (sha("x")[:32], 40002),
        ("NOT-A-HASH", 40002),
    ],
)
async def test_what_is_no_hash_refuses_the_whole_call(business: Business, value: str, code: int) -> None:
    audience = await business.create()
    assert (await business.map(audience, [ANN[0]], [value]))["code"] == code
    assert business.keys(audience) == set()


async def test_an_md5_is_half_as_long(business: Business) -> None:
    audience = await business.create()
    assert (await business.map(audience, [sha("x")[:32]], id_schema=["IDFA_MD5"]))["code"] == 0
    assert (await business.map(audience, [sha("x")], id_schema=["AAID_MD5"]))["code"] == 40002


async def test_a_batch_and_its_ids_have_ceilings(business: Business) -> None:
    audience = await business.create()
    business.settings(most_rows=2, most_ids=3)
    people = [[value, sha(value)] for value in emails(3)]
    codes = [(await business.map(audience, *people[:rows], id_schema=BOTH))["code"] for rows in (1, 2, 3)]
    assert codes == [0, 40011, 40061]


async def test_ten_thousand_rows_are_taken_and_no_more(business: Business) -> None:
    audience = await business.create()
    rows = [[each] for each in emails(10_001)]
    codes = [(await business.map(audience, *rows[:count]))["code"] for count in (10_000, 10_001)]
    assert (codes, len(business.keys(audience))) == ([0, 40061], 10_000)


async def test_an_audience_of_files_takes_no_mapping(business: Business) -> None:
    audience = await business.create_from(lines(emails(10)))
    assert (await business.map(audience, [ANN[0]]))["code"] == 40002


async def test_no_row_reaches_any_audience_when_one_of_them_refuses(business: Business) -> None:
    good, bad = await business.create(), await business.create_from(lines(emails(10)))
    row = [cell(ANN[0], good, bad)]
    assert (await business.map("", batch_data=[row]))["code"] == 40002
    assert business.keys(good) == set()


async def test_the_size_is_known_after_a_while(business: Business) -> None:
    audience = await business.create()
    await business.map(audience, *[[each] for each in emails(1_200)])
    before = await business.size(audience)
    business.advance()
    assert (before, await business.size(audience)) == ((0, False), (1_056, True))


async def test_while_it_is_computed_again_an_audience_keeps_its_size_and_is_not_valid(business: Business) -> None:
    audience = await business.create()
    for start in (0, 5_000):
        business.advance()
        await business.map(audience, *[[each] for each in emails(1_200, start)])
    assert await business.size(audience) == (1_056, False)


@pytest.mark.parametrize(("changes", "shown"), [({}, (880, False)), ({"min_size": 800}, (880, True))])
async def test_under_the_smallest_size_an_audience_is_not_valid(
    business: Business, changes: dict[str, int], shown: tuple[int, bool]
) -> None:
    business.settings(**changes)
    audience = await business.create()
    await business.map(audience, *[[each] for each in emails(1_000)])
    business.advance()
    assert await business.size(audience) == shown


async def test_one_identifier_may_match_several_users(business: Business) -> None:
    business.settings(match_share=1.5)
    audience = await business.create()
    await business.map(audience, *[[each] for each in emails(1_000)])
    business.advance()
    assert await business.size(audience) == (1_500, True)


@pytest.mark.parametrize("how", ["fault", "mark"])
async def test_a_mapping_may_be_accepted_and_fail_later(business: Business, how: str) -> None:
    audience = await business.create()
    if how == "fault":
        business.fail("late_failure", path="mapping")
    else:
        business.tiktok.mark(audience, "fails_late", on=True)
    assert (await business.map(audience, [ANN[0]]))["code"] == 0
    at_first = await business.problems(audience)
    business.advance(61)
    assert (at_first, len(await business.problems(audience)), business.keys(audience)) == ([], 1, set())


async def test_a_late_failure_tells_when_it_happened(business: Business) -> None:
    audience = await business.create()
    business.settings(late_failure_seconds=3_600)
    business.fail("late_failure", path="mapping")
    await business.map(audience, [ANN[0]])
    business.advance(3_601)
    failed, made = (await business.details(audience))["audience_history"]
    assert failed["action"] == "add"
    assert failed["opt_time"][:13] > made["opt_time"][:13]


async def test_an_audience_expires_a_year_after_its_last_change(business: Business) -> None:
    audience = await business.create()
    business.advance(300 * 86_400)
    await business.map(audience, [ANN[0]])
    business.advance(364 * 86_400)
    assert (await business.details(audience))["audience_details"]["is_expiring"]
    business.advance(2 * 86_400)
    assert (await business.size(audience), business.keys(audience)) == ((0, False), set())


async def test_of_an_expired_audience_only_deleting_is_left(business: Business) -> None:
    audience = await business.create()
    business.advance(366 * 86_400)
    assert (await business.map(audience, [ANN[0]]))["code"] == 40002
    gone = await business.post(f"{DMP}/delete", advertiser_id=MAIN, custom_audience_ids=[audience])
    assert gone["code"] == 0
