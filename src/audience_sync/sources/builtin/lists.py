"""Fixed lists: kept as they were given, matched by normal form against the profiles of whatever snapshot is asked.

A profile is on a list of e-mails or phones when any of its own is. E-mails are equal without regard to blanks and case;
phones are equal as E.164, each read in its profile's country.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.errors import Invalid, SourceError
from audience_sync.identity.phones import digits_only
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import Unusable
from audience_sync.model.segments import ListKind, ListSegment
from audience_sync.sources.builtin.csv_files import stage_csv
from audience_sync.sources.builtin.duck import Bounds, duck, literal, parquet, write_parquet
from audience_sync.sources.builtin.encodings import shape_of
from audience_sync.sources.builtin.fields import SYNONYMS, clean_name
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.json_files import stage_jsonl, stage_parquet
from audience_sync.sources.builtin.masking import masked_id
from audience_sync.sources.builtin.staging import Staged

BLOCK_ROWS = 50_000
VALUE = pa.schema([("value", pa.string())])
NUMBER = pa.schema([("raw", pa.string()), ("country", pa.string()), ("number", pa.string())])

ENDING = "right(regexp_replace({0}, '\\D', '', 'g'), 6)"
"""SQL: the last digits of a phone, which every way of writing it shares."""


def save_list(
    folder: Folder, list_id: str, kind: ListKind, values: Iterable[str] | Path, *, bounds: Bounds
) -> ListSegment:
    """The list is kept under that id, in place of an older one; Invalid when it has no value."""
    target = _file(folder, list_id)
    folder.prepare()
    with TemporaryDirectory(dir=folder.work, prefix="ask-") as work, duck(folder.work, bounds) as connection:
        given, kept = Path(work) / "given.parquet", Path(work) / "kept.parquet"
        if isinstance(values, Path):
            values_of_file(connection, values, given, kind)
        else:
            write_blocks(given, VALUE, ([block] for block in _blocks(values)))
        text = "lower(trim(value))" if kind is ListKind.EMAIL else "trim(value)"
        query = f"SELECT DISTINCT {text} AS value FROM {parquet(given)} WHERE trim(value) <> ''"
        count = write_parquet(connection, query, kept)
        if not count:
            raise Invalid("The list is empty.", f"Give at least one {kind}.")
        if folder.home:
            folder.home.save_list(kept, target.name)
        kept.replace(target)
    return ListSegment(list_id, kind, count)


def remove_list(folder: Folder, list_id: str) -> None:
    """There is no such list any more."""
    if folder.home:
        folder.home.remove_list(_file(folder, list_id).name)
    _file(folder, list_id).unlink(missing_ok=True)


def bring_list(folder: Folder, segment: ListSegment) -> Path:
    """Where the list is; the file is not there when nobody has the list."""
    file = _file(folder, segment.list_id)
    if folder.home:
        folder.home.bring_list(folder, file.name)
    return file


def list_mark(folder: Folder, segment: ListSegment) -> str:
    """Another text whenever the list has been given anew."""
    file = bring_list(folder, segment)
    if not file.exists():
        return "gone"
    known = file.stat()
    # Inodes are a host's own, and where the store has a home its hosts are to agree.
    place = 0 if folder.home else known.st_ino
    return f"{place} {known.st_mtime_ns} {known.st_size}"


def match_list(
    connection: duckdb.DuckDBPyConnection, folder: Folder, segment: ListSegment, target: Path, *, default_country: str
) -> None:
    """`target` is a Parquet file of the ids of the profiles on the list. Reads the view `stored`."""
    file = bring_list(folder, segment)
    if not file.exists():
        raise SourceError("The segment's list is gone.", "Give the list again.", details={"list": segment.list_id})
    values = parquet(file)
    match segment.kind:
        case ListKind.PROFILE_ID:
            query = f"SELECT value AS profile_id FROM {values}"
        case ListKind.EMAIL:
            emails = "SELECT profile_id, lower(trim(unnest(email))) AS value FROM stored"
            query = f"SELECT DISTINCT profile_id FROM ({emails}) SEMI JOIN {values} v USING (value)"
        case ListKind.PHONE:
            query = _match_phones(connection, values, target.parent, default_country)
    write_parquet(connection, query, target)


def _match_phones(connection: duckdb.DuckDBPyConnection, values: str, work: Path, default_country: str) -> str:
    """SQL: the ids. Only phones that end like one of the list are understood, so the cost follows the list."""
    connection.execute(f"CREATE OR REPLACE VIEW given AS SELECT value AS raw, '' AS country FROM {values}")
    country = "coalesce(country, '')"
    near = work / "near.parquet"
    write_parquet(
        connection,
        "SELECT profile_id, raw, country "
        f"FROM (SELECT profile_id, unnest(phone) AS raw, {country} AS country FROM stored) "
        f"SEMI JOIN (SELECT {ENDING.format('raw')} AS ending FROM given) g ON g.ending = {ENDING.format('raw')}",
        near,
    )
    listed, owned = work / "listed.parquet", work / "owned.parquet"
    _understand(connection, "SELECT raw, country FROM given", listed, default_country)
    _understand(connection, f"SELECT DISTINCT raw, country FROM {parquet(near)}", owned, default_country)
    return (
        f"SELECT DISTINCT n.profile_id FROM {parquet(near)} n JOIN {parquet(owned)} o USING (raw, country) "
        f"SEMI JOIN {parquet(listed)} l ON l.number = o.number"
    )


def _understand(connection: duckdb.DuckDBPyConnection, query: str, target: Path, default_country: str) -> None:
    """The file of (raw, country, number) of those phones that can be understood, numbers in E.164 without `+`."""
    reader = connection.sql(f"{query} ORDER BY country").to_arrow_reader(BLOCK_ROWS)
    write_blocks(target, NUMBER, (_numbers(batch, default_country) for batch in reader))


def _numbers(batch: pa.RecordBatch, default_country: str) -> list[list[str | None]]:
    raws, countries = batch["raw"].to_pylist(), batch["country"].to_pylist()
    found = [
        digits_only((raw or "").strip(), region_of(country, default_country))
        for raw, country in zip(raws, countries, strict=True)
    ]
    return [raws, countries, [None if isinstance(number, Unusable) else number for number in found]]


def values_of_file(connection: duckdb.DuckDBPyConnection, path: Path, target: Path, kind: ListKind) -> None:
    """The column of the file that has such values; a file of one column may do without a header."""
    if not path.is_file():
        raise Invalid(f"There is no file {path}.", "Check its name.")
    staged = _staged(connection, path, target.parent)
    names = SYNONYMS[str(kind)]
    column = next((n for n, header in enumerate(staged.headers) if clean_name(header) in names), None)
    query = f"SELECT c{column or 0} AS value FROM {staged.source}"
    if column is None and len(staged.headers) > 1:
        raise Invalid(
            f"No column of {path.name} is known to hold {kind}s.",
            # Without a header its first row is a person's.
            f"Its columns are: {', '.join(map(masked_id, staged.headers))}.",
        )
    if column is None:
        query += f" UNION ALL SELECT {literal(staged.headers[0])}"
    write_parquet(connection, query, target)


def _staged(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> Staged:
    shape = shape_of(path)
    match shape.format:
        case "parquet":
            return stage_parquet(connection, path, work, _silent)
        case "jsonl":
            return stage_jsonl(connection, path, shape, work, progress=_silent)
        case _:
            return stage_csv(path, shape, work, _silent)


def _silent(done: int, total: int, rows: int) -> None:
    """Nobody watches."""


def _blocks(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while block := list(islice(rest, BLOCK_ROWS)):
        yield block


def write_blocks(target: Path, schema: pa.Schema, blocks: Iterable[list[list[str]] | list[list[str | None]]]) -> None:
    """`target` is a Parquet file of these columns of texts, block by block, for its owner only."""
    target.touch(mode=0o600)
    with pq.ParquetWriter(target, schema) as writer:
        for columns in blocks:
            arrays = [pa.array(column, pa.string()) for column in columns]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _file(folder: Folder, list_id: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", list_id):
        raise Invalid(f"{list_id!r} is no id of a list.", "Use letters, digits, - and _.")
    return folder.lists / f"{list_id}.parquet"
