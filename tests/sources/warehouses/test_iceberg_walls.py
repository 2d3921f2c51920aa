"""Whatever an Iceberg table says of its files, nothing outside of the allowed folder is read."""

import json
import shutil
from pathlib import Path

import pytest
from pyiceberg.table import Table

from audience_sync.errors import Invalid, Unreadable
from tests.sources.iceberg import PEOPLE, delete_positions, ids, metadata_of, rewrite, rows, written


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
