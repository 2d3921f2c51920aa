"""`identifiers`: values in, keys out."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audience_sync.cli.identifiers import values
from tests.cli.conftest import Shell

VECTORS = Path(__file__).parents[1] / "vectors" / "meta.csv"
ORDER = ["kind", "value", "normal_form", "key", "hashed", "rule", "reason"]


def vectors() -> Iterator[dict[str, str]]:
    with VECTORS.open(newline="") as file:
        yield from (row for row in csv.DictReader(file) if row["ours"] == "yes" and row["wire"] != "FI")


def keys(shell: Shell, given: str, *options: str) -> list[dict[str, object]]:
    answer = shell.ok("identifiers", "--platform", "meta", *options, given=given)
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.parametrize("row", list(vectors()), ids=lambda row: f"{row['wire']} {row['value'][:20]!r}")
def test_every_published_vector_comes_out(shell: Shell, row: dict[str, str]) -> None:
    given = json.dumps({name: row[name] for name in ("kind", "value", "country")})
    assert row["key"] in [each["key"] for each in keys(shell, given)]


def test_the_parts_stand_in_their_order(shell: Shell) -> None:
    (line,) = shell.ok("identifiers", "--platform", "meta", given="kind,value\nemail,A@example.com\n").out.splitlines()
    assert list(json.loads(line)) == ORDER


def test_csv_needs_no_header(shell: Shell) -> None:
    (made,) = keys(shell, "phone,020 7946 0958,GB\n")
    assert made["normal_form"] == "442079460958"


def test_the_default_country_is_for_phones_without_one(shell: Shell) -> None:
    (made,) = keys(shell, "kind,value\nphone,0171 1234567\n", "--default-country", "DE")
    assert made["normal_form"] == "491711234567"


def test_no_country_is_ever_assumed(shell: Shell) -> None:
    (made,) = keys(shell, "kind,value\nphone,0171 1234567\n")
    assert (made["key"], made["reason"]) == ("", "no_country")


def test_a_date_of_birth_gives_a_line_for_each_column(shell: Shell) -> None:
    assert [made["normal_form"] for made in keys(shell, "kind,value\nbirth_date,1980-02-09\n")] == ["1980", "02", "09"]


def test_values_pass_one_by_one() -> None:
    read = []

    def lines() -> Iterator[str]:
        for n in range(3):
            read.append(n)
            yield f"email,{n}@example.com\n"

    next(values(lines()))
    assert read == [0]


def test_letters_beyond_ascii_are_written_as_they_are(shell: Shell) -> None:
    assert '"valéry"' in shell.ok("identifiers", "--platform", "meta", given="first_name,Valéry\n").out


def test_half_a_surrogate_pair_is_told_and_not_stumbled_over(shell: Shell) -> None:
    (made,) = keys(shell, '{"kind": "email", "value": "\\ud800@example.com"}\n')
    assert made["reason"] == "not_text"


@pytest.mark.parametrize(
    ("given", "said"),
    [("kind,value\nshoe_size,44\n", "Line 2"), ('{"kind": "email"\n', "Line 1"), ("[1]\n", "no kind")],
)
def test_what_cannot_be_read_is_refused_with_its_line(shell: Shell, given: str, said: str) -> None:
    answer = shell("identifiers", "--platform", "meta", given=given)
    assert answer.code == 2
    assert said in answer.err


def test_an_unknown_platform_is_refused_with_those_there_are(shell: Shell) -> None:
    answer = shell("identifiers", "--platform", "myspace")
    assert answer.code == 2
    assert "meta" in answer.err


def test_a_missing_file_is_refused(shell: Shell) -> None:
    assert shell("identifiers", "--platform", "meta", "nothing.csv").code == 2
