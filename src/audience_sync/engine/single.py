"""On SQLite there is one worker: a file lock that ends with its process keeps a second one out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_sync.errors import SetupError


def is_running(data_dir: Path) -> bool:
    """Whether a worker of this data folder is alive."""
    try:
        with only_worker(data_dir):
            return False
    except SetupError:
        return True


@contextmanager
def only_worker(data_dir: Path) -> Iterator[None]:
    """While inside, no other process is the worker of this data folder; SetupError when one is."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(data_dir / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise SetupError(
            "A worker is already running on this data folder.",
            "With SQLite there is one; use PostgreSQL (AUDIENCE_SYNC_DATABASE_URL) to run several.",
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)
