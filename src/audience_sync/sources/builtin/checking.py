"""Staged rows, judged: a refused row has its line and its reason; of several rows of a profile the last counts."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import literal, parquet, row
from audience_sync.sources.builtin.fields import Bound
from audience_sync.sources.builtin.staging import Staged

MAX_ID = 512
"""Most characters of a profile's id."""

GRANTED = ("granted", "grant", "given", "allowed", "subscribed", "yes", "y", "true", "t", "1")
DENIED = ("denied", "deny", "refused", "declined", "withdrawn", "revoked", "unsubscribed", "no", "n", "false", "f", "0")
IN, OUT = ("opt_in", "optin", "opted_in"), ("opt_out", "optout", "opted_out")

MACROS = (
    "CREATE MACRO value(x) AS nullif(x, '')",
    r"CREATE MACRO word(x) AS regexp_replace(lower(x), '[ -]+', '_', 'g')",
    f"CREATE MACRO granted(x) AS CASE WHEN word(x) IN ({', '.join(map(literal, GRANTED + IN))}) THEN true "
    f"WHEN word(x) IN ({', '.join(map(literal, DENIED + OUT))}) THEN false END",
    # ISO 8601, where what has no zone is UTC; else whole seconds or milliseconds since 1970.
    r"CREATE MACRO moment(x) AS CASE "
    r"WHEN regexp_matches(x, '^\d{4}-\d') THEN TRY_CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
    r"WHEN regexp_full_match(x, '\d{9,10}') THEN make_timestamp(x::BIGINT * 1000000) "
    r"WHEN regexp_full_match(x, '\d{12,13}') THEN make_timestamp(x::BIGINT * 1000) END",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many rows of a file there are, and how many of them were refused."""

    accepted: int
    refused: int


def prepare(connection: duckdb.DuckDBPyConnection, staged: Staged, bound: list[Bound]) -> None:
    """The view `staged`: the file's rows that are not blank, constants beside them."""
    for macro in MACROS:
        connection.execute(macro)
    constants = [one for one in bound if one.column.startswith("k")]
    source = staged.source
    if constants:
        names = ", ".join(f"?::VARCHAR AS {one.column}" for one in constants)
        values = [one.header.removeprefix("=") for one in constants]
        connection.execute(f"CREATE TEMP TABLE constants AS SELECT {names}", values)
        source += ", constants"
    filled = " OR ".join(f"c{n} <> ''" for n in range(len(staged.headers))) or "false"
    connection.execute(f"CREATE VIEW staged AS SELECT * FROM {source} WHERE {filled}")


def id_reasons(column: str) -> list[tuple[str, str]]:
    """Conditions under which a row names no profile, each with its reason."""
    return [
        (f"value({column}) IS NULL", "has no profile id"),
        (f"length({column}) > {MAX_ID}", f"its profile id is longer than {MAX_ID} characters"),
        (rf"regexp_matches({column}, '[\x00-\x1f\x7f]')", "its profile id has control characters"),
    ]


def judge(connection: duckdb.DuckDBPyConnection, staged: Staged, reasons: list[tuple[str, str]]) -> Judged:
    """The views `accepted` and `refused` of `staged`, the latter with the first reason that holds."""
    cases = " ".join(f"WHEN {condition} THEN {literal(reason)}" for condition, reason in reasons)
    connection.execute(f"CREATE VIEW judged AS SELECT *, CASE {cases} END AS reason FROM staged")
    try:
        rows, bad = row(connection, "SELECT count(*), count(reason) FROM judged")
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error:
        # Parquet is read here for the first time, and all of it.
        raise Invalid("The file cannot be read to its end.", "Write it again, or give CSV or JSONL.") from None
    # A file without bad rows, which most are, is not judged again each time that it is read.
    accepted = "SELECT * EXCLUDE reason FROM judged WHERE reason IS NULL" if bad else "SELECT * FROM staged"
    connection.execute(f"CREATE VIEW accepted AS {accepted}")
    connection.execute(
        f"CREATE VIEW refused AS SELECT line, reason, {_shown(staged.headers)} AS row FROM judged "
        f"WHERE reason IS NOT NULL UNION ALL SELECT line, reason, row FROM {parquet(staged.unreadable)}"
    )
    (unreadable,) = row(connection, f"SELECT count(*) FROM {parquet(staged.unreadable)}")
    return Judged(int(str(rows)) - int(str(bad)), int(str(bad)) + int(str(unreadable)))


def write_rejects(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """A CSV file for its owner only: line, reason, row."""
    target.touch(mode=0o600)
    connection.execute(f"COPY (FROM refused ORDER BY line) TO {literal(target)} (FORMAT csv, HEADER)")
    target.chmod(0o600)


def _shown(headers: tuple[str, ...]) -> str:
    """SQL: a row as JSON."""
    cells = ", ".join(f"{literal(header)}: c{n}" for n, header in _distinct(headers))
    return f"to_json({{{cells}}})::VARCHAR" if cells else "''"


def _distinct(headers: tuple[str, ...]) -> list[tuple[int, str]]:
    """Headers as names of a JSON object: numbered where a name comes again, whatever its case."""
    seen: set[str] = set()
    found = []
    for number, header in enumerate(headers):
        name = header if header and header.lower() not in seen else f"{header}#{number + 1}"
        seen.add(name.lower())
        found.append((number, name))
    return found


def keep_last(connection: duckdb.DuckDBPyConnection, key: str) -> None:
    """The view `latest`: of `accepted`, the last row of each key."""
    # Looked for by hash, which takes a third of the memory; most files have no twins, and are looked at once.
    alike = f"SELECT hash({key}) AS h FROM accepted GROUP BY 1 HAVING count(*) > 1"
    connection.execute(f"CREATE TEMP TABLE alike AS {alike}")
    (some,) = row(connection, "SELECT count(*) FROM alike")
    if not some:
        connection.execute("CREATE VIEW latest AS SELECT * FROM accepted")
        return
    connection.execute(
        f"CREATE TEMP TABLE twins AS SELECT {key} AS k, max(line) AS line "
        f"FROM accepted SEMI JOIN alike ON alike.h = hash({key}) GROUP BY 1 HAVING count(*) > 1"
    )
    connection.execute(
        f"CREATE VIEW latest AS SELECT a.* FROM accepted a LEFT JOIN twins t ON t.k = {key} "
        "WHERE t.k IS NULL OR t.line = a.line"
    )
