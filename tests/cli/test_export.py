"""Exports at the shell: asked for, written, copied, listed, taken back."""

import csv
import hashlib
import json

import pytest

from tests.cli.conftest import Shell

REASON = "Checked by hand with the shop"


def test_an_export_ends_in_the_specifications_words(people: Shell) -> None:
    out = people.ok("export", "Members").out.splitlines()
    assert "Generating export..." in out
    assert "✓ Export Ready" in out
    assert any(line.startswith("File: members-20") and line.endswith(".csv") for line in out)
    assert {"Profiles: 2", "Withheld: 1 no consent"} <= set(out)
    assert any(line.startswith("Link: http://127.0.0.1:8000/api/v1/exports/") for line in out)
    assert any(line.startswith("Link expires ") for line in out)


def test_the_file_is_put_where_it_is_wanted(people: Shell) -> None:
    people.ok("export", "Members", "--identifiers", "email", "--no-traits", "-o", "members.csv")
    rows = list(csv.DictReader((people.folder / "members.csv").read_text().splitlines()))
    hashed = {hashlib.sha256(f"{name}@example.com".encode()).hexdigest() for name in ("ada", "bob")}
    assert {row["email"] for row in rows} == hashed
    assert (people.folder / "members.csv").stat().st_mode & 0o777 == 0o600


def test_into_a_folder_it_goes_under_its_own_name(people: Shell) -> None:
    (people.folder / "out").mkdir()
    people.ok("export", "Members", "--format", "jsonl", "--compress", "gzip", "-o", "out")
    assert [file.name.startswith("members-") and file.suffixes[-2:] for file in (people.folder / "out").iterdir()] == [
        [".jsonl", ".gz"]
    ]


def test_in_clear_it_needs_a_reason(people: Shell) -> None:
    refused = people("export", "Members", "--hash", "none")
    assert (refused.code, "REASON_NEEDED" in refused.err) == (2, True)
    people.ok("export", "Members", "--hash", "none", "--reason", REASON, "-o", "raw.csv")
    assert "ada@example.com" in (people.folder / "raw.csv").read_text()


def test_a_template_has_the_platforms_headings(people: Shell) -> None:
    people.ok("export", "Members", "--template", "google", "-o", "google.csv")
    assert (people.folder / "google.csv").read_text().splitlines()[0] == '"Email","Phone"'


def test_with_json_nothing_but_json_is_printed(people: Shell) -> None:
    done = people.ok("export", "Members", "--json").json
    assert (done["export"]["status"], done["export"]["profiles"], done["output"]) == ("completed", 2, None)
    assert "signature=" in done["link"]["url"]


def test_a_place_that_cannot_be_written_is_told(people: Shell) -> None:
    answer = people("export", "Members", "-o", "nowhere/members.csv")
    assert (answer.code, "cannot be written" in answer.err) == (2, True)


@pytest.mark.parametrize("wrong", [("--identifiers", "shoe_size"), ("--hash", "nowhere"), ("--format", "xls")])
def test_wrong_choices_end_with_2(people: Shell, wrong: tuple[str, str]) -> None:
    assert people("export", "Members", *wrong).code == 2


def test_an_export_that_fails_ends_with_1_and_says_why(people: Shell) -> None:
    for file in (people.folder / "data" / "profiles" / "files").iterdir():
        file.unlink()
    answer = people("export", "Members")
    assert (answer.code, "✗ Export Failed" in answer.out, "ended early" in answer.out) == (1, True, True)


def test_a_queued_export_is_listed_and_cancelled(people: Shell) -> None:
    asked = people.ok("export", "Members", "--no-wait", "--json").json["export"]
    assert "Queued" in people.ok("exports", "list").out
    people.ok("exports", "cancel", asked["id"][:8])
    (listed,) = people.ok("exports", "list", "--json").json
    assert listed["status"] == "cancelled"


def test_a_revoked_export_has_no_link_any_more(people: Shell) -> None:
    export = people.ok("export", "Members", "--json").json["export"]["id"]
    assert "signature=" in people.ok("exports", "link", export).out
    people.ok("exports", "revoke", export)
    refused = people("exports", "link", export)
    assert (refused.code, "EXPORT_REVOKED" in refused.err) == (2, True)


def test_no_raw_identifier_is_told(people: Shell) -> None:
    answer = people.ok("export", "Members", "--hash", "none", "--reason", REASON, "--json")
    assert "example.com" not in json.dumps(answer.json) + answer.err
