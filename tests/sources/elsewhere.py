"""What a process of its own does as another host. It loads little, for it is started again and again."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from audience_sync.homes import mirrored
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.imports import import_file

Work = Callable[[Folder, Path], None]


def as_host(work: Work, environment: Mapping[str, str], address: str, database_url: str, *paths: Path) -> None:
    """The work is done on the store by a host whose mirror is in the first path, with credentials of its own."""
    os.environ.update(environment)
    root, file = paths
    root.mkdir(exist_ok=True)
    with mirrored(root, address, database_url) as folder:
        work(folder, file)


def take_in(folder: Folder, file: Path) -> None:
    import_file(folder, "profiles", file)


def die_while_writing(folder: Folder, file: Path) -> None:
    import_file(folder, "profiles", file, progress=lambda *_: os._exit(9))
