"""One job, one short-lived process, of those in `children/`: the parent's side.

The parent may be cancelled at any time: the child is ended and leaves only files that nobody refers to.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from types import ModuleType
from typing import Any

from audience_sync import errors
from audience_sync.errors import AudienceSyncError, SourceError
from audience_sync.flows.children import exporting, pulling, reckoning
from audience_sync.flows.children.line import perform
from audience_sync.flows.exporting.writing import Exported, ExportJob
from audience_sync.flows.reckon import CloseJob, FreezeJob, Frozen
from audience_sync.flows.warehousing.pulling import Pulled, PullJob
from audience_sync.ledger.close import Closed
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.plans import PlanFigures

Job = FreezeJob | CloseJob | ExportJob | PullJob
Told = Callable[[Any], Awaitable[None]]
"""Given whatever JSON the job says while it works: the name of a step, or how far it is."""
CHILDREN = (reckoning, exporting, pulling)
FRUGAL = {"ARROW_DEFAULT_MEMORY_POOL": "jemalloc", "MALLOC_ARENA_MAX": "2"}
"""For an export, which hashes in several threads: their allocators keep about 100 MiB less, at the same speed."""
LEAVE_SECONDS = 3
LONGEST_LINE = 64 * 1024 * 1024


async def freeze_plan(job: FreezeJob, told: Told, *, inline: bool) -> Frozen:
    """A frozen plan, made in a child process; with `inline` in a thread of this one, for many small runs in tests."""
    result = await _do(job, told, inline=inline)
    return Frozen(**{**result, "figures": PlanFigures.from_json(result["figures"])})


async def close_ledger(job: CloseJob, *, inline: bool) -> Closed:
    """The ledger after a run, made likewise."""
    result = await _do(job, _nobody, inline=inline)
    return Closed(**{**result, "manifest": Manifest.from_json(result["manifest"])})


async def export_file(job: ExportJob, told: Told, *, inline: bool) -> Exported:
    """The job's file, written likewise; `told` hears of `rows` and `total`."""
    return Exported(**await _do(job, told, inline=inline))


async def pull_warehouse(job: PullJob, told: Told, *, inline: bool) -> Pulled:
    """The store with what the warehouse gives now, likewise; `told` hears of `step`, `rows` and `total`."""
    return Pulled(**await _do(job, told, inline=inline))


async def _do(job: Job, told: Told, *, inline: bool) -> dict[str, Any]:
    if inline:
        name = type(job).__name__
        return await asyncio.to_thread(perform, _child_of(job).WORK[name], asdict(job), lambda _said: None)
    return await _child(job, told)


def _child_of(job: Job) -> ModuleType:
    """The module that does such jobs, and loads no more than they need."""
    return next(child for child in CHILDREN if type(job).__name__ in child.WORK)


async def _nobody(_said: object) -> None:
    """Nobody wants to hear of it."""


async def _child(job: Job, told: Told) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _child_of(job).__name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
        env={**os.environ, **(FRUGAL if isinstance(job, ExportJob) else {}), "PYTHONUNBUFFERED": "1"},
    )
    try:
        return await _converse(process, {"job": type(job).__name__, **asdict(job)}, told)
    finally:
        if process.returncode is None and isinstance(job, PullJob):
            await _asked_to_end(process)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _asked_to_end(process: asyncio.subprocess.Process) -> None:
    """The child may take leave of a warehouse that would go on working for it."""
    process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), LEAVE_SECONDS)


async def _converse(process: asyncio.subprocess.Process, job: dict[str, Any], told: Told) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The child has no pipes.")
    process.stdin.write(json.dumps(job).encode() + b"\n")
    process.stdin.close()
    async for line in process.stdout:
        said = json.loads(line)
        if "told" in said:
            await told(said["told"])
        elif "error" in said:
            raise _revived(said["error"])
        else:
            result: dict[str, Any] = said["result"]
            return result
    raise SourceError(
        f"The process that does the heavy work ended early (status {await process.wait()}).",
        "It may have been killed for lack of memory: lower AUDIENCE_SYNC_MEMORY_LIMIT_MB. It can be tried again.",
    )


def _revived(said: dict[str, Any]) -> AudienceSyncError:
    kind = getattr(errors, said["kind"], AudienceSyncError)
    error: AudienceSyncError = kind(said["message"], said["hint"], code=said["code"], details=said["details"])
    return error
