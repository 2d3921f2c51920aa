"""The file way: uploads, and audiences that are made of them and changed by them."""

from typing import Any

import pytest

from tests.sandbox.tiktok.business import DMP, MAIN, SECONDARY, Business, emails, lines, md5, sha

FILE = lines(emails(5))
DEVICE = "38400000-8cf0-11bd-b23e-10b96e40000d"


async def ready(business: Business, people: int = 2_000) -> str:
    """An audience of that many people, at rest."""
    audience = await business.create_from(lines(emails(people)))
    business.advance()
    assert business.tiktok.state.audience(audience).editable
    return audience


def email_keys(values: list[str]) -> set[tuple[str, str]]:
    return {("EMAIL_SHA256", value) for value in values}


async def test_an_upload_gives_a_path_of_sixteen_characters(business: Business) -> None:
    assert len(await business.uploaded(FILE)) == 16


@pytest.mark.parametrize("file_name", ["people.csv", "people.txt"])
async def test_a_file_is_a_csv_or_a_txt(business: Business, file_name: str) -> None:
    assert (await business.upload(FILE, file_name=file_name))["code"] == 0


@pytest.mark.parametrize(
    ("content", "change", "code"),
    [
        (FILE, {"signature": md5(b"another")}, 40900),
        (FILE, {"signature": ""}, 40002),
        (FILE, {"file_name": "people.CSV"}, 40908),
        (FILE, {"file_name": "people.csv.gz"}, 40908),
        (b"", {}, 40906),
        (b"\n\n", {}, 40906),
        (FILE, {"calculate_type": "EMAIL"}, 40909),
        (FILE, {"calculate_type": "MULTIPLE_TYPES"}, 40915),
        (FILE, {"advertiser": "7"}, 40001),
    ],
)
async def test_a_file_that_is_wrong_is_refused(
    business: Business, content: bytes, change: dict[str, str], code: int
) -> None:
    assert (await business.upload(content, **change))["code"] == code


async def test_a_file_may_have_fifty_megabytes(business: Business) -> None:
    assert business.tiktok.settings()["most_file_bytes"] == 50 * 1024 * 1024
    business.settings(most_file_bytes=len(FILE))
    assert [(await business.upload(each))["code"] for each in (FILE, FILE + FILE)] == [0, 40907]


async def test_a_large_file_is_read_byte_for_byte(business: Business) -> None:
    content = lines(emails(40_000))
    audience = await business.create_from(content)
    business.advance()
    assert (len(content) > 2_000_000, len(business.keys(audience))) == (True, 40_000)


async def test_a_new_audience_is_processed_and_then_valid(business: Business) -> None:
    audience = await business.create_from(lines(emails(2_000)))
    before = await business.size(audience)
    business.advance()
    assert (before, await business.size(audience)) == ((0, False), (1_760, True))
    assert (await business.details(audience))["audience_details"]["type"] == "Customer File Audience"


async def test_several_files_make_one_audience(business: Business) -> None:
    paths = [await business.uploaded(lines(emails(5, start))) for start in (0, 3)]
    audience = await business.create_from(FILE, file_paths=paths)
    business.advance()
    assert business.keys(audience) == email_keys(emails(8))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"custom_audience_name": ""}, 40002),
        ({"custom_audience_name": "n" * 129}, 40002),
        ({"calculate_type": "MAID_SHA256"}, 40909),
        ({"calculate_type": "PHONE_SHA256"}, 40909),
        ({"file_paths": []}, 40002),
        ({"file_paths": ["short"]}, 40002),
        ({"file_paths": ["0123456789abcdef"] * 501}, 40002),
        ({"file_paths": ["0123456789abcdef"]}, 40905),
        ({"audience_sub_type": "SMALL"}, 40002),
        ({"retention_in_days": 366}, 40002),
    ],
)
async def test_a_creation_that_is_wrong_makes_nothing(business: Business, change: dict[str, Any], code: int) -> None:
    path = await business.uploaded(FILE)
    body = {
        "advertiser_id": MAIN,
        "custom_audience_name": "VIP",
        "calculate_type": "EMAIL_SHA256",
        "file_paths": [path],
    }
    assert (await business.post(f"{DMP}/create", **{**body, **change}))["code"] == code
    assert business.tiktok.audiences() == []


async def test_a_path_is_good_for_its_own_account_only(business: Business) -> None:
    path = await business.uploaded(FILE, advertiser=SECONDARY)
    answer = await business.update(await ready(business), action="APPEND", file_paths=[path])
    assert answer["code"] == 40905


async def test_a_path_expires(business: Business) -> None:
    business.settings(file_seconds=3_600)
    audience, path = await ready(business), await business.uploaded(FILE)
    business.advance(3_601)
    assert (await business.update(audience, action="APPEND", file_paths=[path]))["code"] == 40910


async def test_a_mixed_device_type_has_two_names(business: Business) -> None:
    path = await business.uploaded(FILE, "MAID_SHA256")
    audience = await business.create_from(FILE, "FIRST_SHA256", file_paths=[path])
    business.advance()
    assert ("FIRST_SHA256", emails(1)[0]) in business.keys(audience)


async def test_a_file_of_many_columns_is_read_by_its_header(business: Business) -> None:
    mail, other, phone = sha("a"), sha("b"), sha("+1")
    header = "Email_sha256,EMAIL_SHA256,phone_SHA256,maid"
    audience = await business.create_from(
        f"{header}\n{mail},{other},{phone},\n,,{sha('+2')},{DEVICE}\r\n".encode(), "MULTIPLE_TYPES"
    )
    business.advance()
    assert business.keys(audience) == {
        *email_keys([mail, other]),
        ("PHONE_SHA256", phone),
        ("PHONE_SHA256", sha("+2")),
        ("MAID", DEVICE),
    }
    assert business.tiktok.state.audiences[audience].members.people == 2


@pytest.mark.parametrize("header", ["email", ",".join(["email_SHA256"] * 4), "email_SHA256,name"])
async def test_a_header_that_is_wrong_is_refused(business: Business, header: str) -> None:
    content = f"{header}\n{sha('a')}\n".encode()
    assert (await business.upload(content, "MULTIPLE_TYPES"))["code"] == 40915


async def test_lines_that_cannot_be_read_are_told_of_later(business: Business) -> None:
    content = f"email_SHA256,phone_SHA256\n{sha('a')},\n{sha('b')}\nann@example.com,\n,\n".encode()
    audience = await business.create_from(content, "MULTIPLE_TYPES")
    business.advance()
    assert await business.problems(audience) == ["3 lines could not be parsed."]
    assert business.keys(audience) == email_keys([sha("a")])


async def test_a_file_of_one_type_may_have_a_header(business: Business) -> None:
    audience = await business.create_from(b"EMAIL_SHA256\n" + FILE)
    business.advance()
    assert (await business.problems(audience), len(business.keys(audience))) == ([], 5)


async def test_append_adds_remove_takes_out_and_replace_swaps(business: Business) -> None:
    audience = await ready(business)
    held = []
    for action, content in (
        ("APPEND", emails(500, 2_000)),
        ("REMOVE", emails(1_500)),
        ("REPLACE", emails(1_200, 7_000)),
    ):
        assert (await business.update(audience, lines(content), action=action))["code"] == 0
        business.advance()
        held.append(business.keys(audience))
    expected = [emails(2_500), emails(1_000, 1_500), emails(1_200, 7_000)]
    assert held == [email_keys(each) for each in expected]


async def test_without_an_action_everybody_is_replaced(business: Business) -> None:
    audience = await ready(business)
    await business.update(audience, lines(emails(1_000, 5_000)))
    business.advance()
    assert business.keys(audience) == email_keys(emails(1_000, 5_000))


async def test_nothing_changes_before_its_time(business: Business) -> None:
    audience = await ready(business)
    await business.update(audience, lines(emails(1_000, 5_000)))
    assert business.keys(audience) == email_keys(emails(2_000))


@pytest.mark.parametrize(
    ("action", "content"), [("REMOVE", emails(1_001)), ("REPLACE", emails(999)), ("APPEND", emails(1))]
)
async def test_an_operation_that_leaves_too_few_is_accepted_and_fails(
    business: Business, action: str, content: list[str]
) -> None:
    audience = await ready(business)
    if action == "APPEND":
        business.settings(min_size=2_001)
    answer = await business.update(audience, lines(content), action=action)
    business.advance()
    assert answer["code"] == 0
    assert "fewer than" in (await business.problems(audience))[0]
    assert business.keys(audience) == email_keys(emails(2_000))


async def test_too_few_can_be_refused_at_once(business: Business) -> None:
    business.settings(refuse_small_at_once=True)
    audience = await ready(business)
    assert (await business.update(audience, FILE, action="REPLACE"))["code"] == 40002
    assert (await business.update(audience, lines(emails(1_000)), action="REPLACE"))["code"] == 0


async def test_an_audience_that_is_being_processed_is_not_editable(business: Business) -> None:
    audience = await business.create_from(lines(emails(2_000)))
    for change in ({"action": "APPEND"}, {"custom_audience_name": "New"}):
        answer = await business.update(audience, FILE, **change)
        assert (answer["code"], "not editable" in answer["message"]) == (40002, True)


async def test_an_audience_without_anybody_is_not_editable(business: Business) -> None:
    business.settings(match_share=0)
    audience = await business.create_from(lines(emails(2_000)))
    business.advance()
    assert "not editable" in (await business.update(audience, FILE, action="APPEND"))["message"]


async def test_only_one_replace_is_under_way(business: Business) -> None:
    audience = await ready(business)
    await business.update(audience, lines(emails(1_000)))
    answer = await business.update(audience, lines(emails(1_000)))
    assert (answer["code"], "one replace a day" in answer["message"]) == (40002, True)


async def test_a_name_can_be_changed_alone(business: Business) -> None:
    audience = await ready(business)
    await business.update(audience, custom_audience_name="n" * 128)
    assert (await business.details(audience))["audience_details"]["name"] == "n" * 128
    assert business.keys(audience) == email_keys(emails(2_000))


async def test_an_update_of_nothing_is_refused(business: Business) -> None:
    assert (await business.update(await ready(business), action="APPEND"))["code"] == 40002


async def test_a_file_of_another_type_is_refused(business: Business) -> None:
    audience, path = await ready(business), await business.uploaded(FILE, "PHONE_SHA256")
    assert (await business.update(audience, action="APPEND", file_paths=[path]))["code"] == 40909


async def test_a_sub_type_widens_and_everything_else_is_ignored(business: Business) -> None:
    audience = await ready(business)
    wide = await business.update(audience, FILE, audience_sub_type="REACH_FREQUENCY", custom_audience_name="New")
    back = await business.update(audience, audience_sub_type="NORMAL")
    assert (wide["code"], back["code"]) == (0, 40002)
    details = (await business.details(audience))["audience_details"]
    assert (details["name"], details["audience_sub_type"]) == ("VIP", "REACH_FREQUENCY")


async def test_a_streaming_audience_takes_no_files(business: Business) -> None:
    audience = await business.create()
    await business.map(audience, *[[each] for each in emails(2_000)])
    business.advance()
    assert (await business.update(audience, FILE, action="APPEND"))["code"] == 40002


async def test_a_mark_lets_whatever_is_accepted_fail(business: Business) -> None:
    audience = await ready(business)
    business.tiktok.mark(audience, "fails_late", on=True)
    await business.update(audience, lines(emails(1_500)))
    business.advance()
    assert "failed to be processed" in (await business.problems(audience))[0]
    assert business.keys(audience) == email_keys(emails(2_000))


async def test_an_audience_can_be_processed_for_ever(business: Business) -> None:
    audience = await business.create_from(lines(emails(2_000)))
    business.tiktok.mark(audience, "never_settles", on=True)
    business.advance(86_400)
    assert await business.size(audience) == (0, False)


async def test_a_removal_can_drop_the_person(business: Business) -> None:
    business.settings(drop_person=True, min_size=1)
    content = f"email_SHA256,phone_SHA256\n{sha('a')},{sha('+1')}\n{sha('b')},{sha('+2')}\n".encode()
    audience = await business.create_from(content, "MULTIPLE_TYPES")
    business.advance()
    path = await business.uploaded(f"email_SHA256\n{sha('a')}\n".encode(), "MULTIPLE_TYPES")
    await business.update(audience, action="REMOVE", file_paths=[path])
    business.advance()
    assert business.keys(audience) == {("EMAIL_SHA256", sha("b")), ("PHONE_SHA256", sha("+2"))}


async def test_a_retention_fixes_the_end(business: Business) -> None:
    audience = await business.create_from(lines(emails(2_000)), retention_in_days=30)
    business.advance(29 * 86_400)
    await business.update(audience, lines(emails(1_500)))
    business.advance(86_400)
    assert (await business.size(audience), business.keys(audience)) == ((0, False), set())


async def test_both_kinds_are_deleted_together_or_not_at_all(business: Business) -> None:
    audiences = [await business.create(), await business.create_from(FILE)]
    business.tiktok.mark(audiences[1], "in_use", on=True)
    order = {"advertiser_id": MAIN, "custom_audience_ids": audiences}
    assert (await business.post(f"{DMP}/delete", **order))["code"] == 40002
    assert len(business.tiktok.audiences()) == 2
    business.tiktok.mark(audiences[1], "in_use", on=False)
    assert (await business.post(f"{DMP}/delete", **order))["data"] == {}
    assert business.tiktok.audiences() == []


@pytest.mark.parametrize("ids", [[], ["7"] * 101])
async def test_a_delete_names_one_to_a_hundred(business: Business, ids: list[str]) -> None:
    assert (await business.post(f"{DMP}/delete", advertiser_id=MAIN, custom_audience_ids=ids))["code"] == 40002
