"""A file of identifiers, sifted before it becomes a fixed list: what can be used, and why the rest cannot."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from audience_sync.identity.emails import email
from audience_sync.identity.phones import digits_only
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import Unusable
from audience_sync.model.segments import ListKind
from audience_sync.sources.builtin.checking import MAX_ID
from audience_sync.sources.builtin.duck import Bounds, duck, parquet, row, trimmed, write_parquet
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.lists import values_of_file, write_blocks

BLOCK_ROWS = 50_000
NO_COUNTRY = "no_country"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Judge = Callable[[str], str]
"""A value -> the reason why it cannot be used, empty when it can."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """Of `rows`, `taken` distinct values can be used; `refused` counts the others: rows = taken + sum(refused).

    Reasons: `blank`, `repeated`, and `not_email`, `not_phone`, `no_country` (a phone without the code of its country,
    which no setting supplies) or `not_id`, as the kind has them.
    """

    rows: int
    taken: int
    refused: dict[str, int]


def sift_list(
    folder: Folder, kind: ListKind, file: Path, target: Path, *, default_country: str, bounds: Bounds
) -> Sifted:
    """`target` is a Parquet file of the usable values, in a column named after their kind."""
    folder.prepare()
    with TemporaryDirectory(dir=folder.work, prefix="sift-") as work, duck(folder.work, bounds) as connection:
        given, distinct = Path(work) / "given.parquet", Path(work) / "distinct.parquet"
        values_of_file(connection, file, given, kind)
        text = trimmed("value")
        text = f"lower({text})" if kind is ListKind.EMAIL else text
        texts = f"SELECT {text} AS value FROM {parquet(given)}"
        rows, filled = row(connection, f"SELECT count(*), count(nullif(value, '')) FROM ({texts})")
        several = write_parquet(connection, f"SELECT DISTINCT value FROM ({texts}) WHERE value <> ''", distinct)
        refused = Counter({"blank": int(str(rows)) - int(str(filled)), "repeated": int(str(filled)) - several})
        blocks = _usable(connection, distinct, _judge(kind, default_country), refused)
        write_blocks(target, pa.schema([(str(kind), pa.string())]), blocks)
    found = {reason: count for reason, count in refused.items() if count}
    return Sifted(int(str(rows)), int(str(rows)) - sum(found.values()), found)


def _usable(
    connection: duckdb.DuckDBPyConnection, distinct: Path, judge: Judge, refused: Counter[str]
) -> Iterator[list[list[str]]]:
    """Blocks of the values that can be used; the others are added to `refused`."""
    reader = connection.sql(f"SELECT value FROM {parquet(distinct)}").to_arrow_reader(BLOCK_ROWS)
    for batch in reader:
        values = batch["value"].to_pylist()
        reasons = [judge(value) for value in values]
        refused.update(reason for reason in reasons if reason)
        yield [[value for value, reason in zip(values, reasons, strict=True) if not reason]]


def _judge(kind: ListKind, default_country: str) -> Judge:
    match kind:
        case ListKind.EMAIL:
            return lambda value: "not_email" if isinstance(email(value, ""), Unusable) else ""
        case ListKind.PHONE:
            return lambda value: _phone_reason(value, default_country)
        case ListKind.PROFILE_ID:
            return lambda value: "not_id" if len(value) > MAX_ID or CONTROL.search(value) else ""


def _phone_reason(value: str, default_country: str) -> str:
    number = digits_only(value, region_of("", default_country))
    if not isinstance(number, Unusable):
        return ""
    return NO_COUNTRY if number.reason == NO_COUNTRY else "not_phone"
