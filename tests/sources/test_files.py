"""Files as they really come: encodings, delimiters, quotes, packed, JSON, Parquet."""

import codecs
import csv
import gzip
import io
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.csv_files import stage_csv
from audience_sync.sources.builtin.encodings import delimiter_of, shape_of
from audience_sync.sources.builtin.imports import import_file
from audience_sync.sources.builtin.staging import Staged
from tests.sources.ground import Store

TEXT = "customer_id,first_name,city\n1,Zoë,Łódź\n2,José,Köln\n"
WESTERN = "customer_id,first_name,city\n1,Zoë,Malmö\n2,José,Köln – Süd\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_in_any_encoding(store: Store, encoding: str) -> None:
    store.give("profiles", TEXT.encode(encoding))

    assert store.profiles() == {"1": {"first_name": "Zoë", "city": "Łódź"}, "2": {"first_name": "José", "city": "Köln"}}


def test_windows_1252_is_recognised(store: Store) -> None:
    store.give("profiles", WESTERN.encode("cp1252"))

    assert store.profiles()["2"] == {"first_name": "José", "city": "Köln – Süd"}


def test_bytes_that_windows_lacks_are_latin_1(store: Store) -> None:
    store.give("profiles", b"customer_id,city\n1,K\xf6ln\x81\n")

    assert store.profiles()["1"] == {"city": "Köln\x81"}


def test_a_stray_byte_late_in_the_file_decides_its_encoding(store: Store) -> None:
    plain = "".join(f"{n},Anna\n" for n in range(200_000))
    store.give("profiles", ("customer_id,first_name\n" + plain).encode() + "x,José\n".encode("cp1252"))

    assert store.members({"identifier": "first_name", "op": "is", "value": "josé"}) == {"x"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(store: Store, delimiter: str) -> None:
    text = 'id,email,note\n1,a@example.com,"x; y, z | \t"\n'.replace(",", delimiter)
    store.give("profiles", text)

    assert store.profiles() == {"1": {"email": ["a@example.com"]}}


def test_commas_inside_cells_do_not_outvote_semicolons() -> None:
    assert delimiter_of("id;note\n1;a, b, c\n2;d, e\n") == ";"


def test_lines_of_rejected_rows_count_quoted_newlines(store: Store) -> None:
    store.give("profiles", 'id,note\n1,"a\nb\nc"\n\n,nobody\n2,x,ragged\n3,"y\nz"\n,nobody\n')

    assert store.refused() == [
        (6, "has no profile id"),
        (7, "has 3 cells, the header has 2"),
        (10, "has no profile id"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_last_line_needs_no_end(store: Store, ending: str) -> None:
    store.give("profiles", f"id,city{ending}1,Rome{ending}2,Oslo")

    assert store.profiles() == {"1": {"city": "Rome"}, "2": {"city": "Oslo"}}


def test_packed_files_are_unpacked(store: Store) -> None:
    store.give("profiles", gzip.compress(TEXT.encode()))

    assert set(store.profiles()) == {"1", "2"}


def test_jsonl_is_recognised_by_its_content(store: Store) -> None:
    store.give("profiles", '\n{"id": 7, "email": ["a@example.com", "b@example.com"], "address": {"zip": 1}}\n')

    assert store.profiles() == {"7": {"email": ["a@example.com", "b@example.com"]}}


def test_lines_that_are_no_json_object_are_rejected(store: Store) -> None:
    store.give("profiles", '{"id": "1"}\n{"id": \n[1]\n{"id": "2"}\n')

    assert store.refused() == [(2, "is not a JSON object"), (3, "is not a JSON object")]


def test_parquet_is_read_with_its_lists(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "people.parquet"
    pq.write_table(pa.table({"id": [1, 2], "email": [["a@example.com"], None], "age": [30, None]}), file)

    import_file(store.folder, "profiles", file)

    assert store.profiles() == {"1": {"email": ["a@example.com"]}, "2": {}}
    assert store.values("profiles", "age") == {"1": 30}


@pytest.mark.parametrize("packing", ["none", "snappy", "zstd", "gzip"])
def test_parquet_that_is_damaged_inside_is_refused_as_a_whole(
    store: Store, tmp_path: Path, packing: Literal["none", "snappy", "zstd", "gzip"]
) -> None:
    file = tmp_path / "people.parquet"
    table = pa.table({"id": [str(n) for n in range(3000)], "city": [f"City {n}" for n in range(3000)]})
    pq.write_table(table, file, compression=packing)
    whole = bytearray(file.read_bytes())
    whole[4 : len(whole) // 2] = bytes(len(whole) // 2 - 4)
    file.write_bytes(whole)

    with pytest.raises(Invalid, match="cannot be read"):
        import_file(store.folder, "profiles", file)
    assert store.profiles() == {}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02\x00\x00\x00\x89PNG" * 50])
def test_what_is_no_table_is_refused(store: Store, content: bytes) -> None:
    with pytest.raises(Invalid):
        store.give("profiles", content)


@pytest.mark.parametrize("rest", ["", "y,z\n", "y,z\n" * 3_000_000])
@pytest.mark.parametrize("row", ['x,"open\n', '"open,x\n'])
def test_a_quote_that_is_never_closed_hides_no_rows(store: Store, row: str, rest: str) -> None:
    with pytest.raises(Invalid, match="not closed again"):
        store.give("profiles", 'id,note\n1,"fine\nreally"\n' + row + rest + "z,z\n")


def test_a_last_cell_of_several_lines_is_fine(store: Store) -> None:
    store.give("profiles", 'id,city\n1,"New\nYork"\n')

    assert store.profiles() == {"1": {"city": "New\nYork"}}


def test_progress_reaches_the_size_of_the_file(store: Store) -> None:
    file = store.root / "people.csv"
    file.write_text("id,city\n" + "".join(f"{n},Rome\n" for n in range(1_000_000)))
    calls: list[tuple[int, int, int]] = []

    import_file(store.folder, "profiles", file, progress=lambda *call: calls.append(call))

    assert len(calls) > 1
    assert calls == sorted(calls)
    assert calls[-1] == (file.stat().st_size, file.stat().st_size, 1_000_000)


def _staged_rows(staged: Staged) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        rows: list[dict[str, Any]] = connection.sql(f"FROM {staged.source}").to_arrow_table().to_pylist()
    return rows


CELLS = st.text(st.sampled_from('ab ,;"\n\r\té'), max_size=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12))
def test_every_row_is_staged_with_its_line_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("staged")
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    lines.writerow(["x", "y"])
    expected: dict[int, list[str]] = {}
    for row in rows:
        line = text.getvalue().count("\n") + 1
        lines.writerow(row)
        expected[line] = row
    (folder / "file").write_bytes(text.getvalue().encode())

    staged = stage_csv(folder / "file", shape_of(folder / "file", encoding="utf-8"), folder, lambda *_: None)

    good = _staged_rows(staged)
    assert {each["line"]: [each["c0"], each["c1"]] for each in good} == {
        line: [cell.strip() for cell in row] for line, row in expected.items() if len(row) == 2
    }
    ragged = pq.read_table(staged.unreadable)["line"].to_pylist()
    assert sorted(int(str(line)) for line in ragged) == [n for n, row in expected.items() if len(row) != 2]


def test_a_header_alone_has_no_rows_however_it_ends(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"id,email")
    staged = stage_csv(tmp_path / "file", shape_of(tmp_path / "file", encoding="utf-8"), tmp_path, lambda *_: None)
    assert (len(_staged_rows(staged)), staged.headers) == (0, ("id", "email"))


def test_a_mark_in_front_of_the_header_is_no_part_of_it(store: Store) -> None:
    result = store.give("profiles", codecs.BOM_UTF8 + b"id,city\n1,Rome\n")

    assert result.mapping == {"id": "profile_id", "city": "city"}
