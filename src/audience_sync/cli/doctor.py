"""Checks this installation: what is well, what is not, and the way out."""

import asyncio
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.text import Text

from audience_sync.cli.failures import NOT_SET_UP
from audience_sync.cli.printing import AsJson, say, show_json, table
from audience_sync.cli.shell import quiet_settings
from audience_sync.cli.words import size_bytes
from audience_sync.connectors.registry import CONNECTORS
from audience_sync.engine.single import is_running
from audience_sync.errors import SetupError, SourceError
from audience_sync.settings import Settings
from audience_sync.sources.builtin.bucket import name_of, open_bucket
from audience_sync.store.database import Database
from audience_sync.store.migrate import require_head, revision
from audience_sync.store.vault import load_vault

OK, NOTE, PROBLEM = "ok", "note", "problem"
STYLES = {OK: "green", NOTE: "yellow", PROBLEM: "red"}
LEAST_FREE_BYTES = 2 * 1024**3
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `state` is ok, note or problem; `way_out` is empty where none is needed."""

    check: str
    state: str
    words: str
    way_out: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Check this installation.

    Settings, database, secret key, data folder, bucket, worker, platforms and disk space. Changes nothing. Exit code 3
    when there is a problem.

    Example: audience-sync doctor
    """
    found = list(_examined())
    if as_json:
        show_json(found)
    else:
        say(table(("", "Check", "Finding", "Way out"), map(_row, found)))
    if any(each.state == PROBLEM for each in found):
        raise typer.Exit(NOT_SET_UP)


def _examined() -> Iterator[Finding]:
    try:
        settings = quiet_settings()
    except SetupError as problem:
        yield Finding("settings", PROBLEM, problem.message, problem.hint)
        return
    yield Finding("settings", OK, f"data folder {settings.data_dir.resolve()}")
    for check, look in LOOKS.items():
        try:
            yield from look(settings)
        except SetupError as problem:
            yield Finding(check, PROBLEM, problem.message, problem.hint)


def _database(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir / "audience-sync.db"
    if not settings.database_url and not path.exists():
        yield Finding("database", NOTE, "SQLite, not made yet", "audience-sync migrate makes it; so does any command.")
        return
    found = asyncio.run(_revision(settings))
    yield Finding("database", OK, f"{'PostgreSQL' if settings.is_postgres else 'SQLite'} answers")
    yield Finding("schema", OK, f"at migration {found}, the newest")


async def _revision(settings: Settings) -> str:
    database = Database(settings.database_url, settings.data_dir)
    try:
        await require_head(database)
        return await revision(database)
    finally:
        await database.close()


def _secret_key(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir / "secret.key"
    if not settings.secret_keys.strip() and not path.exists():
        yield Finding("secret key", NOTE, "not made yet", "It is made with the first command that needs it.")
        return
    vault = load_vault(settings)
    where = "AUDIENCE_SYNC_SECRET_KEYS" if settings.secret_keys.strip() else str(path)
    yield Finding("secret key", OK, f"{vault.current} seals, {len(vault.keys)} open; from {where}")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    if not settings.data_dir.exists():
        yield Finding("data folder", NOTE, "not made yet", "It is made with the first command that needs it.")
        return
    secret = settings.data_dir / "secret.key"
    open_to_others = [path for path in (settings.data_dir, secret) if path.exists() and _is_open(path)]
    if open_to_others:
        fix = "; ".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in open_to_others)
        yield Finding("data folder", PROBLEM, "others on this machine may read it", f"Run: {fix}")
        return
    yield Finding("data folder", OK, "only its owner may read it")


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)


def _worker(settings: Settings) -> Iterator[Finding]:
    if settings.is_postgres:
        yield Finding("worker", NOTE, "with PostgreSQL workers may be anywhere; this cannot be seen from here")
    elif settings.data_dir.exists() and is_running(settings.data_dir):
        yield Finding("worker", OK, "alive on this data folder")
    else:
        way_out = "audience-sync serve, or worker. Until then `sync` does the run itself, and nothing runs by schedule."
        yield Finding("worker", NOTE, "none is alive", way_out)


def _platforms(settings: Settings) -> Iterator[Finding]:
    for name, connector in CONNECTORS.items():
        card = connector.card
        check = f"platform {name}"
        if elsewhere := settings.of_platform(name, "api_url"):
            yield Finding(check, NOTE, f"reached at {elsewhere} instead of {card.api_url}")
        has_app = settings.of_platform(name, "app_id") and settings.of_platform(name, "app_secret")
        if has_app:
            yield Finding(check, OK, f"an app is set; facts checked on {card.checked_on}")
        else:
            names = f"AUDIENCE_SYNC_{name.upper()}_APP_ID and _APP_SECRET"
            yield Finding(check, NOTE, "no app is set: only pasted tokens can connect", f"Set {names}.")


def _bucket(settings: Settings) -> Iterator[Finding]:
    if settings.profiles_bucket:
        bucket = open_bucket(settings.profiles_bucket)
        try:
            bucket.require()
        except SourceError as problem:
            yield Finding("bucket", PROBLEM, problem.message, problem.hint)
            return
        yield Finding("bucket", OK, f"{name_of(settings.profiles_bucket)} answers")


def _disk(settings: Settings) -> Iterator[Finding]:
    there = next(path for path in (settings.data_dir.resolve(), *settings.data_dir.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    words = f"{size_bytes(free)} free"
    if free < LEAST_FREE_BYTES:
        yield Finding("disk", PROBLEM, words, f"Imports and plans need room: keep {size_bytes(LEAST_FREE_BYTES)} free.")
    else:
        yield Finding("disk", OK, words)


LOOKS: dict[str, Callable[[Settings], Iterator[Finding]]] = {
    "database": _database,
    "secret key": _secret_key,
    "data folder": _data_folder,
    "bucket": _bucket,
    "worker": _worker,
    "platforms": _platforms,
    "disk": _disk,
}


def _row(each: Finding) -> tuple[str | Text, ...]:
    return Text(each.state, style=STYLES[each.state]), each.check, each.words, each.way_out
