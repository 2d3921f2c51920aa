"""Profiles from an Iceberg table, through the flows."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.table import Table

from audience_sync.flows import audiences, pulls, warehouses
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.model.permissions import SHELL
from tests.sources.iceberg import delete_positions, written
from tests.world import House, house

PEOPLE = pa.table(
    {
        "id": [1, 2, 3],
        "email": ["ann@example.com", "bob@example.com", "cem@example.com"],
        "phones": [["+14155550001", "+14155550002"], ["+14155550003"], None],
        "country": ["US"] * 3,
        "ads_consent": ["granted"] * 3,
    }
)


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    (folder := tmp_path / "lake").mkdir()
    async with house(tmp_path, database_url=sqlite_url, warehouse_dir=str(folder)) as made:
        yield made


@pytest.fixture
def table(home: House) -> Iterator[Table]:
    with written(home.folder / "lake", PEOPLE) as made:
        yield made


async def added(home: House, address: str = "customers") -> str:
    draft = WarehouseDraft(
        name="Lake", kind="iceberg", address=address, mapping={"phones": "phone"}, most_gone_percent=90
    )
    return (await warehouses.add(home.app, SHELL, draft)).id


async def pull(home: House, warehouse_id: str, *, apart: bool = False) -> PullView:
    """A pull, as a worker leaves it; `apart` in a process of its own, as it is done outside of tests."""
    app = replace(home.app, inline_jobs=not apart)
    asked = await pulls.start(app, SHELL, warehouse_id)
    await execute(app, asked.id)
    return await pulls.get(app, SHELL, asked.id)


async def test_who_is_deleted_from_the_table_leaves_the_platform(home: House, table: Table) -> None:
    lake = await added(home)
    first = await pull(home, lake, apart=True)
    audience = await home.audience(await home.segment())
    await home.work()
    remote = (await audiences.get(home.app, SHELL, audience)).remote_id
    before = await home.keys(remote)
    delete_positions(table, [0])
    second = await pull(home, lake)
    await home.sync(audience)
    assert (first.error, first.created, second.removed) == ({}, 3, 1)
    # Ann has an e-mail address and two numbers.
    assert (len(before), len(await home.keys(remote))) == (6, 3)


async def test_a_look_shows_the_table_and_how_many_rows_it_has(home: House, table: Table) -> None:
    seen = await warehouses.look(home.app, SHELL, await added(home))
    assert (seen.estimate, seen.problem, seen.answer) == (
        3, "", "Iceberg, format 2: 1 file with 5 columns can be read.",
    )  # fmt: skip


async def test_a_table_that_cannot_be_read_changes_nothing(home: House, table: Table) -> None:
    lake = await added(home)
    await pull(home, lake)
    next((home.folder / "lake" / "customers" / "data").glob("*.parquet")).unlink()
    failed = await pull(home, lake)
    assert (failed.status, failed.error["code"]) == ("failed", "WAREHOUSE_UNREADABLE")
    assert list((await warehouses.held(home.app, SHELL)).values()) == [3]
