"""What requests of unknown outcome may still undo: their keys are owed until the platform has worked them off."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import duckdb

from audience_sync.delta import keys_of
from audience_sync.ledger.duck import COMPRESSION, Bounds, count, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.members import load_strays, view_held


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Batches of a plan of which a request may still be worked off, and until when; times are ISO in UTC.

    `planned_at`: what was decided by then was carried out later, also once more what earlier requests may have undone.
    """

    batches: tuple[int, ...] = ()
    until: str = ""
    planned_at: str = ""


def remembered(
    files: PlanFiles, manifest: Manifest, news: Unanswered, *, naming: Sequence[str], bounds: Bounds
) -> Manifest:
    """The closed manifest, in which keys that a request of unknown outcome may bring back or take away are strays.

    A stray that nobody has is removed by the next run, and whoever has one is sent again; both go on until a plan was
    made after the platform's time for the request. `manifest` still names what was remembered before this plan.
    """
    known = manifest.unanswered if manifest.unanswered_until > news.planned_at else ""
    if not known and not news.batches:
        return replace(manifest, unanswered="", unanswered_until="", unsure=0)
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, naming)
        load_strays(con, files.root, manifest)
        _load(con, files, known, news.batches, naming)
        _find_undone(con, naming)
        until = max(news.until if news.batches else "", manifest.unanswered_until if known else "")
        after = replace(manifest, unanswered=written(con, files, "unanswered"), unanswered_until=until)
        unsure, owed = count(con, "undone"), count(con, "owed")
        return replace(after, strays=written(con, files, "owed") if owed else "", owed=owed, unsure=unsure)


def _load(
    con: duckdb.DuckDBPyConnection, files: PlanFiles, known: str, batches: Collection[int], naming: Sequence[str]
) -> None:
    """Table `unanswered` (profile_id, kind, key): what was to be added, for whom; `` for what was to be removed."""
    numbers = ", ".join(map(str, sorted(batches))) or "-1"
    members, removes = (f"read_parquet({quoted(path)})" for path in (files.members, files.removes))
    before = f"UNION SELECT profile_id, kind, key FROM read_parquet({quoted(files.root / known)})" if known else ""
    con.execute(
        f"""
        CREATE TEMP TABLE unanswered AS
        SELECT profile_id, kind, key FROM {keys_of(f"(FROM {members} WHERE batch IN ({numbers}))", naming)}
        UNION SELECT '', kind, key FROM {removes} WHERE batch IN ({numbers}) {before}
        """
    )


def _find_undone(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> None:
    """Tables `undone` (kind, key), what those requests may undo, and `owed`, the strays with it.

    Of somebody who is added late with a key that nobody has any more it is every key: where the platform then takes
    the person away with that key, who else has the others is sent again.
    """
    con.execute(
        f"CREATE TEMP TABLE had AS SELECT DISTINCT kind, key FROM {keys_of('held', naming)} SEMI JOIN"
        " unanswered USING (kind, key)"
    )
    con.execute(
        """
        CREATE TEMP TABLE undone AS
        SELECT kind, key FROM unanswered SEMI JOIN
            (FROM unanswered ANTI JOIN had USING (kind, key) WHERE profile_id <> '') USING (profile_id)
        UNION SELECT kind, key FROM unanswered SEMI JOIN had USING (kind, key) WHERE profile_id = ''
        """
    )
    con.execute("CREATE TEMP TABLE owed AS SELECT kind, key FROM strays UNION FROM undone")


def written(con: duckdb.DuckDBPyConnection, files: PlanFiles, table: str) -> str:
    """The table's file, as a manifest names it."""
    path = files.folder / f"{table}.parquet"
    con.execute(f"COPY {table} TO {quoted(path)} {COMPRESSION}")
    path.chmod(0o600)
    return files.named(path)
