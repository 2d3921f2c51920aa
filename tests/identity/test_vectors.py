"""The platforms' published and computed vectors, through both doors of identity."""

import base64
import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from audience_sync.identity.plain import PLAIN_1
from audience_sync.identity.rules import RULE_SETS
from audience_sync.model.identifiers import IdentifierKind, KeyColumn
from tests.identity.raw import OF_PLATFORM, columns_under, explained, having, made

Vector = dict[str, str]

FILES = sorted((Path(__file__).parents[1] / "vectors").glob("*.csv"))
VECTORS = [vector for file in FILES for vector in csv.DictReader(file.read_text("utf-8").splitlines())]
OURS = [vector for vector in VECTORS if vector["ours"] == "yes" and vector["key"]]
REFUSED = [vector for vector in VECTORS if vector["reason"]]
OTHERS = [vector for vector in VECTORS if vector["ours"] == "no"]


def name_of(vector: Vector) -> str:
    return f"{vector['rules']} {vector['wire']} {vector['value']}"


def column_of(vector: Vector) -> KeyColumn:
    [column] = (column for column in columns_under(vector["rules"]) if column.wire == vector["wire"])
    return column


def explained_keys(vector: Vector) -> list[tuple[str, str, str]]:
    """Normal form, key and reason of each key in the vector's column."""
    answers = explained(vector["kind"], vector["value"], vector["country"], rules=vector["rules"])
    return [(one.normal_form, one.key, one.reason) for one in answers if one.wire == vector["wire"]]


def made_keys(vector: Vector) -> list[bytes]:
    """The keys of a profile that has nothing but the value, in the vector's column."""
    column = column_of(vector)
    profile = having(IdentifierKind(vector["kind"]), vector["value"], vector["country"])
    [row] = made(profile, rules=vector["rules"])
    found = row[column.name]
    return found if isinstance(found, list) else [found]


def test_every_row_of_the_platform_notes_is_here() -> None:
    found = Counter((vector["rules"].partition("/")[0], vector["ours"]) for vector in VECTORS)
    assert {platform: (found[platform, "yes"], found[platform, "no"]) for platform in OF_PLATFORM} == {
        "meta": (33, 3),
        "google": (32, 4),
        "tiktok": (31, 5),
        "snapchat": (31, 11),
        "linkedin": (6, 0),
    }


def test_every_platforms_rule_set_has_vectors() -> None:
    assert {vector["rules"].partition("+")[0] for vector in VECTORS} == set(RULE_SETS) - {PLAIN_1.name}


def test_every_vector_says_where_it_is_from() -> None:
    assert [name_of(vector) for vector in VECTORS if not vector["source"]] == []


@pytest.mark.parametrize("vector", [*OURS, *OTHERS], ids=name_of)
def test_a_vector_agrees_with_itself(vector: Vector) -> None:
    form = vector["normal_form"]
    hashed = column_of(vector).hashed
    assert vector["key"] == (hashlib.sha256(form.encode()).hexdigest() if hashed else form)


@pytest.mark.parametrize("vector", OURS, ids=name_of)
def test_explaining_gives_the_vectors_form_and_key(vector: Vector) -> None:
    assert (vector["normal_form"], vector["key"], "") in explained_keys(vector)


@pytest.mark.parametrize("vector", OURS, ids=name_of)
def test_the_table_of_keys_holds_the_vectors_key(vector: Vector) -> None:
    hashed = column_of(vector).hashed
    assert (bytes.fromhex(vector["key"]) if hashed else vector["key"].encode()) in made_keys(vector)


@pytest.mark.parametrize("vector", REFUSED, ids=name_of)
def test_what_must_be_refused_has_its_reason_and_no_key(vector: Vector) -> None:
    assert explained_keys(vector) == [("", "", vector["reason"])]


@pytest.mark.parametrize("vector", OTHERS, ids=name_of)
def test_what_only_others_send_is_not_what_we_send(vector: Vector) -> None:
    assert vector["key"] not in [key for _, key, _ in explained_keys(vector)]


BASE64 = [
    ("email", "alexz@example.com", "UJ6TMBm7KFoTSpM0uLtnnf950M4CPVKa9L10TUe0/Yo="),
    ("phone", "+18005550100", "+09zpuxf23B31WTN0iw1VLQ85JFoVQw7EsVHt4xRezA="),
    ("first_name", "givenname", "EooHv+Lfh3xSB25g13dM9bqqBGxabEja8w/0Psyi+BQ="),
]


@pytest.mark.parametrize(("kind", "value", "pin"), BASE64)
def test_googles_own_base64_pins_are_the_same_digests(kind: str, value: str, pin: str) -> None:
    [answer] = explained(kind, value, rules="google/1")
    assert base64.b64encode(bytes.fromhex(answer.key)).decode() == pin
