"""From fingerprints to a frozen plan: compare, take in new keys, write the outbox down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync import delta
from audience_sync.ledger.changes import Changes, changes_of, remove_slices
from audience_sync.ledger.cutting import Cutter, write_members
from audience_sync.ledger.duck import COMPRESSION, Bounds, count, one, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.members import load_strays, view_held
from audience_sync.ledger.tallies import any_key
from audience_sync.ledger.unremoved import leave_stuck
from audience_sync.model import answers
from audience_sync.model.plans import Slice

STREAMED = 50_000
"""Rows that leave DuckDB at once."""
ASIDE_MB = 128
"""What a comparison that waits may keep in memory."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a comparison must know of the platform and the run."""

    naming: tuple[str, ...]
    """Every naming column of the card, also those that are not sent any more."""
    hints: tuple[str, ...]
    max_rows: int
    replace: bool
    native: bool
    """The platform's own replace does the removing."""
    clear: bool
    """The run's last batch has everything older removed."""
    comparable: bool
    """Fingerprints of the ledger can be compared with the wanted ones."""
    lately: bool = False
    """`files.wanted` has those alone who can differ, with null as the fingerprint of whoever is not wanted."""


class Comparison:
    """One comparison under way; `open_comparison` makes it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, files: PlanFiles, terms: Terms, manifest: Manifest) -> None:
        self._con = con
        self._files = files
        self._terms = terms
        self._manifest = manifest
        self._asked = self._told = 0

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While somebody else computes, most of what the comparison knows lies on disk."""
        (full,) = self._con.execute("SELECT current_setting('memory_limit')").fetchall()[0]
        self._con.execute(f"SET memory_limit = '{ASIDE_MB}MB'")
        yield
        self._con.execute(f"SET memory_limit = '{full}'")

    def tells_all(self, answer: str) -> bool:
        """Whether the ledger's members, with the latest in place of what it has of them, are the answer of that digest.

        Only where the source gave none but the latest. They are not all where it was set back, as from a backup.
        """
        before = answers.Digest.read(self._manifest.digest)
        sums = answers.counted("profile_id", "fp")
        old, new = (one(self._con, f"SELECT {sums} FROM {rows}") for rows in ("near", "wanted"))
        return str(before.exchanged((old[0], old[1]), (new[0], new[1]))) == answer

    def touched(self) -> int:
        """Profiles whose identifiers must be read; `files.ids` names them, with `fp` and `status`."""
        terms, con = self._terms, self._con
        everyone = terms.replace or not terms.comparable
        delta.touch(con, terms.naming, everyone=everyone, among="near" if terms.lately else "held")
        ids = "SELECT profile_id, fp, status FROM touched WHERE status <> 'gone'"
        con.execute(f"COPY ({ids}) TO {quoted(self._files.ids)} (FORMAT parquet, COMPRESSION lz4_raw)")
        self._asked = count(con, "touched WHERE status <> 'gone'")
        return self._asked

    def take(self, chunks: Iterator[pa.Table]) -> int:
        """The new keys, chunk by chunk, in `files.fresh`; the number of profiles. A missing column means no keys.

        Each row has the `fp` and the `status` that stand beside its profile in `files.ids`.
        """
        writer = None
        for chunk in chunks:
            writer = writer or _fresh_writer(self._files.fresh, chunk.schema, self._terms)
            writer.write_table(chunk)
            self._told += chunk.num_rows
        if writer:
            writer.close()
        self._con.execute(f"CREATE TEMP VIEW fresh AS {self._fresh(self._files.fresh if writer else None)}")
        return self._told

    def freeze(self) -> Changes:
        """The outbox is on disk, in batches; what it will change."""
        terms, con = self._terms, self._con
        # An empty replace is refused by the platform: to empty an audience its keys are removed.
        native = terms.native and bool(count(con, f"fresh WHERE {any_key(terms.naming)}"))
        delta.decide(con, terms.naming, replace=terms.replace, removes=not (native or terms.clear))
        delta.cut_removes(con, max_rows=terms.max_rows)
        slices = self._write("replace" if native else "add")
        con.execute(f"CREATE TEMP VIEW members AS FROM read_parquet({quoted(self._files.members)})")
        changes = changes_of(con, terms.naming, self._manifest, slices, clear=terms.clear)
        self._files.forget_inputs()
        return changes

    def _fresh(self, file: Path | None) -> str:
        """The new keys with every column of the card, and a hash of the hints."""
        names = set(pq.read_schema(file).names) if file else set()
        lists = [_column(name, names, "[]::BLOB[]") for name in self._terms.naming]
        hints = [_column(name, names, "NULL::BLOB") for name in self._terms.hints]
        marks = [_column("fp", names, "0::UBIGINT"), _column("status", names, "''")]
        rest = [_column("profile_id", names, "''"), *marks, _column("refusals", names, "[]::VARCHAR[]")]
        source = f"FROM read_parquet({quoted(file)})" if file else "LIMIT 0"
        texts = ", ".join(f"coalesce(\"{name}\", ''::BLOB)" for name in self._terms.hints)
        # Some platforms take no hints at all, and nothing cannot be hashed.
        hashed = f"hash({texts})" if texts else "0::UBIGINT"
        return f"SELECT *, {hashed} AS hints_fp FROM (SELECT {', '.join([*rest, *lists, *hints])} {source})"

    def _write(self, adds: str) -> tuple[Slice, ...]:
        """The plan's three files are there; its batches."""
        con, files = self._con, self._files
        removes = remove_slices(con)
        first = len(removes) + 1
        cutter = Cutter(first, self._terms.max_rows)
        decided = con.sql(self._decided()).to_arrow_reader(STREAMED)
        write_members(decided, decided.schema, files.members, cutter=cutter, hints=self._terms.hints)
        con.execute(f"COPY (FROM remove_batches ORDER BY batch) TO {quoted(files.removes)} {COMPRESSION}")
        # Of everybody who is touched, those included that only share a key: their batch may never be sent.
        before = f"(SELECT kind, key FROM {delta.keys_of('old', self._terms.naming)} UNION FROM strays)"
        doubted = f"SELECT kind, key FROM {before} ANTI JOIN kept USING (kind, key)"
        con.execute(f"COPY ({doubted}) TO {quoted(files.doubted)} {COMPRESSION}")
        for path in (files.members, files.removes, files.doubted):
            path.chmod(0o600)
        return (*removes, *cutter.slices(adds, first))

    def _decided(self) -> str:
        """Everybody who is touched; those who leave, or whom the source does not know any more, without keys."""
        everybody = self._told == self._asked
        absent = "touched WHERE status = 'gone'" if everybody else "touched ANTI JOIN fresh USING (profile_id)"
        without = f"SELECT profile_id, fp, status, 0::BIGINT AS rows, false AS differs, false AS send FROM {absent}"
        return f"FROM decided UNION ALL BY NAME {without}"


def _fresh_writer(file: Path, schema: pa.Schema, terms: Terms) -> pq.ParquetWriter:
    """A file for the next step only: quick to write."""
    return pq.ParquetWriter(
        file,
        schema,
        compression="lz4",
        use_dictionary=["status", *terms.hints],  # type: ignore[arg-type]  # It takes names too; the stubs say less.
        write_statistics=False,
    )


def _column(name: str, present: set[str], otherwise: str) -> str:
    return f'"{name}"' if name in present else f'{otherwise} AS "{name}"'


@contextmanager
def open_comparison(files: PlanFiles, manifest: Manifest, terms: Terms, bounds: Bounds) -> Iterator[Comparison]:
    """A comparison of `files.wanted` with the ledger that the manifest names."""
    files.make()
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, terms.naming)
        load_strays(con, files.root, manifest)
        if not terms.replace:
            leave_stuck(con, files.root, manifest)
        con.execute(f"CREATE TEMP VIEW lately AS SELECT profile_id, fp FROM read_parquet({quoted(files.wanted)})")
        con.execute("CREATE TEMP VIEW wanted AS FROM lately WHERE fp IS NOT NULL")
        if terms.lately:
            con.execute("CREATE TEMP TABLE near AS FROM held_among('lately')")
        yield Comparison(con, files, terms, manifest)
