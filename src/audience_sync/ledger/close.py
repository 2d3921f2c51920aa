"""What the ledger says after a run: the next manifest, from what was frozen and what became of each batch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from audience_sync.delta import keys_of
from audience_sync.ledger.duck import COMPRESSION, Bounds, count, one, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Log, Manifest
from audience_sync.ledger.members import based, load_strays, view_held
from audience_sync.ledger.tallies import any_key, tally

LOGS_TO_BASE = 0.2
"""Compaction when the logs hold more rows than this share of the base ..."""
MOST_LOGS = 16
"""... or when there are more logs than this."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan's batches, by number. A batch in neither set was never sent."""

    accepted: frozenset[int]
    in_doubt: frozenset[int]
    """Sent at least once and not known to be accepted: sending, unknown or rejected."""
    replaced: bool = False
    """The platform's own replace ran and is complete: nothing older is left over there."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The next manifest, and the profiles that really changed."""

    manifest: Manifest
    added: int
    changed: int
    resent: int
    removed: int
    failed: int
    owed_removed: int = 0
    """Keys that an earlier run had left behind, of whomever, and that are gone now."""


def close(files: PlanFiles, manifest: Manifest, outcome: Outcome, *, naming: Sequence[str], bounds: Bounds) -> Closed:
    """The manifest after the run. Its files are on disk; nothing that the old one names has been touched."""
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, naming)
        _load(con, files, outcome)
        strays, owed = _strays(con, files, outcome, naming)
        counts = replace(_counts(con, naming), owed_removed=_owed_removed(con, files, manifest, outcome, naming))
        log = Log(files.named(files.members), count(con, "members"), _dead(con))
        whole = outcome.replaced and not log.dead
        after = replace(_counted(con, manifest, naming, whole=whole), strays=strays, owed=owed)
        if whole:
            after = replace(after, base="", base_rows=0, logs=(log,))
        elif log.rows:
            after = replace(after, logs=(*manifest.logs, log))
    return replace(counts, manifest=_compacted(files, after, naming, bounds))


def _load(con: duckdb.DuckDBPyConnection, files: PlanFiles, outcome: Outcome) -> None:
    """Table `fate` (batch, accepted, doubted) and the plan's files as views."""
    con.execute("CREATE TEMP TABLE fate (batch INTEGER, accepted BOOLEAN, doubted BOOLEAN)")
    rows = [(n, n in outcome.accepted, n in outcome.in_doubt) for n in outcome.accepted | outcome.in_doubt]
    if rows:
        con.executemany("INSERT INTO fate VALUES (?, ?, ?)", rows)
    con.execute(f"CREATE TEMP VIEW members AS FROM read_parquet({quoted(files.members)}) LEFT JOIN fate USING (batch)")
    con.execute(f"CREATE TEMP VIEW removes AS FROM read_parquet({quoted(files.removes)}) LEFT JOIN fate USING (batch)")
    con.execute(f"CREATE TEMP VIEW doubted AS FROM read_parquet({quoted(files.doubted)})")
    con.execute("CREATE TEMP VIEW living AS FROM members WHERE status <> 'gone' AND (batch IS NULL OR accepted)")
    con.execute("CREATE TEMP TABLE old AS FROM held_among('members')")
    con.execute(
        "CREATE TEMP VIEW uncertain AS FROM members WHERE batch IS NOT NULL AND accepted IS NOT TRUE AND doubted"
    )


def _strays(
    con: duckdb.DuckDBPyConnection, files: PlanFiles, outcome: Outcome, naming: Sequence[str]
) -> tuple[str, int]:
    """The file of keys that may be over there for nobody whose batch was accepted, and their number.

    Everything the touched profiles had before, and everything sent without an answer, less what was removed for
    certain and what an accepted member accounts for.
    """
    before = "SELECT kind, key FROM doubted UNION ALL" if not outcome.replaced else ""
    gone = "SELECT kind, key FROM removes WHERE accepted"
    con.execute(
        f"""
        CREATE TEMP TABLE stray AS
        SELECT DISTINCT kind, key FROM ({before} SELECT kind, key FROM {keys_of("uncertain", naming)}) s
        ANTI JOIN ({gone}) USING (kind, key)
        ANTI JOIN {keys_of("living", naming)} USING (kind, key)
        """
    )
    path = files.folder / "strays.parquet"
    owed = count(con, "stray")
    if not owed:
        return "", 0
    con.execute(f"COPY stray TO {quoted(path)} {COMPRESSION}")
    path.chmod(0o600)
    return files.named(path), owed


def _counts(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> Closed:
    """Profiles by what became of them; one who left counts as removed when none of their keys is a stray."""
    known = f"SELECT profile_id FROM old WHERE {any_key(naming)}"
    owing = f"SELECT profile_id FROM {keys_of('old', naming)} SEMI JOIN stray USING (kind, key)"
    row = one(
        con,
        f"""
        SELECT count(*) FILTER (sent AND accepted AND NOT known),
               count(*) FILTER (sent AND accepted AND known AND differs),
               count(*) FILTER (sent AND accepted AND known AND NOT differs),
               count(*) FILTER (known AND rows = 0 AND NOT owing),
               count(*) FILTER ((sent AND accepted IS NOT TRUE) OR (known AND rows = 0 AND owing))
        FROM (SELECT *, batch IS NOT NULL AS sent, profile_id IN ({known}) AS known,
                     profile_id IN ({owing}) AS owing FROM members)
        """,
    )
    added, changed, resent, removed, failed = row
    return Closed(Manifest(), added=added, changed=changed, resent=resent, removed=removed, failed=failed)


def _owed_removed(
    con: duckdb.DuckDBPyConnection, files: PlanFiles, before: Manifest, outcome: Outcome, naming: Sequence[str]
) -> int:
    """Strays of the ledger that are gone: nobody knows any more whose they were, so they are keys and not profiles."""
    load_strays(con, files.root, before)
    gone = (
        "FROM strays" if outcome.replaced else "FROM strays SEMI JOIN (FROM removes WHERE accepted) USING (kind, key)"
    )
    lost = f"({gone}) g ANTI JOIN stray USING (kind, key) ANTI JOIN {keys_of('living', naming)} USING (kind, key)"
    return count(con, lost)


def _dead(con: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    rows = con.execute("SELECT DISTINCT batch FROM members WHERE batch IS NOT NULL AND accepted IS NOT TRUE ORDER BY 1")
    return tuple(row[0] for row in rows.fetchall())


def _counted(con: duckdb.DuckDBPyConnection, before: Manifest, naming: Sequence[str], *, whole: bool) -> Manifest:
    """The manifest with its counts after the run: less what the touched were, more what they are now.

    `whole` says that nobody but them is left.
    """
    now = tally(con, "living", naming)
    if whole:
        return replace(before, members=now.members, keys=now.keys, keyless=now.keyless, refused=now.refused)
    # An older ledger did not count all of this; then everybody is read, once.
    old = tally(con, "old", naming)
    known = before if before.keyless is not None and before.refused is not None else tally(con, "held", naming)
    refused = Counter(known.refused)
    refused.subtract(old.refused)
    return replace(
        before,
        members=known.members - old.members + now.members,
        keys=known.keys - old.keys + now.keys,
        keyless=(known.keyless or 0) - old.keyless + now.keyless,
        refused=dict(refused + Counter(now.refused)),
    )


def _compacted(files: PlanFiles, manifest: Manifest, naming: Sequence[str], bounds: Bounds) -> Manifest:
    """The manifest, of which one new base takes the place of base and logs when these have grown."""
    if not _is_due(manifest):
        return manifest
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, naming)
        return _compact(con, files, manifest, naming)


def _is_due(manifest: Manifest) -> bool:
    rows = sum(log.rows for log in manifest.logs)
    return len(manifest.logs) > MOST_LOGS or rows > LOGS_TO_BASE * max(manifest.base_rows, 1)


def _compact(con: duckdb.DuckDBPyConnection, files: PlanFiles, manifest: Manifest, naming: Sequence[str]) -> Manifest:
    path = files.folder / "base.parquet"
    (rows,) = one(con, f"COPY ({based(naming)}) TO {quoted(path)} {COMPRESSION}")
    path.chmod(0o600)
    return replace(manifest, base=files.named(path), base_rows=rows, logs=())


def held_keys(
    files: PlanFiles, manifest: Manifest, in_flight: frozenset[int], *, naming: Sequence[str]
) -> set[tuple[str, bytes]]:
    """Every (kind, key) that the platform may hold: members, strays, and batches of the plan that were ever sent.

    For checks and for explaining one person; it holds the whole set in memory.
    """
    with workbench(files.root, Bounds()) as con:
        view_held(con, files.root, manifest, naming)
        load_strays(con, files.root, manifest)
        parts = [f"SELECT kind, key FROM {keys_of('held', naming)}", "SELECT kind, key FROM strays"]
        if in_flight and files.members.exists():
            numbers = ", ".join(map(str, sorted(in_flight)))
            sent = f"(FROM read_parquet({quoted(files.members)}) WHERE batch IN ({numbers}))"
            parts.append(f"SELECT kind, key FROM {keys_of(sent, naming)}")
        return set(con.execute(" UNION ".join(parts)).fetchall())
