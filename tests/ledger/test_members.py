"""However its files lie, a ledger has the same members."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.ledger.duck import Bounds, quoted, workbench
from audience_sync.ledger.manifest import Log, Manifest
from audience_sync.ledger.members import based, view_held

NAMING = ("email", "phone")
KEYS = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=3, unique=True)
PEOPLE = st.dictionaries(st.sampled_from("pqrs"), st.tuples(KEYS, KEYS), min_size=1)
People = Mapping[str, tuple[list[bytes], list[bytes]]]
BOUNDS = Bounds(memory_limit_mb=128, threads=1)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def log_of(root: Path, people: People, name: str) -> Log:
    """A log of these people, none of whom is in a batch."""
    file = root / name
    with duckdb.connect() as con:
        con.execute("CREATE TABLE p (profile_id VARCHAR, email BLOB[], phone BLOB[])")
        con.executemany("INSERT INTO p VALUES (?, ?, ?)", [(who, *lists) for who, lists in people.items()])
        fixed = (
            "7::UBIGINT AS fp, 8::UBIGINT AS hints_fp, []::VARCHAR[] AS refusals, 'new' AS status, NULL::INT AS batch"
        )
        con.execute(f"COPY (SELECT *, {fixed} FROM p) TO {quoted(file)} (FORMAT parquet)")
    return Log(name, len(people))


def held(
    root: Path, manifest: Manifest, relation: str = "held", *, write: str = ""
) -> dict[str, tuple[object, object]]:
    """The members by their id; `write` is a query that goes into the file of that name."""
    with workbench(root / "work", BOUNDS) as con:
        view_held(con, root, manifest, NAMING)
        con.execute("CREATE TEMP TABLE asked AS FROM (VALUES ('p'), ('q'), ('nobody')) t(profile_id)")
        if write:
            con.execute(f"COPY ({write}) TO {quoted(root / 'base')} (FORMAT parquet)")
        found = con.execute(f"SELECT profile_id, email, phone, fp, hints_fp FROM {relation}").fetchall()
    assert {row[3:] for row in found} <= {(7, 8)}
    return {who: (email, phone) for who, email, phone, *_ in found}


@settings(max_examples=12, deadline=None)
@given(older=PEOPLE, newer=PEOPLE, query=st.sampled_from([based(NAMING), "FROM held"]))
def test_members_are_the_same_in_logs_and_in_a_base_of_either_form(
    root: Path, older: People, newer: People, query: str
) -> None:
    logs = (log_of(root, older, "older"), log_of(root, newer, "newer"))
    expected = {**older, **newer}
    assert held(root, Manifest(logs=logs), write=query) == expected
    assert held(root, Manifest(base="base", base_rows=len(expected))) == expected


@settings(max_examples=12, deadline=None)
@given(older=PEOPLE, newer=PEOPLE)
def test_those_who_are_asked_for_are_those_of_the_whole(root: Path, older: People, newer: People) -> None:
    held(root, Manifest(logs=(log_of(root, older, "older"),)), write=based(NAMING))
    manifest = Manifest(base="base", base_rows=len(older), logs=(log_of(root, newer, "newer"),))
    whole = held(root, manifest)
    assert held(root, manifest, "held_among('asked')") == {who: lists for who, lists in whole.items() if who in "pq"}


def test_a_kind_that_the_base_never_had_is_empty(root: Path) -> None:
    held(
        root, Manifest(logs=(log_of(root, {"p": ([b"a"], [b"b"])}, "older"),)), write="SELECT * EXCLUDE phone FROM held"
    )
    assert held(root, Manifest(base="base", base_rows=1)) == {"p": ([b"a"], [])}
