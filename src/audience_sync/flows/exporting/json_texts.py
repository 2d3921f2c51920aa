"""Rows and cells as JSON, many at once."""

from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from audience_sync.flows.exporting.cells import Column, flat

LIMIT_MB = 128


class JsonTexts:
    """DuckDB as a typewriter: a private connection in memory, good for one thread of ours."""

    def __enter__(self) -> Self:
        limits: dict[str, str | bool | int | float | list[str]] = {"memory_limit": f"{LIMIT_MB}MiB"}
        self._db = duckdb.connect(":memory:", config=limits)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def of_rows(self, table: pa.Table) -> Column:
        """Each row as one JSON object, in the order of the rows."""
        return self._asked(table, "SELECT CAST(to_json(given) AS VARCHAR) AS text FROM given")

    def of_column(self, cells: Column) -> Column:
        """Each cell as JSON."""
        return self._asked(pa.table({"cell": cells}), "SELECT CAST(to_json(cell) AS VARCHAR) AS text FROM given")

    def _asked(self, table: pa.Table, query: str) -> Column:
        self._db.register("given", table)
        try:
            return flat(self._db.sql(query).to_arrow_table().column("text"))
        finally:
            self._db.unregister("given")
