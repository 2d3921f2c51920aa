"""Iceberg tables that a catalog of another program wrote, read from their folder alone."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table
from pyiceberg.types import DoubleType, LongType, StringType

from audience_sync.errors import AudienceSyncError, Unreadable
from audience_sync.sources.warehouses.registry import kind_of
from tests.sources.iceberg import (
    PEOPLE,
    access,
    delete_equal,
    delete_positions,
    ids,
    metadata_of,
    rewrite,
    rows,
    written,
)
from tests.sources.warehouses.claims import Claims, Subject, subject


class TestIceberg(Claims):
    @pytest.fixture
    def subject(self, table: Table, lake: Path) -> Subject:
        made = subject("iceberg", "customers", lake.parent / "work")
        return replace(made, access=replace(made.access, folder=lake))


def test_a_table_s_rows_come_with_their_lists(table: Table, lake: Path) -> None:
    assert rows(lake) == PEOPLE.to_pylist()


def test_a_table_of_the_first_format_is_read(lake: Path) -> None:
    with written(lake, PEOPLE, **{"format-version": "1"}):
        assert ids(lake) == [1, 2, 3]


def test_the_sql_may_look_at_the_table_twice(table: Table, lake: Path) -> None:
    found = rows(lake, "SELECT count(*) AS n FROM files AS a JOIN files AS b USING (id)")
    assert found == [{"n": 3}]


def test_the_newest_of_several_snapshots_is_read(table: Table, lake: Path) -> None:
    table.append(PEOPLE.slice(0, 1).set_column(0, "id", pa.array([4], pa.int64())))
    table.overwrite(PEOPLE.slice(1, 1), "id = 2")
    assert ids(lake) == [1, 2, 3, 4]


def test_a_metadata_file_is_read_as_the_table_was_then(table: Table, lake: Path) -> None:
    then = metadata_of(table)
    table.delete("id = 2")
    assert (ids(lake, str(then.relative_to(lake))), ids(lake)) == ([1, 2, 3], [1, 3])


def test_files_of_older_columns_are_read_as_the_newest(table: Table, lake: Path) -> None:
    with table.update_schema() as schema:
        schema.rename_column("email", "mail").update_column("visits", LongType())
        schema.add_column("plan", StringType()).delete_column("phones")
    new = {"id": [4], "mail": ["dee@example.com"], "visits": [2**40], "plan": ["pro"]}
    table.append(pa.table(new))
    found = rows(lake, "SELECT mail, visits, plan FROM files WHERE id IN (1, 4) ORDER BY id")
    assert found == [
        {"mail": "ann@example.com", "visits": 1, "plan": None},
        {"mail": "dee@example.com", "visits": 2**40, "plan": "pro"},
    ]


def test_a_name_that_is_given_anew_is_not_that_of_older_values(table: Table, lake: Path) -> None:
    with table.update_schema() as schema:
        schema.delete_column("visits")
    with table.update_schema() as schema:
        schema.add_column("visits", DoubleType())
    assert [row["visits"] for row in rows(lake)] == [None, None, None]


def test_types_of_the_table_come_as_they_are(lake: Path) -> None:
    at = datetime(2026, 11, 24, 21, 55, 0, 123, tzinfo=UTC)
    cells = {
        "u": UUID(int=7),
        "paid": Decimal("1.50"),
        "at": at,
        "day": at.date(),
        "is": True,
        "home": {"zip": "00123"},
    }
    kinds = [pa.uuid(), pa.decimal128(9, 2), pa.timestamp("us", tz="UTC"), pa.date32(), pa.bool_()]
    own = pa.schema([*zip(cells, [*kinds, pa.struct([("zip", pa.string())])], strict=True)])
    schema = own.append(pa.field("id", pa.int64(), nullable=False))
    with written(lake, pa.Table.from_pylist([{"id": 1, **cells, "u": UUID(int=7).bytes}, {"id": 2}], schema)) as table:
        with table.update_schema() as changes:
            changes.rename_column("home.zip", "code")
        known, unknown = rows(lake)
    # DuckDB gives a UUID as its text.
    assert known == {"id": 1, **cells, "u": str(UUID(int=7)), "home": {"code": "00123"}}
    assert unknown == {"id": 2, **dict.fromkeys(cells)}


def test_files_that_have_none_of_the_columns_still_have_their_rows(table: Table, lake: Path) -> None:
    with table.update_schema() as schema:
        schema.add_column("plan", StringType())
        for name in PEOPLE.column_names:
            schema.delete_column(name)
    assert rows(lake, "SELECT * FROM files") == [{"plan": None}] * 3


def test_files_that_were_not_written_for_the_table_are_read_by_their_names(table: Table, lake: Path) -> None:
    pq.write_table(
        PEOPLE.slice(1).set_column(0, "id", pa.array([8, 9], pa.int64())), lake / "customers" / "old.parquet"
    )
    table.add_files([f"file://{lake}/customers/old.parquet"])
    with table.update_schema() as schema:
        schema.rename_column("email", "mail")
    assert [(row["id"], row["mail"]) for row in rows(lake)][3:] == [(8, None), (9, "cem@example.com")]


def test_rows_that_are_deleted_by_their_place_do_not_come(table: Table, lake: Path) -> None:
    delete_positions(table, [0, 2])
    assert ids(lake) == [2]


def test_rows_that_can_be_deleted_only_by_their_values_are_told(table: Table, lake: Path) -> None:
    delete_equal(table, [1])
    with pytest.raises(Unreadable, match="equality deletes") as told:
        ids(lake)
    assert "rewrite_data_files" in told.value.hint


def test_a_table_without_a_snapshot_has_no_rows(table: Table, lake: Path) -> None:
    rewrite(table, **{"current-snapshot-id": None, "refs": {}})
    assert rows(lake) == []


def test_how_many_rows_come_is_said_only_where_it_is_known(table: Table, lake: Path) -> None:
    with kind_of("iceberg").connect(access(lake)) as session:
        known = session.estimate("SELECT id, upper(email) AS email FROM files")
        unknown = session.estimate("SELECT id FROM files WHERE id > 1")
        grouped = session.estimate("SELECT count(*) FROM files")
    assert (known, unknown, grouped) == (3, None, None)


def test_of_rows_some_of_which_are_deleted_the_number_is_unknown(table: Table, lake: Path) -> None:
    delete_positions(table, [1])
    with kind_of("iceberg").connect(access(lake)) as session:
        assert session.estimate("SELECT * FROM files") is None


def test_a_file_that_is_gone_is_no_end_of_the_rows(table: Table, lake: Path) -> None:
    table.append(PEOPLE)
    next((lake / "customers" / "data").glob("*.parquet")).unlink()
    with pytest.raises(Unreadable):
        rows(lake)


def test_a_broken_file_is_told_without_its_content(table: Table, lake: Path) -> None:
    (file,) = (lake / "customers" / "data").glob("*.parquet")
    file.write_bytes(b"PAR1 ada@example.com PAR1")
    with pytest.raises(AudienceSyncError) as told:
        rows(lake)
    assert "ada@" not in f"{told.value}{told.value.hint}"


def test_what_is_no_table_is_told(lake: Path) -> None:
    (lake / "customers" / "metadata").mkdir(parents=True)
    with pytest.raises(Unreadable, match="no file metadata"):
        rows(lake)
    (lake / "customers" / "metadata" / "v1.metadata.json").write_text('{"email": "ada@example.com"}')
    with pytest.raises(Unreadable, match="no Iceberg table that can be read"):
        rows(lake)


@pytest.mark.parametrize(("files", "rows_a_file"), [(10, 30_000), (1, 300_000)])
def test_memory_does_not_grow_with_the_table(lake: Path, files: int, rows_a_file: int) -> None:
    part = pa.table({"id": pa.array(range(rows_a_file)), "wide": pa.repeat(pa.scalar("x" * 200), rows_a_file)})
    with written(lake, part, **{"write.parquet.row-group-limit": "2000"}) as table:
        for _ in range(files - 1):
            table.append(part)
        # What the table takes as Arrow, and what was never more than a third of it while it was read.
        whole, before, most, count = part.nbytes * files, pa.total_allocated_bytes(), 0, 0
        with kind_of("iceberg").connect(access(lake)) as session:
            for batch in session.stream("SELECT * FROM files").batches:
                most, count = max(most, pa.total_allocated_bytes() - before), count + batch.num_rows
    assert (count, most < whole / 3) == (300_000, True)


def test_a_time_limit_holds_for_looking_through_the_manifests(table: Table, lake: Path) -> None:
    with pytest.raises(AudienceSyncError) as told, kind_of("iceberg").connect(replace(access(lake), seconds=-1.0)):
        pass
    assert told.value.code == "WAREHOUSE_TIMEOUT"
