"""`identifiers`: values in, keys out."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audience_sync.cli.identifiers import values
from audience_sync.connectors.registry import CONNECTORS
from tests.cli.conftest import Shell

VECTORS = Path(__file__).parents[1] / "vectors"
ORDER = ["kind", "value", "normal_form", "key", "hashed", "rule", "reason"]


def vectors(platform: str) -> list[dict[str, str]]:
    """The platform's vectors in its default forms, save those of columns that are not on its card."""
    with (VECTORS / f"{platform}.csv").open(newline="", encoding="utf-8") as file:
        ours = [row for row in csv.DictReader(file) if row["ours"] == "yes" and "+" not in row["rules"]]
    return [row for row in ours if row["wire"] != "FI"]


def keys(shell: Shell, given: str, *options: str, platform: str = "meta") -> list[dict[str, object]]:
    answer = shell.ok("identifiers", "--platform", platform, *options, given=given)
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.parametrize("platform", CONNECTORS)
def test_every_published_vector_comes_out(shell: Shell, platform: str) -> None:
    missing = []
    for row in vectors(platform):
        given = json.dumps({name: row[name] for name in ("kind", "value", "country")})
        if row["key"] not in [each["key"] for each in keys(shell, given, platform=platform)]:
            missing.append(row["value"])
    assert missing == []


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


def test_a_form_can_be_tried_before_it_is_set(shell: Shell) -> None:
    made = keys(shell, "phone,+44 20 7946 0958\n", "--form", "phone=both", platform="tiktok")
    assert [each["normal_form"] for each in made] == ["+442079460958", "442079460958"]


def test_the_form_that_is_set_is_the_one_that_is_shown(shell: Shell) -> None:
    shell.set("TIKTOK_EMAIL_FORM", "plain")
    (made,) = keys(shell, "email,Jane.Doe+news@example.com\n", platform="tiktok")
    assert (made["normal_form"], made["rule"]) == ("jane.doe+news@example.com", "tiktok/1+email=plain")


def test_a_form_that_is_not_offered_is_refused(shell: Shell) -> None:
    answer = shell("identifiers", "--platform", "meta", "--form", "email=plain", given="email,a@b.de\n")
    assert (answer.code, "meta/1 has no form email=plain" in answer.err) == (2, True)


def test_a_kind_that_the_platform_does_not_take_is_told(shell: Shell) -> None:
    (made,) = keys(shell, "birth_date,1980-02-09\n", platform="google")
    assert (made["key"], made["reason"]) == ("", "not_taken_by_platform")


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
