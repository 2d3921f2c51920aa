"""A user's SQL, run so that it can read the store's tables and nothing else; a segment's for a limited time.

Two walls: only one SELECT is accepted, and DuckDB itself is shut (no files but the snapshot's, no network, no
extensions, no settings). The statement runs on a connection of its own; only the ids that it returns leave it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import Bounds, duck, literal
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.views import show_events, show_people, show_tables
from audience_sync.sources.protocol import Question

TABLES = "profiles, traits, consents and events"
DESCRIBE = "DESCRIBE ("
"""In front of a statement: it is bound, so that its mistakes are found by their place in the text, and not run."""


@contextmanager
def shut(folder: Folder, manifest: Manifest, bounds: Bounds) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the snapshot's tables, and can reach and change nothing else."""
    with duck(folder.work, bounds) as connection:
        show_events(connection, folder, manifest)
        show_people(connection, folder, manifest)
        show_tables(connection, manifest)
        files = ", ".join(literal(folder.files / name) for name in sorted(manifest.files))
        connection.execute(f"SET allowed_paths = [{files}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def run_select(
    folder: Folder, manifest: Manifest, sql: str, target: Path, *, question: Question, bounds: Bounds
) -> None:
    """`target` is a Parquet file of the distinct ids that the statement returns; Invalid in words when it cannot."""
    with shut(folder, manifest, bounds) as connection, limited(connection, question.seconds):
        moment = literal(question.as_of.isoformat())
        connection.execute(f"CREATE MACRO as_of() AS CAST(TIMESTAMPTZ {moment} AT TIME ZONE 'UTC' AS TIMESTAMP)")
        statement = bare(checked(connection, sql))
        query = f"SELECT DISTINCT CAST(profile_id AS VARCHAR) AS profile_id FROM (\n{statement}\n)"
        write_out(connection, f"{query} WHERE profile_id IS NOT NULL", target)


def checked(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The statement, or Invalid: it is not one SELECT without parameters that returns `profile_id`."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise Invalid(f"There are {len(statements)} statements.", "A segment is exactly one SELECT.")
    if statements[0].type is not duckdb.StatementType.SELECT:
        raise Invalid(f"This is a {statements[0].type.name} statement.", "A segment is a SELECT: it only reads.")
    if statements[0].named_parameters:
        raise Invalid("The SQL has parameters.", "Write the values into it.")
    described = connection.execute(f"{DESCRIBE}{bare(sql)}\n)").fetchall()
    columns = [str(column[0]) for column in described]
    if [column.lower() for column in columns].count("profile_id") != 1:
        raise Invalid(
            f"The SQL returns {', '.join(columns)[:200]}.", "It must return one column profile_id: the ids of profiles."
        )
    return sql


def bare(sql: str) -> str:
    """The statement without the semicolon that may end it."""
    return re.sub(r";(\s|--[^\n]*(\n|$)|/\*.*?\*/)*$", "", sql, flags=re.DOTALL)


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """What runs on the connection is interrupted after that time, and its complaints are told in words."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise Invalid(
            f"The SQL took longer than {seconds:g} seconds.", "Make it read less, or raise the time limit."
        ) from None
    except duckdb.Error as problem:
        raise refused(problem) from None
    finally:
        timer.cancel()


def refused(problem: duckdb.Error) -> Invalid:
    """The engine's complaint in words, with its place. Complaints about data are told without the data."""
    text = str(problem)
    first = text.splitlines()[0] if text else "it cannot be run"
    if isinstance(problem, duckdb.PermissionException):
        return Invalid("The SQL reaches outside the store.", f"It can read {TABLES}, and no file or address.")
    place = _place(text)
    if not isinstance(problem, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        first, place = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", first), {}
    message = first.partition(": ")[2] or first
    said = ", ".join(f"{unit} {number}" for unit, number in place.items())
    where = f" ({said})" if said else ""
    return Invalid(f"The SQL cannot be run{where}: {message}", f"It can read {TABLES}.", details=place)


def _place(text: str) -> dict[str, int]:
    """`line` and `character`, from 1, by the caret that the engine draws below; of a long line only its number."""
    for above, below in pairwise(text.splitlines()):
        if found := re.match(r"LINE (\d+): ", above):
            shown = above[found.end() :]
            if shown.startswith("...") or "^" not in below:
                return {"line": int(found[1])}
            before = len(DESCRIBE) if shown.startswith(DESCRIBE) else 0
            return {"line": int(found[1]), "character": below.index("^") - found.end() - before + 1}
    return {}


def write_out(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """`target` is a Parquet file of the query's rows, written through Arrow: a shut connection may write no file."""
    reader = connection.sql(query).to_arrow_reader(100_000)
    target.touch(mode=0o600)
    with pq.ParquetWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
