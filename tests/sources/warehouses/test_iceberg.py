"""Iceberg tables that a catalog of another program wrote, read from their folder alone."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table
from pyiceberg.types import DoubleType, LongType, StringType

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.registry import kind_of
from tests.sources.iceberg import delete_equal, delete_positions, metadata_of, written
from tests.sources.warehouses.claims import Claims, Subject, subject

PEOPLE = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "email": ["ann@example.com", None, "cem@example.com"],
        "phones": [["+14155550001", "+14155550002"], [], None],
        "visits": pa.array([1, 2, 3], pa.int32()),
    }
)


class TestIceberg(Claims):
    @pytest.fixture
    def subject(self, table: Table, lake: Path) -> Subject:
        made = subject("iceberg", "customers", lake.parent / "work")
        return replace(made, access=replace(made.access, folder=lake))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder that may be read."""
    (folder := tmp_path / "lake").mkdir()
    return folder


@pytest.fixture
def table(lake: Path) -> Iterator[Table]:
    """Three customers in `lake/customers`."""
    with written(lake, PEOPLE) as made:
        yield made


def access(lake: Path, address: str = "customers") -> Access:
    return Access(address, 20.0, lake.parent / "work", lake)


def rows(lake: Path, sql: str = "SELECT * FROM files ORDER BY id", address: str = "customers") -> list[dict[str, Any]]:
    with kind_of("iceberg").connect(access(lake, address)) as session:
        found = session.stream(sql)
        return pa.Table.from_batches(list(found.batches), found.schema).to_pylist()


def ids(lake: Path, address: str = "customers") -> list[int]:
    return [row["id"] for row in rows(lake, address=address)]


def rewrite(table: Table, **changes: Any) -> None:
    """Its metadata file says something else."""
    file = metadata_of(table)
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


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


@pytest.mark.parametrize("address", ["../outside", "/etc", "customers/../../outside", ""])
def test_an_address_does_not_lead_out_of_the_folder(lake: Path, address: str) -> None:
    with pytest.raises(Invalid):
        rows(lake, address=address)


def test_a_table_that_was_moved_whole_is_read_where_it_lies(table: Table, lake: Path) -> None:
    delete_positions(table, [1])
    shutil.move(lake / "customers", lake / "moved")
    assert ids(lake, "moved") == [1, 3]


def test_a_copy_is_read_from_its_own_files(table: Table, lake: Path) -> None:
    shutil.copytree(lake / "customers", lake / "copy")
    shutil.rmtree(lake / "customers" / "data")
    assert ids(lake, "copy") == [1, 2, 3]


def test_what_a_bucket_s_table_says_of_its_files_is_looked_for_in_its_folder(table: Table, lake: Path) -> None:
    file = metadata_of(table)
    file.write_text(file.read_text().replace(f"file://{lake}/customers", "s3://bucket/shop/customers"))
    assert ids(lake) == [1, 2, 3]


@pytest.mark.parametrize("scheme", ["s3://bucket/list.avro", "http://127.0.0.1:1/list.avro", "list.avro", "file://h/x"])
def test_a_list_of_manifests_elsewhere_is_refused(table: Table, lake: Path, scheme: str) -> None:
    (snapshot,) = json.loads(metadata_of(table).read_text())["snapshots"]
    rewrite(table, snapshots=[snapshot | {"manifest-list": scheme}])
    with pytest.raises(Unreadable, match="elsewhere"):
        rows(lake)


@pytest.mark.parametrize("path", ["{outside}/list.avro", "{lake}/customers/../../outside/list.avro"])
def test_a_list_of_manifests_out_of_the_folder_is_refused(table: Table, lake: Path, path: str) -> None:
    (snapshot,) = json.loads(metadata_of(table).read_text())["snapshots"]
    there = Path(snapshot["manifest-list"].removeprefix("file://"))
    (outside := lake.parent / "outside").mkdir()
    shutil.move(there, outside / "list.avro")
    named = path.format(outside=outside, lake=lake)
    rewrite(table, snapshots=[snapshot | {"manifest-list": named}])
    with pytest.raises(Unreadable, match="elsewhere"):
        rows(lake)


@pytest.mark.parametrize("what", ["write.data.path", "write.metadata.path"])
def test_data_and_manifests_out_of_the_folder_are_refused(lake: Path, what: str) -> None:
    outside = f"file://{lake.parent}/outside"
    with written(lake, PEOPLE, **{what: outside}) as table:
        inside = lake / "customers" / "metadata"
        inside.mkdir(parents=True, exist_ok=True)
        if what == "write.metadata.path":
            shutil.copy(metadata_of(table), inside)
        with pytest.raises(Unreadable, match="elsewhere"):
            rows(lake)


def test_files_of_deletes_out_of_the_folder_are_refused(table: Table, lake: Path) -> None:
    (outside := lake.parent / "outside").mkdir()
    delete_positions(table, [1], outside)
    with pytest.raises(Unreadable, match="elsewhere"):
        rows(lake)


@pytest.mark.parametrize("what", ["data/*.parquet", "metadata/snap-*.avro", "metadata/*-m0.avro", "metadata/00001*"])
def test_a_link_does_not_lead_out_of_the_folder(table: Table, lake: Path, what: str) -> None:
    (file,) = (lake / "customers").glob(what)
    file.rename(lake.parent / "outside")
    file.symlink_to(lake.parent / "outside")
    with pytest.raises((Unreadable, Invalid), match=r"elsewhere|leads out"):
        rows(lake)


def test_a_table_does_not_choose_the_code_that_reads_it(table: Table, lake: Path) -> None:
    # pyiceberg would import the module and call what it names.
    rewrite(table, properties={"py-io-impl": "antigravity.Nothing"})
    assert ids(lake) == [1, 2, 3]


def test_sql_reads_no_file_but_the_table_s(table: Table, lake: Path) -> None:
    (lake / "secret.csv").write_text("id\n7\n")
    with pytest.raises(Invalid, match="outside"):
        rows(lake, f"SELECT * FROM read_csv('{lake}/secret.csv')")


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
