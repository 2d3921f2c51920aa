"""The page about identifiers says what the rules do."""

import re
from pathlib import Path

import pytest

from audience_sync.identity.example import COUNTRY, PERSON
from audience_sync.identity.rules import RULE_SETS, rule_set
from audience_sync.model.identifiers import IdentifierKind
from tests.identity.raw import columns_under, explained, normal, reason

PAGE = (Path(__file__).parents[2] / "docs" / "identifiers.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
HEAD = next(row for row in ROWS if "`meta/1`" in row[1])
SHOWN = {str(kind): row for row in ROWS for kind in IdentifierKind if row[0].startswith(f"{kind} `")}
PLACES = {re.findall("`(.+)`", name)[0]: place for place, name in enumerate(HEAD) if place}


def test_every_platform_has_its_place_on_the_page() -> None:
    assert set(PLACES) == set(RULE_SETS) - {"plain/1"}


@pytest.mark.parametrize("rules", PLACES)
def test_the_same_person_has_the_keys_that_the_page_shows(rules: str) -> None:
    for kind, row in SHOWN.items():
        taken = [column for column in columns_under(rules) if column.kind == kind]
        found = [explained(kind, PERSON[IdentifierKind(kind)], COUNTRY, rules=rules)[0]] if taken else []
        cell = row[PLACES[rules]] if PLACES[rules] < len(row) else ""
        assert bool(cell) is bool(found)
        assert all(f"`{one.key[:12]}`" in cell for one in found if one.hashed)
        assert all(cell.startswith("*") is not one.hashed for one in found)
        assert all(f"`{one.normal_form}`" in cell for one in found if kind != "mobile_ad_id")


OURS = [row for row in ROWS if re.search("` to (Meta|Google|TikTok|Snapchat)", row[0])]


@pytest.mark.parametrize("row", OURS, ids=lambda row: row[0])
def test_what_the_page_says_we_send_is_what_we_send(row: list[str]) -> None:
    value, platform = re.findall(r"^`(.+)` to (\w+)", row[0])[0]
    kind = "email" if "@" in value else "phone" if any(map(str.isdigit, value[-4:])) else "first_name"
    kind, country = ("postal_code", "GB") if value == "SW1A 1AA" else (kind, "")
    rules = f"{platform.lower()}/1"
    made = normal(kind, value, country, rules=rules) or reason(kind, value, country, rules=rules)
    assert f"`{made}`" in row[1]


def test_the_page_names_every_form() -> None:
    forms = {form for rules in RULE_SETS.values() for some in rules.forms.values() for form in some}
    defaults = {"full", "plus"}
    assert defaults <= forms
    assert [form for form in forms - defaults if f"| `{form}` |" not in PAGE] == []


@pytest.mark.parametrize("name", re.findall(r"`(tiktok/1\+[^`]+)`", PAGE))
def test_a_name_of_rules_on_the_page_is_one(name: str) -> None:
    assert rule_set(name).name == name
