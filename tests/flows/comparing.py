"""The same warehouse, pulled twice: into a store that reads everything, and into one to which only changes come."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from audience_sync.flows.warehousing.pulling import Pulled, PullJob, pull
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, duck
from audience_sync.sources.builtin.views import people_of

STATE = "audience_sync_state"
SELECT = "SELECT * FROM customers"
COLUMNS = {
    "id": "text",
    "email": "text",
    "plan": "text",
    "score": "text",
    "paid": "numeric",
    "seen_at": "timestamptz",
    "tags": "text[]",
    "ads_consent": "text",
}
Row = dict[str, object]


@dataclass(frozen=True)
class Shop:
    """A database with customers, and two stores that are pulled from it."""

    address: str
    folder: Path
    source: str
    kind: str = "postgres"
    bucket: str = ""
    """Where the second store lives, if not in a folder; then `database` knows its newest snapshot."""
    database: str = ""

    def do(self, statement: str) -> list[Any]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def fill(self, rows: list[Row]) -> None:
        """The table has these rows."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        places = ", ".join(["%s"] * len(COLUMNS))
        with psycopg.connect(self.address) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS customers; CREATE TABLE customers ({columns})".encode())
            cells = [tuple(row.get(name) for name in COLUMNS) for row in rows]
            cursor.executemany(f"INSERT INTO customers VALUES ({places})".encode(), cells)

    def store(self, state: str) -> Path:
        return self.folder / (state or "everything")

    def pull(self, state: str = STATE, sql: str = SELECT, gone: int = 100) -> Pulled:
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            return pull(self.job(state, sql=sql, gone=gone, work=work), lambda told: None)

    def job(self, state: str = STATE, *, sql: str = SELECT, gone: int = 100, work: str = "") -> PullJob:
        return PullJob(
            source=self.source,
            kind=self.kind,
            address=self.address,
            sql=sql,
            mapping={},
            profiles=str(self.store(state)),
            work=work,
            files="",
            seconds=60,
            most_gone_percent=gone,
            memory_limit_mb=512,
            state=state,
            bucket=self.bucket if state else "",
            database=self.database if state else "",
        )

    def people(self, state: str = STATE) -> list[tuple[object, ...]]:
        """Everybody in the store, column by column."""
        with self.job(state).place() as folder, duck(folder.work, DEFAULT_BOUNDS) as connection:
            manifest = folder.at_hand()
            if not manifest.profiles:
                return []
            columns = ", ".join(f'"{name}"' for name in sorted(manifest.columns))
            wanted = "profile_id, email, phone, country" + (f", {columns}" if columns else "")
            found = connection.execute(f"SELECT {wanted} FROM {people_of(folder, manifest)} ORDER BY profile_id")
            return [tuple(manifest.columns.items()), *found.fetchall()]

    def roster(self, state: str = STATE) -> set[str]:
        with self.job(state).place() as folder, duck(folder.work, DEFAULT_BOUNDS) as connection:
            files = [folder.files / name for name in folder.at_hand().rosters.values()]
            return {each for file in files for (each,) in connection.execute(f"FROM '{file}'").fetchall()}

    def states(self) -> list[str]:
        """The tables of ours in the warehouse."""
        listing = f"SELECT tablename FROM pg_tables WHERE schemaname = '{STATE}' ORDER BY 1"
        return [name for (name,) in self.do(listing)]

    def differ(self, sql: str = SELECT) -> tuple[object, object]:
        """What both ways of pulling come to; they are to be equal."""
        return tuple(  # type: ignore[return-value]  # There are two.
            (figures(self.pull(state, sql)), self.people(state), self.roster(state)) for state in ("", STATE)
        )


def figures(done: Pulled) -> dict[str, object]:
    """What a pull says of itself, but for what each pull says in its own way."""
    own = ("fetched", "snapshot", "rows")
    return {name: value for name, value in asdict(done).items() if name not in own}


def shop(address: str, folder: Path) -> Shop:
    """Without rows yet, and nothing pulled."""
    made = Shop(address, folder, str(uuid4()))
    made.do(f"DROP SCHEMA IF EXISTS {STATE} CASCADE; CREATE SCHEMA {STATE}")
    return made
