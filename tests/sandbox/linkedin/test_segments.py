"""DMP segments, their users, and what is refused."""

from typing import Any

import pytest

from tests.sandbox.linkedin.rest import HEADERS, MAIN, Rest, person, sha

# As Segment's connector sends it (its test updateAudience, read 2026-11-24).
RECORDED = {
    "action": "ADD",
    "userIds": [
        {"idType": "SHA256_EMAIL", "idValue": "584c4423c421df49955759498a71495aba49b8780eb9387dff333b6f0982c777"},
        {"idType": "GOOGLE_AID", "idValue": "123"},
    ],
    "firstName": "Jimbo",
    "lastName": "Jones",
    "title": "Mr.",
    "company": "Widgets Inc",
    "country": "US",
}


def crowd(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [person(f"person{n}@example.com") for n in range(start, start + count)]


async def test_ad_accounts_are_listed_page_by_page(rest: Rest) -> None:
    first = (await rest.call("GET", "adAccounts?q=search&pageSize=2")).json()
    second = (await rest.call("GET", f"adAccounts?q=search&pageToken={first['metadata']['nextPageToken']}")).json()
    names = [each["name"] for page in (first, second) for each in page["elements"]]
    assert (names, second["metadata"]) == (["Main Account", "Secondary Account", "Test Account"], {})


async def test_a_segment_is_found_by_its_source(rest: Rest) -> None:
    one, _ = await rest.create(sourceSegmentId="a1"), await rest.create(sourceSegmentId="a2")
    params = {"q": "account", "account": MAIN, "sourceSegmentId": "a1", "sourcePlatform": "STRATUM"}
    found = (await rest.call("GET", "dmpSegments", params=params)).json()
    assert [each["id"] for each in found["elements"]] == [int(one)]
    assert found["paging"] == {"start": 0, "count": 10, "total": 1, "links": []}


async def test_one_account_sees_nothing_of_another(rest: Rest) -> None:
    await rest.create(account="urn:li:sponsoredAccount:507654321")
    assert (await rest.call("GET", f"dmpSegments?q=account&account={MAIN}")).json()["elements"] == []


async def test_segments_are_found_page_by_page(rest: Rest) -> None:
    made = [int(await rest.create(name=str(n))) for n in range(3)]
    pages = [(await rest.call("GET", f"dmpSegments?q=account&account={MAIN}&start={n}&count=2")).json() for n in (0, 2)]
    assert [each["id"] for page in pages for each in page["elements"]] == made


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 400),
        ({"type": "COMPANY"}, 400),
        ({"destinations": []}, 400),
        ({"account": "501234567"}, 403),
        ({"account": "urn:li:sponsoredAccount:1"}, 403),
    ],
)
async def test_a_creation_that_is_wrong_makes_nothing(rest: Rest, change: dict[str, Any], status: int) -> None:
    body = {
        "name": "VIP",
        "sourcePlatform": "STRATUM",
        "account": MAIN,
        "type": "USER",
        "destinations": [{"destination": "LINKEDIN"}],
    }
    assert (await rest.call("POST", "dmpSegments", json={**body, **change})).status_code == status
    assert rest.linkedin.audiences() == []


async def test_a_segment_is_renamed_and_deleted(rest: Rest) -> None:
    segment = await rest.create()
    patch, word = {"patch": {"$set": {"name": "Gold"}}}, {"X-RestLi-Method": "PARTIAL_UPDATE"}
    answer = await rest.call("POST", f"dmpSegments/{segment}", json=patch, headers=word)
    assert (answer.status_code, (await rest.call("GET", f"dmpSegments/{segment}")).json()["name"]) == (204, "Gold")
    assert (await rest.call("DELETE", f"dmpSegments/{segment}")).status_code == 204
    assert (await rest.call("GET", f"dmpSegments/{segment}")).status_code == 404


async def test_a_new_segment_is_not_found_for_a_while(rest: Rest) -> None:
    rest.linkedin.configure({"hidden_seconds": 60})
    segment = await rest.create()
    early = await rest.users(segment, person("a"))
    rest.world.clock.advance(61)
    assert (early.status_code, await rest.statuses(segment, person("a"))) == (404, [201])


async def test_the_recorded_person_is_added(rest: Rest) -> None:
    segment = await rest.create()
    assert await rest.statuses(segment, RECORDED) == [201]
    (row,) = rest.linkedin.state.segments[segment].members.rows()
    assert (row["GOOGLE_AID"], row["company"]) == ("123", "Widgets Inc")


async def test_elements_are_applied_in_their_order_and_twice_is_once(rest: Rest) -> None:
    segment = await rest.create()
    await rest.statuses(segment, person("a", "b"), person("b", "a"), person("c"), person("c", action="REMOVE"))
    assert (rest.keys(segment), rest.linkedin.state.segments[segment].members.people) == ({sha("a"), sha("b")}, 1)


@pytest.mark.parametrize(("drop", "left"), [(False, {sha("b")}), (True, set())])
async def test_a_removal_takes_the_id_or_the_person(rest: Rest, drop: bool, left: set[str]) -> None:
    rest.linkedin.configure({"drop_person": drop})
    segment = await rest.create()
    await rest.statuses(segment, person("a", "b"), person("a", action="REMOVE"), person("stranger", action="REMOVE"))
    assert rest.keys(segment) == left


@pytest.mark.parametrize(
    "element",
    [
        person("x", action="DELETE"),
        {"action": "ADD"},
        {"action": "ADD", "firstName": "Ann"},
        {"action": "ADD", "userIds": [{"idType": "SHA256_EMAIL", "idValue": "ann@example.com"}]},
        {"action": "ADD", "userIds": [{"idType": "SHA256_EMAIL", "idValue": sha("x").upper()}]},
        {"action": "ADD", "userIds": [{"idType": "SHA512_EMAIL", "idValue": sha("x")}]},
        {"action": "ADD", "userIds": [{"idType": "PHONE", "idValue": sha("x")}]},
        {"action": "ADD", "userIds": "none"},
    ],
)
async def test_an_element_that_is_wrong_is_refused_alone(rest: Rest, element: dict[str, Any]) -> None:
    segment = await rest.create()
    assert await rest.statuses(segment, person("a"), element, person("b")) == [201, 400, 201]
    assert rest.keys(segment) == {sha("a"), sha("b")}


@pytest.mark.parametrize(("count", "status"), [(0, 400), (5_000, 200), (5_001, 400)])
async def test_a_call_has_one_to_five_thousand_elements(rest: Rest, count: int, status: int) -> None:
    assert (await rest.users(await rest.create(), *crowd(count))).status_code == status


async def test_the_size_is_known_after_a_while(rest: Rest) -> None:
    segment = await rest.create()
    await rest.users(segment, *crowd(1_000))
    before = await rest.destination(segment)
    rest.world.clock.advance(10)
    after = await rest.destination(segment)
    assert (before["status"], "audienceSize" in before) == ("BUILDING", False)
    assert after["status"] == "READY"
    assert after["audienceSize"] == after["matchedCount"] == pytest.approx(880, abs=30)


async def test_a_segment_that_changes_again_is_updating(rest: Rest) -> None:
    segment = await rest.create()
    await rest.users(segment, *crowd(400))
    rest.world.clock.advance(10)
    await rest.users(segment, *crowd(400, 400))
    assert (await rest.destination(segment))["status"] == "UPDATING"


async def test_under_three_hundred_no_size_is_told(rest: Rest) -> None:
    segment = await rest.create()
    await rest.users(segment, *crowd(300))
    rest.world.clock.advance(10)
    found = await rest.destination(segment)
    assert (found["audienceSize"], found["matchedCount"] > 200) == (0, True)


async def test_a_segment_that_nobody_touches_is_archived(rest: Rest) -> None:
    segment = await rest.create()
    await rest.users(segment, *crowd(1))
    rest.world.clock.advance(30 * 86_400 + 1)
    assert (await rest.destination(segment))["status"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"LinkedIn-Version": ""}, 400, "VERSION_MISSING"),
        ({"LinkedIn-Version": "202401"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "209912"}, 426, "NONEXISTENT_VERSION"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
        ({"Authorization": "Bearer stranger"}, 401, "INVALID_ACCESS_TOKEN"),
    ],
)
async def test_every_call_needs_its_headers(rest: Rest, headers: dict[str, str], status: int, code: str) -> None:
    answer = await rest.call("GET", "adAccounts?q=search", headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)


async def test_many_people_need_the_word_for_it(rest: Rest) -> None:
    segment = await rest.create()
    answer = await rest.call("POST", f"dmpSegments/{segment}/users", json={"elements": [person("a")]})
    assert (answer.status_code, rest.keys(segment)) == (405, set())


async def test_an_unknown_path_is_not_found(rest: Rest) -> None:
    assert (await rest.client.get("/linkedin/v2/adAccounts", headers=HEADERS)).status_code == 404


async def test_over_the_rate_the_app_is_told_so(rest: Rest) -> None:
    rest.linkedin.configure({"requests_per_second": 2})
    statuses = [(await rest.call("GET", "adAccounts?q=search")).status_code for _ in range(3)]
    rest.world.clock.advance(1)
    assert [*statuses, (await rest.call("GET", "adAccounts?q=search")).status_code] == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("error:429/TOO_MANY_REQUESTS", 429, "TOO_MANY_REQUESTS"),
        ("error:500", 500, "ERROR"),
        ("expired_token", 401, "EXPIRED_ACCESS_TOKEN"),
        ("revoked_token", 401, "REVOKED_ACCESS_TOKEN"),
    ],
)
async def test_a_fault_is_answered_and_nothing_is_applied(rest: Rest, fault: str, status: int, code: str) -> None:
    segment = await rest.create()
    rest.world.fail("linkedin", fault)
    answer = await rest.users(segment, person("a"))
    assert (answer.status_code, answer.json()["code"], rest.keys(segment)) == (status, code, set())


@pytest.mark.parametrize(
    ("fault", "statuses"), [(f"poison:{sha('a')}", [400, 201]), ("element_status:429", [429, 429])]
)
async def test_elements_can_be_made_to_fail(rest: Rest, fault: str, statuses: list[int]) -> None:
    segment = await rest.create()
    rest.world.fail("linkedin", fault)
    assert await rest.statuses(segment, person("a"), person("b")) == statuses
    assert rest.keys(segment) == ({sha("b")} if 201 in statuses else set())


@pytest.mark.parametrize("fault", ["error", "error:much", "element_status:"])
def test_a_fault_that_is_none_is_refused(rest: Rest, fault: str) -> None:
    with pytest.raises(ValueError, match="There is no fault"):
        rest.world.fail("linkedin", fault)


async def test_a_segment_can_be_marked(rest: Rest) -> None:
    segment = await rest.create()
    await rest.users(segment, *crowd(1))
    rest.linkedin.mark(segment, "never_settles", on=True)
    rest.world.clock.advance(86_400)
    assert (await rest.destination(segment))["status"] == "BUILDING"
    rest.linkedin.mark(segment, "failed", on=True)
    assert (await rest.destination(segment))["status"] == "FAILED"
