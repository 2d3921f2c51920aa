"""Nothing raw leaves: not to the platform, not into logs, not into a table or file beside the store of profiles."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.crash.stage import CROWD, Stage, stage

NAMES = [person["email"].split("@")[0].encode() for person in CROWD[100:130]]
NUMBERS = [person["phone"].lstrip("+").encode() for person in CROWD[100:130]]
RAW = [*(name + b"@" for name in NAMES), *NUMBERS]


@pytest.fixture
async def settled(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house whose worker has done one run and has ended."""
    async with stage(tmp_path, answer_seconds=0) as made:
        run = await made.queued_run()
        worker = made.start()
        await made.ended(run)
        await made.stopped(worker)
        yield made


def leaks(content: bytes) -> list[bytes]:
    return [raw for raw in RAW if raw in content]


def files(folder: Path) -> Iterator[Path]:
    """Everything that the house wrote but the profiles themselves, which are the user's own data."""
    data = folder / "data"
    return (path for path in data.rglob("*") if path.is_file() and data / "profiles" not in path.parents)


async def test_nothing_raw_is_where_it_should_not_be(settled: Stage) -> None:
    sent = [each.body + each.query.encode() + each.path.encode() for each in settled.sandbox.world.recorder.requests()]
    written = {path: path.read_bytes() for path in files(settled.home.folder)}
    assert len(sent) > 50
    assert {"engine.db", "audience-sync.db", "members.parquet"} <= {path.name for path in written}
    assert [leaks(body) for body in sent if leaks(body)] == []
    assert {path: leaks(content) for path, content in written.items() if leaks(content)} == {}
    assert leaks(b"".join(worker.log.read_bytes() for worker in settled.workers)) == []


def test_the_search_can_find_something() -> None:
    assert leaks(CROWD[110]["email"].encode()) != []
    assert leaks(CROWD[110]["phone"].encode()) != []
