"""Adding and removing members of the pretend Meta's audiences."""

import json
from typing import Any

import pytest

from tests.sandbox.graph import MAIN, SECONDARY, Graph, error_of, people, sha

MARY, PHONE, BRIAN = sha("mary@example.com"), sha("15559876543"), sha("brian")
PAYLOAD = {"schema": ["EMAIL", "PHONE"], "data": [[MARY, PHONE]]}
BOTH = {("EMAIL", MARY), ("PHONE", PHONE)}


def session(number: int = 5, seq: int = 1, *, last: bool = False) -> dict[str, Any]:
    return {"session_id": number, "batch_seq": seq, "last_batch_flag": last, "estimated_num_total": 10}


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"payload": PAYLOAD}},
        {"json": {"payload": json.dumps(PAYLOAD)}},
        {"data": {"payload": json.dumps(PAYLOAD)}},
        {"files": {"payload": (None, json.dumps(PAYLOAD))}},
        {"files": {"payload": ("payload.json", json.dumps(PAYLOAD))}},
        {"params": {"payload": json.dumps(PAYLOAD)}},
    ],
    ids=["json", "json-text", "form", "multipart", "multipart-file", "query"],
)
async def test_members_arrive_in_any_encoding(graph: Graph, request_: dict[str, Any]) -> None:
    audience = await graph.create()
    answer = await graph.call("POST", f"{audience}/users", **request_)
    assert answer.json()["num_received"] == 1
    assert graph.keys(audience) == BOTH


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("DELETE", {"json": {"payload": PAYLOAD}}),
        ("DELETE", {"data": {"payload": json.dumps(PAYLOAD)}}),
        ("DELETE", {"params": {"payload": json.dumps(PAYLOAD)}}),
        ("POST", {"data": {"payload": json.dumps(PAYLOAD), "method": "DELETE"}}),
        ("POST", {"json": {"payload": PAYLOAD, "method": "delete"}}),
    ],
    ids=["json", "form", "query", "post-form", "post-json"],
)
async def test_members_are_removed_in_any_encoding(graph: Graph, method: str, request_: dict[str, Any]) -> None:
    audience = await graph.create()
    await graph.call("POST", f"{audience}/users", json={"payload": PAYLOAD})
    answer = await graph.call(method, f"{audience}/users", **request_)
    assert answer.json()["num_received"] == 1
    assert graph.keys(audience) == set()


async def test_the_receipt_has_metas_shape(graph: Graph) -> None:
    audience = await graph.create()
    found = (await graph.upload(audience, people(2))).json()
    assert len(found.pop("session_id")) == 19
    assert found == {
        "audience_id": audience,
        "num_received": 2,
        "num_invalid_entries": 0,
        "invalid_entry_samples": {},
    }


async def test_sending_twice_changes_nothing(graph: Graph) -> None:
    audience = await graph.create()
    for _ in range(2):
        await graph.upload(audience, people(3))
    assert len(graph.keys(audience)) == 3


async def test_removing_takes_exactly_the_keys_that_are_named(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY, PHONE]], schema=["EMAIL", "PHONE"])
    await graph.upload(audience, [[MARY]], method="DELETE")
    assert graph.keys(audience) == {("PHONE", PHONE)}


async def test_removing_with_another_hash_matches_nobody(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY]])
    await graph.upload(audience, [[sha("Mary@Example.com")]], method="DELETE")
    assert graph.keys(audience) == {("EMAIL", MARY)}


async def test_removing_a_stranger_is_no_error(graph: Graph) -> None:
    assert (await graph.upload(await graph.create(), people(1), method="DELETE")).status_code == 200


async def test_a_platform_may_drop_the_whole_person(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "drop_person": True})
    audience = await graph.create()
    await graph.upload(audience, [[MARY, PHONE]], schema=["EMAIL", "PHONE"])
    await graph.upload(audience, [[MARY]], method="DELETE")
    assert graph.keys(audience) == set()


async def test_match_hints_are_no_keys(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY, BRIAN, "cust-42"]], schema=["EMAIL", "FN", "EXTERN_ID"])
    assert graph.keys(audience) == {("EMAIL", MARY), ("EXTERN_ID", "cust-42")}


async def test_every_kind_of_the_schema_is_taken(graph: Graph) -> None:
    hashed = ["EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "COUNTRY"]
    plain = {
        "MADID": "38400000-8cf0-11bd-b23e-10b96e40000d",
        "EXTERN_ID": "c-1",
        "LOOKALIKE_VALUE": 44.5,
        "PAGEUID": "77",
        "DATA_PROCESSING_OPTIONS": ["LDU"],
        "DATA_PROCESSING_OPTIONS_COUNTRY": 1,
        "DATA_PROCESSING_OPTIONS_STATE": 1000,
    }
    row = [*[sha(kind) for kind in hashed], *plain.values()]
    answer = await graph.upload(await graph.create(), [row], schema=[*hashed, *plain])
    assert answer.json()["num_invalid_entries"] == 0


@pytest.mark.parametrize("cell", ["mary@example.com", MARY.upper(), MARY[:-1], MARY + "0", 5, None])
async def test_a_malformed_hash_is_counted_and_matches_nobody(graph: Graph, cell: Any) -> None:
    audience = await graph.create()
    answer = (await graph.upload(audience, [[cell], [MARY]])).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 1)
    assert list(answer["invalid_entry_samples"]) == [str(cell)]
    assert graph.keys(audience) == {("EMAIL", MARY)}


async def test_at_most_a_hundred_samples_are_shown(graph: Graph) -> None:
    answer = (await graph.upload(await graph.create(), [[f"bad{n}"] for n in range(150)])).json()
    assert answer["num_invalid_entries"] == 150
    assert len(answer["invalid_entry_samples"]) == 100


async def test_a_blank_cell_is_no_value_and_no_error(graph: Graph) -> None:
    audience = await graph.create()
    answer = (await graph.upload(audience, [[MARY, ""]], schema=["EMAIL", "PHONE"])).json()
    assert answer["num_invalid_entries"] == 0
    assert graph.keys(audience) == {("EMAIL", MARY)}


async def test_ten_thousand_rows_are_taken(graph: Graph) -> None:
    audience = await graph.create()
    assert (await graph.upload(audience, people(10_000))).json()["num_received"] == 10_000
    assert len(graph.keys(audience)) == 10_000


@pytest.mark.parametrize(
    "payload",
    [
        {"schema": ["EMAIL"], "data": [[MARY]] * 10_001},
        {"schema": ["EMAIL", "PHONE"], "data": [[MARY, PHONE], [MARY]]},
        {"schema": ["EMAIL"], "data": [MARY]},
        {"schema": ["EMAIL"], "data": []},
        {"schema": ["EMAIL"]},
        {"schema": [], "data": [[]]},
        {"schema": ["SHOE_SIZE"], "data": [["44"]]},
        {"data": [[MARY]]},
        "not json",
        None,
    ],
    ids=["too-many", "ragged", "flat", "empty", "no-data", "no-kinds", "unknown-kind", "no-schema", "text", "none"],
)
async def test_a_payload_that_does_not_fit_is_refused_whole(graph: Graph, payload: Any) -> None:
    audience = await graph.create()
    answer = await graph.call("POST", f"{audience}/users", json={"payload": payload})
    assert error_of(answer) == (100, None)
    assert graph.keys(audience) == set()


async def test_a_ragged_row_is_refused_in_metas_words(graph: Graph) -> None:
    answer = await graph.upload(await graph.create(), [[MARY, PHONE]])
    assert answer.json()["error"]["message"] == "(#100) Data is missing or does not match schema"


@pytest.mark.parametrize("rows", [[MARY], [[MARY]]], ids=["flat", "nested"])
async def test_a_text_schema_takes_flat_and_nested_rows(graph: Graph, rows: list[Any]) -> None:
    audience = await graph.create()
    await graph.upload(audience, rows, schema="EMAIL_SHA256")
    assert graph.keys(audience) == {("EMAIL", MARY)}


@pytest.mark.parametrize(("first", "second"), [("EMAIL_SHA256", ["EMAIL"]), (["EMAIL"], "EMAIL_SHA256")])
async def test_text_and_list_schemas_do_not_mix(graph: Graph, first: Any, second: Any) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY]], schema=first)
    assert error_of(await graph.upload(audience, people(1), schema=second)) == (2650, None)


async def test_a_session_counts_over_its_batches(graph: Graph) -> None:
    audience = await graph.create()
    answers = [
        (await graph.upload(audience, people(3, 3 * seq), session=session(5, seq, last=seq == 2))).json()
        for seq in (1, 2)
    ]
    assert [each["num_received"] for each in answers] == [3, 6]
    assert {each["session_id"] for each in answers} == {"5"}


async def test_a_repeated_batch_inflates_the_count_only(graph: Graph) -> None:
    audience = await graph.create()
    for _ in range(2):
        answer = await graph.upload(audience, people(3), session=session(last=True))
    assert answer.json()["num_received"] == 6
    assert len(graph.keys(audience)) == 3


async def test_a_new_batch_after_the_last_one_is_refused(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(3), session=session(last=True))
    answer = await graph.upload(audience, people(3, 3), session=session(seq=2))
    assert error_of(answer) == (2650, 1870159)


async def test_batches_after_ninety_minutes_are_dropped(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(3), session=session())
    await graph.advance(90 * 60 + 1)
    answer = await graph.upload(audience, people(3, 3), session=session(seq=2))
    assert answer.json()["num_received"] == 3
    assert len(graph.keys(audience)) == 3


async def test_a_session_number_is_unique_in_its_account(graph: Graph) -> None:
    first, second, elsewhere = await graph.create(), await graph.create(), await graph.create(account=SECONDARY)
    await graph.upload(first, people(1), session=session())
    assert error_of(await graph.upload(second, people(1), session=session())) == (100, None)
    assert (await graph.upload(elsewhere, people(1), session=session())).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_id": 0, "batch_seq": 1},
        {"session_id": 2**63, "batch_seq": 1},
        {"session_id": 1.5, "batch_seq": 1},
        {"session_id": 1},
        "text",
    ],
)
async def test_a_session_that_is_none_is_refused(graph: Graph, wrong: Any) -> None:
    assert error_of(await graph.upload(await graph.create(), people(1), session=wrong)) == (100, None)


async def test_the_largest_session_number_is_taken(graph: Graph) -> None:
    answer = await graph.upload(await graph.create(), people(1), session=session(2**63 - 1))
    assert answer.json()["session_id"] == str(2**63 - 1)


async def test_sessions_can_be_read_back_as_text(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [*people(3), ["bad"]], session=session(last=True))
    found = (await graph.get(f"{audience}/sessions", session_id="5"))["data"]
    assert [(each["session_id"], each["num_received"], each["num_invalid_entries"]) for each in found] == [
        ("5", "4", "1")
    ]
    assert all(isinstance(value, str) for value in found[0].values())


async def test_an_erased_person_leaves_every_audience_of_the_account(graph: Graph) -> None:
    first, second, elsewhere = await graph.create(), await graph.create(), await graph.create(account=SECONDARY)
    for audience in (first, second, elsewhere):
        await graph.upload(audience, people(3))
    answer = await graph.upload(MAIN, people(1), method="DELETE", edge="usersofanyaudience")
    assert answer.json()["num_received"] == 1
    assert [len(graph.keys(audience)) for audience in (first, second, elsewhere)] == [2, 2, 3]


async def test_a_small_audience_in_use_keeps_its_people(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(101))
    await graph.control("POST", f"audiences/meta/{audience}", {"in_use": True})
    assert (await graph.upload(audience, people(1), method="DELETE")).status_code == 200
    assert error_of(await graph.upload(audience, people(1, 1), method="DELETE")) == (200, 1870047)
    assert len(graph.keys(audience)) == 100


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_flagged_audience_takes_no_edit(graph: Graph, method: str) -> None:
    audience = await graph.create()
    await graph.control("POST", f"audiences/meta/{audience}", {"flagged": True})
    assert error_of(await graph.upload(audience, people(1), method=method)) == (100, 1713230)
    assert await graph.status(audience) == 471


async def test_without_the_terms_nothing_is_uploaded(graph: Graph) -> None:
    audience = await graph.create()
    await graph.control("POST", "settings", {"platform": "meta", "terms_missing": [MAIN]})
    assert error_of(await graph.upload(audience, people(1))) == (200, 1870090)


@pytest.mark.parametrize("edge", ["users", "usersreplace"])
async def test_reading_is_not_enough_to_upload(graph: Graph, edge: str) -> None:
    audience = await graph.create()
    graph.meta.state.tokens["SANDBOX_USER_TOKEN"].scopes["ads_management"] = "declined"
    assert error_of(await graph.upload(audience, people(1), edge=edge, session=session())) == (294, None)


async def test_a_deleted_audience_takes_no_members(graph: Graph) -> None:
    audience = await graph.create()
    await graph.call("DELETE", audience)
    assert error_of(await graph.upload(audience, people(1))) == (100, 33)


async def test_a_multipart_body_that_is_none_is_refused(graph: Graph) -> None:
    audience = await graph.create()
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await graph.call("POST", f"{audience}/users", content=b"--y\r\n", headers=headers)
    assert error_of(answer) == (100, None)


async def test_a_body_that_is_no_json_is_refused(graph: Graph) -> None:
    audience = await graph.create()
    answer = await graph.call(
        "POST", f"{audience}/users", content=b'{"payload":', headers={"content-type": "application/json"}
    )
    assert error_of(answer) == (100, None)
