"""Files come into the built-in source, and traits are computed from what is there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audience_sync.app import App
from audience_sync.errors import Invalid
from audience_sync.model.permissions import Actor, Permission
from audience_sync.sources.builtin import imports
from audience_sync.sources.builtin.fields import ImportKind
from audience_sync.sources.builtin.imports import ImportResult
from audience_sync.sources.builtin.staging import Progress
from audience_sync.store import audit

COUNTS = ("rows", "accepted", "rejected", "created", "updated", "unchanged", "repeated", "strangers")


@dataclass(frozen=True, slots=True)
class ComputedTrait:
    """A trait that is computed from each profile's events; `type` is that of its values."""

    name: str
    expression: str
    type: str


def _silent(done: int, total: int, rows: int) -> None:
    """Nobody watches."""


async def import_file(
    app: App,
    actor: Actor,
    kind: ImportKind | str,
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = _silent,
    rejects: Path | None = None,
    encoding: str = "",
) -> ImportResult:
    """The source has what the file says, all of it or nothing; rejected rows are in `rejects`, if given.

    `progress` is called from another thread with bytes read, bytes in all, and rows so far. Invalid when the file as a
    whole cannot be used.
    """
    actor.require(Permission.ADMIN)
    if kind not in tuple(ImportKind):
        raise Invalid(f"There are no files of {kind!r}.", f"Choose one of {', '.join(ImportKind)}.")
    result = await asyncio.to_thread(
        imports.import_file,
        app.source.folder,
        ImportKind(kind),
        path,
        mapping=mapping,
        progress=progress,
        rejects=rejects,
        encoding=encoding,
        bounds=app.source.bounds,
    )
    counts = {name: getattr(result, name) for name in COUNTS}
    await _record(app, actor, f"import.{result.kind}", audit.Thing("snapshot", result.snapshot), **counts)
    return result


async def traits(app: App, actor: Actor) -> list[ComputedTrait]:
    """The computed traits by name; imported ones are in the catalog."""
    actor.require(Permission.READ)
    manifest = await asyncio.to_thread(app.source.folder.manifest)
    types = manifest.computed_types
    return [
        ComputedTrait(name, manifest.expressions[name], types.get(name, "")) for name in sorted(manifest.expressions)
    ]


async def set_trait(app: App, actor: Actor, name: str, expression: str) -> None:
    """The trait is computed for every profile from now on; Invalid when it cannot be."""
    actor.require(Permission.ADMIN)
    await asyncio.to_thread(app.source.set_trait, name, expression)
    await _record(app, actor, "trait.set", audit.Thing("trait", name), expression=expression)


async def remove_trait(app: App, actor: Actor, name: str) -> None:
    """The trait is no longer computed."""
    actor.require(Permission.ADMIN)
    await asyncio.to_thread(app.source.remove_trait, name)
    await _record(app, actor, "trait.removed", audit.Thing("trait", name))


async def _record(app: App, actor: Actor, action: str, on: audit.Thing, **detail: object) -> None:
    """After the change, not with it: the source is no part of the database."""
    async with app.database.write() as session:
        audit.record(session, actor, action, on=on, at=app.now(), **detail)
