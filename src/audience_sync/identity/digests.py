"""SHA-256 of many texts at once."""

import hashlib
from types import TracebackType
from typing import Self, cast

import duckdb
import pyarrow as pa

from audience_sync.identity.arrays import Mask, Texts

NOTHING_HASHED = hashlib.sha256(b"").hexdigest()
"""What careless programs send for nobody; it would match everyone they did so for."""

_BATCH = 16_384
"""Texts per batch: DuckDB gives each batch to a thread. Measured: 4.1 instead of 2.6 million texts/s on two cores."""


class Digests:
    """DuckDB as a calculator: a private connection in memory, good for one thread of ours."""

    def __enter__(self) -> Self:
        self._db = duckdb.connect(":memory:", config={"preserve_insertion_order": True})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def of(self, texts: Texts, given: Mask) -> pa.BinaryArray:
        """32 bytes for each text, null for null. Where `given`, the text is already its digest in hex."""
        if not len(texts):
            return pa.array([], pa.binary())
        cells = pa.table({"text": texts, "given": pa.array(given, pa.bool_())})
        self._db.register("cells", pa.Table.from_batches(cells.to_batches(max_chunksize=_BATCH), cells.schema))
        query = "SELECT unhex(CASE WHEN given THEN text ELSE sha256(text) END) AS digest FROM cells"
        digests = self._db.sql(query).to_arrow_table().column("digest")
        self._db.unregister("cells")
        return cast(pa.BinaryArray, pa.concat_arrays(digests.chunks))
