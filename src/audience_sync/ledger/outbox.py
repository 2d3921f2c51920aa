"""The rows of one batch of a frozen plan, as the platform's columns of text."""

from collections.abc import Sequence

import pyarrow as pa

from audience_sync.ledger.duck import Bounds, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.model.identifiers import KeyColumn
from audience_sync.model.plans import Slice

SMALL = Bounds(memory_limit_mb=256, threads=1)


def rows_of(files: PlanFiles, batch: Slice, columns: Sequence[KeyColumn]) -> pa.Table:
    """One string column per key column, named by `KeyColumn.name`: hex when hashed, "" when missing.

    A member with several values of a kind takes several rows, each with its hints; a remove is one key a row.
    """
    sql = _removes(files, batch, columns) if batch.action == "remove" else _members(files, batch, columns)
    with workbench(files.folder, SMALL) as con:
        table: pa.Table = con.sql(sql).to_arrow_table()
    return table


def _members(files: PlanFiles, batch: Slice, columns: Sequence[KeyColumn]) -> str:
    # Several unnest() in one SELECT run side by side and are padded with nulls; what is not a list is repeated.
    cells = ", ".join(f'unnest("{c.name}") AS "{c.name}"' if c.names_a_person else f'"{c.name}"' for c in columns)
    source = f"SELECT {cells} FROM read_parquet({quoted(files.members)}) WHERE batch = {batch.number:d}"
    return f"SELECT {', '.join(map(_text, columns))} FROM ({source})"


def _removes(files: PlanFiles, batch: Slice, columns: Sequence[KeyColumn]) -> str:
    naming = [column for column in columns if column.names_a_person]
    cells = ", ".join(f"if(kind = '{c.name}', key, NULL) AS \"{c.name}\"" for c in naming)
    source = f"SELECT {cells} FROM read_parquet({quoted(files.removes)}) WHERE batch = {batch.number:d}"
    return f"SELECT {', '.join(map(_text, naming))} FROM ({source})"


def _text(column: KeyColumn) -> str:
    value = f'lower(hex("{column.name}"))' if column.hashed else f'decode("{column.name}")'
    return f"coalesce({value}, '') AS \"{column.name}\""
