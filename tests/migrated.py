"""A SQLite database with its tables: migrated once per process, then copied, because each migration takes its time."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from audience_sync.store.migrate import migrate_url

NAME = "audience-sync.db"


def put_database(folder: Path) -> Path:
    """The folder has a migrated database, its own where it had one already; the path of its file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    if not path.exists():
        shutil.copyfile(_template(), path)
    return path


@cache
def _template() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="audience-sync-template-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / NAME
    migrate_url(f"sqlite:///{path}")
    return path
