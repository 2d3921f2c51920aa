"""Meta's published and computed vectors, through both doors of identity."""

import csv
import hashlib
from pathlib import Path

import pytest

from audience_sync.model.identifiers import IdentifierKind
from tests.identity.raw import COLUMNS, explained, having, made

Vector = dict[str, str]

VECTORS = list(csv.DictReader((Path(__file__).parents[1] / "vectors" / "meta.csv").read_text("utf-8").splitlines()))
OURS = [vector for vector in VECTORS if vector["ours"] == "yes"]
OTHERS = [vector for vector in VECTORS if vector["ours"] == "no"]
BY_WIRE = {column.wire: column for column in COLUMNS}


def name_of(vector: Vector) -> str:
    return f"{vector['wire']} {vector['normal_form']}"


def explained_key(vector: Vector) -> tuple[str, str]:
    wires = [column.wire for column in COLUMNS if column.kind == vector["kind"]]
    answer = explained(vector["kind"], vector["value"], vector["country"])[wires.index(vector["wire"])]
    return answer.normal_form, answer.key


def made_key(vector: Vector) -> bytes:
    column = BY_WIRE[vector["wire"]]
    [row] = made(having(IdentifierKind(vector["kind"]), vector["value"], vector["country"]))
    found: bytes = row[column.name][0] if column.names_a_person else row[column.name]
    return found


def test_every_row_of_the_platform_notes_is_here() -> None:
    assert (len(OURS), len(OTHERS)) == (33, 3)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_a_vector_agrees_with_itself(vector: Vector) -> None:
    plain = vector["kind"] in ("mobile_ad_id", "external_id")
    form = vector["normal_form"]
    assert vector["key"] == (form if plain else hashlib.sha256(form.encode()).hexdigest())


@pytest.mark.parametrize("vector", OURS, ids=name_of)
def test_explaining_gives_the_vectors_form_and_key(vector: Vector) -> None:
    assert explained_key(vector) == (vector["normal_form"], vector["key"])


@pytest.mark.parametrize("vector", OURS, ids=name_of)
def test_the_table_of_keys_holds_the_vectors_key(vector: Vector) -> None:
    hashed = BY_WIRE[vector["wire"]].hashed
    assert made_key(vector) == (bytes.fromhex(vector["key"]) if hashed else vector["key"].encode())


@pytest.mark.parametrize("vector", OTHERS, ids=name_of)
def test_what_only_others_send_is_not_what_we_send(vector: Vector) -> None:
    assert explained_key(vector)[1] != vector["key"]
