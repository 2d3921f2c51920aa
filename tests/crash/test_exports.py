"""An export by a real worker: killed, stopped or cancelled in the middle, it ends whole or leaves nothing."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from audience_sync.flows import exports
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.model.exports import ExportOptions
from audience_sync.model.permissions import SHELL
from tests.crash.stage import Stage, Worker, stage

pytestmark = pytest.mark.slow

PEOPLE = 100_000
WORKER = "audience_sync", "worker"


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house of so many people that writing them takes a while."""
    async with stage(tmp_path) as made:
        made.home.people({"id": f"p{n}", "email": f"person{n}@example.com"} for n in range(PEOPLE))
        yield made


async def asked(there: Stage) -> str:
    """The id of an export of everybody, in clear, so that a leak would be seen."""
    options = ExportOptions.from_json(
        {**ExportOptions().to_json(), "format": "parquet", "hashing": "none", "identifiers": ["email"]}
    )
    segment = await there.home.segment()
    return (await exports.start(there.home.app, SHELL, segment, options, reason="To be broken off")).id


async def seen(there: Stage, export_id: str) -> ExportView:
    return await exports.get(there.home.app, SHELL, export_id)


async def in_the_middle(there: Stage, worker: Worker, export_id: str) -> int:
    """The process that writes, held as soon as it has begun the file."""
    writers: list[int] = []

    async def begun() -> bool:
        if any(file.stat().st_size for file in there.settings.exports_dir.glob(f"{export_id}.*.part")):
            writers.extend(children(worker))
        return bool(writers)

    await there.until(begun, every_seconds=0.02)
    (writer,) = writers
    os.kill(writer, signal.SIGSTOP)
    assert (await seen(there, export_id)).ended_at is None
    return writer


async def ended(there: Stage, export_id: str) -> ExportView:
    async def over() -> bool:
        return (await seen(there, export_id)).ended_at is not None

    await there.until(over)
    return await seen(there, export_id)


def left(there: Stage) -> list[str]:
    return sorted(file.name for file in there.settings.exports_dir.iterdir())


def children(worker: Worker) -> list[int]:
    pid = worker.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def assert_whole(there: Stage, export_id: str) -> None:
    """The file holds everybody once, and nothing half-made lies beside it."""
    export = await ended(there, export_id)
    assert (export.status, export.profiles) == ("completed", PEOPLE)
    assert left(there) == [export_id]
    rows = pq.read_table(there.settings.exports_dir / export_id, columns=["profile_id"])
    assert len(set(rows["profile_id"].to_pylist())) == rows.num_rows == PEOPLE


async def gone(there: Stage, process: int) -> None:
    async def is_gone() -> bool:
        return not is_there(process)

    await there.until(is_gone)


async def test_after_a_kill_it_begins_again_and_is_whole(there: Stage) -> None:
    export_id = await asked(there)
    first = there.start("one", *WORKER)
    writer = await in_the_middle(there, first, export_id)
    first.kill()
    assert left(there) == [f"{export_id}.1.part"]
    there.start("one", *WORKER)
    await assert_whole(there, export_id)
    os.kill(writer, signal.SIGCONT)
    await gone(there, writer)
    assert left(there) == [export_id]


async def test_a_worker_that_is_told_to_stop_leaves_it_to_the_next(there: Stage) -> None:
    export_id = await asked(there)
    first = there.start("one", "tests.crash.impatient_worker")
    writer = await in_the_middle(there, first, export_id)
    assert await there.stopped(first) == 0
    assert not is_there(writer)
    assert "Traceback" not in first.log.read_text()
    there.start("one", *WORKER)
    await assert_whole(there, export_id)


async def test_cancelled_in_the_middle_it_leaves_nothing_and_nobody(there: Stage) -> None:
    export_id = await asked(there)
    writer = await in_the_middle(there, there.start("one", *WORKER), export_id)
    await exports.cancel(there.home.app, SHELL, export_id)
    assert (await ended(there, export_id)).status == "cancelled"
    await gone(there, writer)
    assert left(there) == []


async def test_a_dead_writer_ends_the_export_with_a_reason_and_no_file(there: Stage) -> None:
    export_id = await asked(there)
    writer = await in_the_middle(there, there.start("one", *WORKER), export_id)
    os.kill(writer, signal.SIGKILL)
    export = await ended(there, export_id)
    assert (export.status, export.error["code"], left(there)) == ("failed", "SOURCE_ERROR", [])


async def test_nothing_of_the_people_is_in_the_log_or_the_database(there: Stage) -> None:
    export_id = await asked(there)
    worker = there.start("one", *WORKER)
    await assert_whole(there, export_id)
    await there.stopped(worker)
    data = there.settings.data_dir
    kept = [file for file in data.rglob("*") if file.is_file() and not {"profiles", "exports"} & set(file.parts)]
    assert [file.name for file in kept if b"@example.com" in file.read_bytes()] == []
    assert "@example.com" not in worker.log.read_text()
