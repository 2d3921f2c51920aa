"""One job, one short-lived process: JSON in, how far it is and its result out, line by line.

The parent may be cancelled at any time: the child is ended and leaves only files that nobody refers to.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from audience_sync import errors
from audience_sync.errors import AudienceSyncError, SourceError
from audience_sync.flows.exporting.writing import Exported, ExportJob, write_export
from audience_sync.flows.reckon import CloseJob, FreezeJob, Frozen, Place, close_plan, freeze
from audience_sync.flows.warehousing.pulling import Pulled, PullJob, pull
from audience_sync.ledger.close import Closed
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.unanswered import Unanswered
from audience_sync.model.plans import PlanFigures

Job = FreezeJob | CloseJob | ExportJob | PullJob
Told = Callable[[Any], Awaitable[None]]
"""Given whatever JSON the job says while it works: the name of a step, or how far it is."""
JOBS = {
    "FreezeJob": (FreezeJob, freeze),
    "CloseJob": (CloseJob, close_plan),
    "ExportJob": (ExportJob, write_export),
    "PullJob": (PullJob, pull),
}
PARTS: dict[str, Callable[..., Any]] = {"place": Place, "unanswered": Unanswered}
"""Values within a job, by its fields."""
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
        return await asyncio.to_thread(_perform, type(job).__name__, asdict(job), lambda _step: None)
    return await _child(job, told)


async def _nobody(_said: object) -> None:
    """Nobody wants to hear of it."""


async def _child(job: Job, told: Told) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "audience_sync.flows.isolated",
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


def _perform(name: str, job: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    kind, work = JOBS[name]
    arguments = {key: _revalued(key, value) for key, value in job.items()}
    return asdict(work(kind(**arguments), say))  # type: ignore[operator]  # Each kind goes with its own work.


def _revalued(name: str, value: Any) -> Any:
    """A job's value as it was before it became JSON."""
    if name in PARTS:
        return PARTS[name](**{key: _revalued("", each) for key, each in value.items()})
    return tuple(value) if isinstance(value, list) else value


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Does the job on standard input. What goes wrong in words of ours is told; anything else ends the process."""
    # What is open is closed on the way out, as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    job = json.loads(sys.stdin.readline())
    try:
        _say({"result": _perform(job.pop("job"), job, lambda said: _say({"told": said}))})
    except AudienceSyncError as problem:
        kind = type(problem).__name__
        said = {"message": problem.message, "hint": problem.hint, "code": problem.code, "details": problem.details}
        _say({"error": {"kind": kind, **said}})


if __name__ == "__main__":
    main()
