"""What is true of every kind of warehouse, asked of a running one: executed here where one can be had, else live."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pytest

from audience_sync.errors import AudienceSyncError, Invalid
from audience_sync.sources.warehouses.checking import first_rows, read_only
from audience_sync.sources.warehouses.protocol import Access, Session, TookTooLong
from audience_sync.sources.warehouses.registry import kind_of

PEOPLE = "SELECT '1' AS id, 'ann@example.com' AS email UNION ALL SELECT '2', NULL"
MANY = 200_000


@dataclass(frozen=True)
class Said:
    """In a kind's own words: numbers up to MANY as `id`, and a statement that takes for ever."""

    many: str
    endless: str


STATEMENTS = {
    "postgres": Said(
        f"SELECT i AS id, repeat('x', 200) AS wide FROM generate_series(1, {MANY}) AS i",
        "SELECT count(*) AS id FROM generate_series(1, 1000000000)",
    ),
    "clickhouse": Said(
        f"SELECT number AS id FROM numbers({MANY})",
        "SELECT count() AS id FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
    ),
    "snowflake": Said(
        f"SELECT SEQ4() AS id FROM TABLE(GENERATOR(ROWCOUNT => {MANY}))",
        "SELECT COUNT(*) AS id FROM TABLE(GENERATOR(TIMELIMIT => 120))",
    ),
    "iceberg": Said(
        f"SELECT i AS id, repeat('x', 200) AS wide FROM range({MANY}) AS numbers(i)",
        "SELECT count(*) AS id FROM range(10000000000) a, range(10000000000) b",
    ),
    "bigquery": Said(
        f"SELECT id FROM UNNEST(GENERATE_ARRAY(1, {MANY})) AS id",
        "SELECT COUNT(*) AS id FROM UNNEST(GENERATE_ARRAY(1, 900000)) a, UNNEST(GENERATE_ARRAY(1, 900000)) b",
    ),
}


@dataclass(frozen=True)
class Subject:
    """A kind, and a running warehouse of it."""

    kind: str
    access: Access

    @property
    def said(self) -> Said:
        return STATEMENTS[self.kind]

    @contextmanager
    def session(self, seconds: float = 0) -> Iterator[Session]:
        access = replace(self.access, seconds=seconds or self.access.seconds)
        with kind_of(self.kind).connect(access) as session:
            yield session

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a statement, checked as a pull checks it."""
        with self.session() as session:
            found = session.stream(read_only(sql, kind_of(self.kind)))
            table = pa.Table.from_batches(list(found.batches), found.schema)
        return [tuple(row.values()) for row in table.to_pylist()]


def subject(kind: str, address: str, work: Path) -> Subject:
    return Subject(kind, Access(address, 60.0, work))


class Claims:
    """Inherited by a class for each kind, whose `subject` is the warehouse to ask."""

    def test_it_says_what_answers(self, subject: Subject) -> None:
        with subject.session() as session:
            assert session.test().startswith(kind_of(subject.kind).title)

    def test_the_rows_of_a_statement_come(self, subject: Subject) -> None:
        assert sorted(subject.rows(PEOPLE)) == [("1", "ann@example.com"), ("2", None)]

    def test_the_first_rows_of_a_statement_come(self, subject: Subject) -> None:
        assert len(subject.rows(first_rows(PEOPLE, 1))) == 1

    def test_many_rows_come_in_batches_of_bounded_size(self, subject: Subject) -> None:
        with subject.session() as session:
            sizes = [batch.num_rows for batch in session.stream(subject.said.many).batches]
        assert (sum(sizes), max(sizes) < MANY) == (MANY, True)

    def test_no_rows_still_have_their_columns(self, subject: Subject) -> None:
        with subject.session() as session:
            found = session.stream(f"SELECT * FROM ({PEOPLE}) AS nobody WHERE id = '3'")
            names = [name.lower() for name in found.schema.names]
            assert (names, sum(batch.num_rows for batch in found.batches)) == (["id", "email"], 0)

    def test_what_cannot_be_run_is_told_before_it_is(self, subject: Subject) -> None:
        with subject.session() as session, pytest.raises(AudienceSyncError) as told:
            session.estimate("SELECT nobody_has_this FROM (SELECT 's3cr3t' AS id) AS one")
        assert (bool(told.value.hint), "s3cr3t" in str(told.value)) == (True, False)

    def test_data_is_in_no_error(self, subject: Subject) -> None:
        with pytest.raises(AudienceSyncError) as told:
            subject.rows("SELECT CAST(id AS INT) AS id FROM (SELECT 'ann@example.com' AS id) AS one")
        assert "ann@" not in f"{told.value}{told.value.details}"

    def test_a_statement_ends_in_time(self, subject: Subject) -> None:
        with subject.session(seconds=1) as session, pytest.raises(TookTooLong):
            list(session.stream(subject.said.endless).batches)

    @pytest.mark.parametrize("sql", ["DELETE FROM x", "DROP TABLE x", "CALL x()", "SELECT 1 AS id; SELECT 2 AS id"])
    def test_what_is_no_select_is_not_asked(self, subject: Subject, sql: str) -> None:
        with pytest.raises(Invalid):
            subject.rows(sql)
