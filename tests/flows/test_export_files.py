"""What stands in the file: exactly the segment's members that may be sent, with what was chosen, in every format."""

import csv
import hashlib
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.flows.exporting.writing import ExportJob, write_export
from audience_sync.identity.explain import explain
from audience_sync.identity.plain import PLAIN_COLUMNS
from audience_sync.model.exports import Compression, ExportFormat, ExportOptions, Template
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.sources.builtin.imports import import_file
from tests.flows.exporting import furnish, made, rows_in, rows_of
from tests.world import House, house

RAW = "ann@example.com", "ben@example.com", "415 555 0123", "4155550123"


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        furnish(made)
        yield made


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of people with hostile values, of whom every third denied."""
    folder = tmp_path_factory.mktemp("crowd")
    people = [person(number) for number in range(300)]
    file = folder / "people.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in people))
    import_file(folder / "profiles", "profiles", file)
    file.write_text(
        "".join(
            json.dumps(
                {"profile_id": f"p{n % 90}", "event": "seen", "time": f"2026-11-{1 + n % 23:02}T08:00:00Z", "n": n}
            )
            + "\n"
            for n in range(200)
        )
    )
    import_file(folder / "profiles", "events", file)
    return folder


HOSTILE = (
    "=cmd|' /C calc'!A0",
    '"quoted", and more',
    "two\nlines",
    "é😀",
    "-2+3",
    "@x",
    "+49 171",
    "-5",
    "plain",
    None,
)


def person(number: int) -> dict[str, object]:
    """One of the crowd: always the same under a number."""
    dice = random.Random(number)  # noqa: S311  # Nothing secret is drawn.
    many = [f"person.{number}@example.com", f"Other{number}@Example.org"][: dice.randrange(3)]
    return {
        "profile_id": f"p{number}",
        "email": many,
        "phone": dice.choice((None, f"+1415555{number:04}", f"(415) 555-{number:04}")),
        "country": "US",
        "note": dice.choice(HOSTILE),
        "age": dice.choice((None, dice.randrange(99))),
        "ads_consent": "denied" if number % 3 == 0 else "granted",
    }


def written(folder: Path, options: ExportOptions, segment: dict[str, object], name: str = "out") -> Any:
    """The file's rows, by an export of that segment of the crowd."""
    job = ExportJob(
        profiles=str(folder / "profiles"),
        target=str(folder / name),
        segment=segment,
        options=options.to_json(),
        rules="",
        as_of="2026-11-24T00:00:00+00:00",
        consent_purpose="ads",
        consent_policy="granted",
        default_country="",
        seconds=60.0,
        memory_limit_mb=256,
    )
    exported = write_export(job, lambda _far: None)
    return exported, rows_in((folder / name).read_bytes(), options)


def emails_of(row: dict[str, Any]) -> set[str]:
    """The e-mails of a row in any format."""
    if isinstance(row.get("email"), list):
        return set(row["email"])
    return {value for name, value in row.items() if name.startswith("email") and value}


OPTIONS = st.builds(
    ExportOptions,
    format=st.sampled_from(ExportFormat),
    identifiers=st.sets(st.sampled_from(IdentifierKind), max_size=5).map(lambda kinds: (*kinds, IdentifierKind.EMAIL)),
    traits=st.booleans(),
    events=st.booleans(),
    attributes=st.booleans(),
    hashing=st.sampled_from(["none", "sha256"]),
    compression=st.sampled_from(Compression),
)
SEGMENTS = st.sampled_from(
    [
        {"type": "rules", "rules": {"all": []}},
        {"type": "rules", "rules": {"attribute": "age", "op": "at_least", "value": 50}},
        {"type": "rules", "rules": {"event": "seen", "op": "at_least", "value": 2}},
        {"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE age < 30"},
        {"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE false"},
    ]
)


def may_be_sent(number: int, segment: dict[str, Any]) -> bool:
    """Whether that person is an eligible member, told apart from the product."""
    one = person(number)
    if one["ads_consent"] == "denied":
        return False
    age, rules, sql = one["age"], segment.get("rules", {}), segment.get("sql", "")
    if "age < 30" in sql:
        return isinstance(age, int) and age < 30
    if "attribute" in rules:
        return isinstance(age, int) and age >= 50
    if "event" in rules:
        return sum(n % 90 == number for n in range(200)) >= 2
    return "false" not in sql


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(options=OPTIONS, segment=SEGMENTS)
def test_the_file_holds_exactly_the_eligible_members(
    crowd: Path, options: ExportOptions, segment: dict[str, Any]
) -> None:
    exported, rows = written(crowd, options.checked(), segment)
    wanted = {f"p{number}" for number in range(300) if may_be_sent(number, segment)}
    assert {row["profile_id"] for row in rows} == wanted
    assert len(rows) == exported.profiles == exported.segment - sum(exported.withheld.values())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(options=OPTIONS)
def test_every_value_of_an_identifier_is_there_in_every_format(crowd: Path, options: ExportOptions) -> None:
    _, rows = written(crowd, options.checked(), {"type": "rules", "rules": {"all": []}})
    for row in rows:
        number = int(row["profile_id"][1:])
        raw = person(number)["email"]
        assert isinstance(raw, list)
        hashed = options.hashing == "sha256"
        assert emails_of(row) == {hashlib.sha256(v.lower().encode()).hexdigest() if hashed else v for v in raw}


async def test_no_raw_identifier_is_in_a_hashed_file(home: House) -> None:
    for hashing in ("sha256", "meta"):
        export = await made(home, format="jsonl", hashing=hashing, attributes=True, events=True)
        text = json.dumps(list(rows_of(home, export).values())).lower()
        assert [raw for raw in RAW if raw in text] == []


@pytest.mark.parametrize("hashing", ["sha256", *CONNECTORS])
async def test_keys_are_those_that_the_rules_explain(home: House, hashing: str) -> None:
    card = CONNECTORS[hashing].card if hashing in CONNECTORS else None
    columns, rules = (card.known_columns, card.rules) if card else (PLAIN_COLUMNS, "plain/1")
    export = await made(home, format="json", hashing=hashing, identifiers=("email",))
    (told, *_) = explain(
        IdentifierKind.EMAIL, "Ann@Example.com", country="US", default_country="", columns=columns, rules=rules
    )
    assert rows_of(home, export)["a"]["email"] == [told.key]


async def test_a_plain_sha256_is_of_the_normal_form(home: House) -> None:
    row = rows_of(home, await made(home, hashing="sha256"))["a"]
    assert row["email"] == hashlib.sha256(b"ann@example.com").hexdigest()
    assert row["phone"] == hashlib.sha256(b"+14155550123").hexdigest()


async def test_events_are_nested_in_json_and_parquet_and_json_text_in_csv(home: House) -> None:
    found = {
        name: rows_of(home, await made(home, format=name, events=True))["a"]["events"]
        for name in ("csv", "json", "parquet")
    }
    assert json.loads(found["csv"]) == found["json"]
    assert [event["name"] for event in found["json"]] == ["login", "purchase"]
    assert [event["time"] for event in found["json"]] == ["2026-11-19T10:00:00.250000Z", "2026-11-20T10:00:00Z"]
    assert found["json"][1]["properties"] == {"amount": "3.5", "note": 'a "b"'}
    assert [event["time"].isoformat() for event in found["parquet"]][1] == "2026-11-20T10:00:00+00:00"


async def test_traits_and_attributes_have_columns_of_their_own(home: House) -> None:
    choices: dict[str, Any] = {"traits": True, "attributes": True}
    csv_row = rows_of(home, await made(home, format="csv", **choices))["a"]
    json_row = rows_of(home, await made(home, format="json", **choices))["a"]
    assert (csv_row["trait_revenue"], csv_row["trait_purchases"], csv_row["attribute_plan"]) == ("3.5", "1", "'=1+1")
    assert (json_row["traits"]["revenue"], json_row["attributes"]["plan"]) == (3.5, "=1+1")


async def test_meta_s_form_has_meta_s_headings_and_keys_only(home: House) -> None:
    export = await made(home, template=Template.META)
    file = home.app.settings.exports_dir / export.id
    heading, *rows = csv.reader(file.read_text().splitlines())
    assert heading == ["email", "phone"]
    assert sorted(rows) == sorted(
        [
            [hashlib.sha256(b"ann@example.com").hexdigest(), hashlib.sha256(b"14155550123").hexdigest()],
            [hashlib.sha256(b"ben@example.com").hexdigest(), ""],
        ]
    )
    assert (export.profiles, export.withheld) == (2, {"no_consent": 1, "no_usable_identifier": 1})


async def test_google_s_form_repeats_a_heading_for_every_further_value(home: House) -> None:
    home.people([{"id": "a", "email": "ann@example.com", "email2": "a.nn@gmail.com", "country": "US", "zip": "94016"}])
    export = await made(
        home,
        template=Template.GOOGLE,
        identifiers=("email", "country", "postal_code"),
        hashing="none",
        reason="By hand, in clear",
    )
    file = home.app.settings.exports_dir / export.id
    heading, *rows = csv.reader(file.read_text().splitlines())
    assert heading == ["Email", "Email", "Country", "Zip"]
    assert ["ann@example.com", "ann@gmail.com", "US", "94016"] in rows
