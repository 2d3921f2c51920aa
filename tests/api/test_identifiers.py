"""The rules of keys over HTTP, and values tried: step by step, and without a trace."""

import hashlib
import json
from typing import Any

import httpx2
import pytest

from audience_sync import logs
from audience_sync.settings import load_settings
from tests.api.conftest import Desk

SECRET = "Zaphod.Beeblebrox@Example.com"
NUMBER = "020 7946 0958"


async def tried(client: httpx2.AsyncClient, values: dict[str, list[str]], **given: Any) -> list[dict[str, Any]]:
    answer = await client.post("/identifiers/try", json={"platform": "meta", "values": values, **given})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_every_platform_tells_its_rules(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        answer = await client.get("/identifiers/rules")
    assert answer.status_code == 200, answer.text
    assert [each["platform"] for each in answer.json()] == list(desk.home.app.connectors)


async def test_every_column_of_a_card_has_a_rule_in_words_and_an_example(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        told = (await client.get("/identifiers/rules")).json()
    for each in told:
        card = desk.home.app.connector(each["platform"]).card
        assert [rule["column"] for rule in each["columns"]] == [column.wire for column in card.known_columns]
        assert all(rule["words"] and rule["example"]["keys"] for rule in each["columns"])


async def test_an_example_is_hashed_where_the_platform_wants_it(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        [meta, *_] = (await client.get("/identifiers/rules")).json()
    email = meta["columns"][0]
    form = "jane.doe+news@gmail.com"
    assert (meta["rules"], meta["version"]) == ("meta/1", 1)
    assert (email["hashed"], email["example"]["normal_forms"], email["example"]["keys"]) == (
        True,
        [form],
        [digest(form)],
    )


async def test_values_come_back_as_keys_in_their_order(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        results = await tried(client, {"email": [SECRET, "B@example.com"], "phone": [NUMBER]}, default_country="GB")
    assert [each["key"] for each in results] == [
        digest(form) for form in (SECRET.lower(), "b@example.com", "442079460958")
    ]


async def test_a_value_is_followed_step_by_step(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        [made] = await tried(client, {"email": [f" {SECRET} "]})
    form = SECRET.lower()
    assert [step["text"] for step in made["steps"]] == [f" {SECRET} ", SECRET, form, digest(form)]


async def test_a_refused_value_says_why(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        [made] = await tried(client, {"phone": [NUMBER]})
    assert (made["key"], made["reason"]) == ("", "no_country")


async def test_a_kind_that_the_platform_does_not_take_is_told(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        [made] = await tried(client, {"gender": ["f"]}, platform="google")
    assert (made["column"], made["reason"]) == ("", "not_taken_by_platform")


async def test_a_form_can_be_tried_before_it_is_set(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        results = await tried(client, {"phone": [f"+44 {NUMBER[1:]}"]}, platform="tiktok", forms={"phone": "both"})
    assert [each["normal_form"] for each in results] == ["+442079460958", "442079460958"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"platform": "myspace"}, 404),
        ({"default_country": "Narnia"}, 422),
        ({"forms": {"email": "plain"}}, 422),
        ({"values": {"shoe_size": ["44"]}}, 422),
        ({"values": {"email": ["x"] * 60, "phone": ["1"] * 41}}, 422),
        ({"values": {"email": ["x" * 1001]}}, 422),
    ],
)
async def test_what_cannot_be_tried_is_refused(desk: Desk, wrong: dict[str, Any], status: int) -> None:
    async with desk.client("viewer") as client:
        answer = await client.post("/identifiers/try", json={"platform": "meta", "values": {}, **wrong})
    assert answer.status_code == status, answer.text


async def test_a_refusal_repeats_no_value(desk: Desk) -> None:
    async with desk.client("viewer") as client:
        wanted = {"platform": "meta", "values": {"email": [SECRET, 7]}}
        answer = await client.post("/identifiers/try", json=wanted)
    assert (answer.status_code, "Zaphod" in answer.text) == (422, False)


async def test_nothing_tried_is_kept(desk: Desk) -> None:
    async with desk.client("viewer", **{"Idempotency-Key": "again"}) as client:
        await tried(client, {"email": [SECRET]})
    everything = b"".join(path.read_bytes() for path in desk.home.folder.rglob("*") if path.is_file())
    assert b"SQLite format 3" in everything
    assert [word for word in ("zaphod", digest(SECRET.lower())) if word.encode() in everything.lower()] == []
    assert bytes.fromhex(digest(SECRET.lower())) not in everything


async def test_nothing_tried_is_logged(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(load_settings(log_format="json", log_level="DEBUG"))
    async with desk.client("viewer") as client:
        await tried(client, {"email": [SECRET, "Zaphod at home"], "phone": [NUMBER], "last_name": ["Beeblebrox"]})
    said = capsys.readouterr().err
    assert "/api/v1/identifiers/try" in [json.loads(line).get("path") for line in said.splitlines()]
    assert [word for word in ("zaphod", "beeblebrox", "7946", digest(SECRET.lower())) if word in said.lower()] == []
