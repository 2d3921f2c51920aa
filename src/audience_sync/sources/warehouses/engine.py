"""DuckDB over files that the installation allows: shut to everything else, for a limited time."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.builtin.duck import Bounds, duck, literal
from audience_sync.sources.warehouses.protocol import Access, Rows, TookTooLong

BATCH_ROWS = 100_000
TABLE = "files"
EVERYTHING = f"SELECT * FROM {TABLE}"
READ_FOR_IT = "PYTHON_ARROW_SCAN"
"""How a plan names rows that come as Arrow: DuckDB takes them for one row, however many there are."""
SETTING = "AUDIENCE_SYNC_WAREHOUSE_DIR"


class InTheFolder:
    """What the kinds in the allowed folder are: DuckDB's SQL over one table, at an address inside it."""

    dialect = "duckdb"
    everything = EVERYTHING
    effects = ("nextval", "setval", "getenv")
    example: str

    def shown(self, address: str) -> str:
        """The address, in which nothing is secret; Invalid when it leads out of the folder."""
        return relative(address, self.example)


def allowed_folder(access: Access) -> Path:
    """The folder whose files may be read; Unreadable when there is none."""
    if access.folder is None or not access.folder.is_dir():
        raise Unreadable(
            "No folder of files may be read by this installation.",
            f"Set {SETTING} to the folder, and start again.",
            code="NO_WAREHOUSE_DIR",
        )
    return access.folder.resolve()


def relative(address: str, example: str) -> str:
    """A path or pattern inside the folder; Invalid when it leads out of it."""
    address = address.strip()
    path = Path(address)
    if not address or "\0" in address or path.is_absolute() or ".." in path.parts:
        raise Invalid(f"This is no place in the folder of {SETTING}.", f"Write it as seen from there: {example}.")
    return address


def inside(folder: Path, files: Sequence[Path]) -> list[Path]:
    """The files by their true names; Invalid when a link leads out of the folder."""
    true = [file.resolve() for file in files]
    if any(not file.is_relative_to(folder) for file in true):
        raise Invalid("A link among the files leads out of the folder.", "Put the files themselves there.")
    return true


@dataclass(frozen=True, slots=True)
class Shown:
    """What a session is told of its table: its files, what they are in words, and how many rows they have, if known."""

    files: Sequence[Path]
    called: str = ""
    rows: int | None = None


@contextmanager
def shut(access: Access, shown: Shown, show: Callable[[duckdb.DuckDBPyConnection], object]) -> Iterator["DuckSession"]:
    """A session that sees the table `files`, which `show` makes, and can reach and change nothing else."""
    with duck(access.work, Bounds(access.memory_limit_mb)) as connection:
        session = DuckSession(connection, access.seconds, shown)
        with session.told():
            show(connection)
            connection.execute(f"SET allowed_paths = [{', '.join(map(literal, shown.files))}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        yield session


@dataclass(frozen=True, slots=True)
class DuckSession:
    """Statements over the table `files`."""

    connection: duckdb.DuckDBPyConnection
    seconds: float
    shown: Shown

    def test(self) -> str:
        """What is there, in words."""
        with self.told():
            columns = self.connection.execute(f"DESCRIBE {EVERYTHING}").fetchall()
        count = len(self.shown.files)
        return f"{self.shown.called}{count} file{'s' * (count != 1)} with {len(columns)} columns can be read."

    def estimate(self, sql: str) -> int | None:
        """What the planner expects; it knows nothing of rows that others read for it: all of them, or None."""
        with self.told():
            ((_, found),) = self.connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()
        (plan,) = json.loads(found)
        if READ_FOR_IT in found:
            return self.shown.rows if _gives_all(plan) else None
        said = plan.get("extra_info", {}).get("Estimated Cardinality", "")
        return int(said) if str(said).isdigit() else None

    def stream(self, sql: str) -> Rows:
        """The statement's rows; a second wall against all but one SELECT."""
        with self.told():
            statements = self.connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
                raise Invalid("This is not one SELECT.", "A warehouse's SQL only reads.")
            reader = self.connection.sql(sql).to_arrow_reader(BATCH_ROWS)
        return Rows(reader.schema, self._batches(reader))

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self.told():
            yield from reader

    @contextmanager
    def told(self) -> Iterator[None]:
        """What runs inside is interrupted when its time is over, and its complaints are told in words."""
        timer = threading.Timer(self.seconds, self.connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as problem:
            raise _words(problem, self.seconds) from None
        finally:
            timer.cancel()


def _gives_all(plan: dict[str, Any]) -> bool:
    """Whether a plan gives each row of its table once: it chooses columns and does nothing else."""
    while plan["name"] == "PROJECTION":
        (plan,) = plan["children"]
    return plan["name"] == READ_FOR_IT and "Filters" not in plan["extra_info"]


def _words(problem: Exception, seconds: float) -> AudienceSyncError:
    text = str(problem)
    if isinstance(problem, duckdb.InterruptException) or "INTERRUPT" in text.upper():
        return TookTooLong(seconds)
    if isinstance(problem, duckdb.PermissionException):
        return Invalid("The SQL reaches outside the files.", f"It can read the table {TABLE}, and nothing else.")
    first = re.sub(r"'[^']*'", "'…'", text.splitlines()[0] if text else "")
    if isinstance(problem, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        said = first.partition(": ")[2] or first
        return Invalid(f"The SQL cannot be run: {said[:300]}", f"It can read the table {TABLE}.")
    # What is wrong inside a file is told with a piece of the file, so nothing of it is passed on.
    return Unreadable("The files cannot be read as what their names say.", "Check that each is whole, and of one form.")
