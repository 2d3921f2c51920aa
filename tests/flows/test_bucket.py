"""Flows over a store in a bucket: also those whose work a child does, which opens this host's folder alone."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audience_sync.errors import SetupError
from audience_sync.flows import hot, imports, pulls, segments, warehouses
from audience_sync.flows.sizes import question
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.model.permissions import SHELL
from audience_sync.model.rules import All
from audience_sync.model.segments import ListKind, RuleSegment
from tests.buckets import KEY, SECRET, serving, system_at
from tests.flows.exporting import made, rows_of
from tests.world import House, house

FIRST = "id,email,country,ads_consent\n1,a@x.org,US,granted\n2,b@x.org,US,granted\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    name = f"people-{uuid4().hex[:12]}"
    system_at(endpoint).create_dir(name)
    address = f"s3://{name}/one?endpoint_override={endpoint}&scheme=http&region=us-east-1"
    files = tmp_path / "files"
    files.mkdir()
    async with house(tmp_path, database_url=sqlite_url, profiles_bucket=address, warehouse_dir=str(files)) as made_home:
        file = tmp_path / "first.csv"
        file.write_text(FIRST)
        await imports.import_file(made_home.app, SHELL, "profiles", file)
        yield made_home


def lose_the_mirror(home: House) -> None:
    """As on a host that has just begun."""
    shutil.rmtree(home.app.settings.profiles_dir)


def people(home: House) -> int:
    return home.app.source.count(RuleSegment(All(())), question(home.app)).size


async def test_a_sync_sends_everybody_from_a_fresh_host(home: House) -> None:
    lose_the_mirror(home)
    await home.audience(await home.segment())
    done = await home.work()
    assert (done.run.status, people(home)) == ("completed", 2)


async def test_a_list_is_synced_from_a_fresh_host(home: House) -> None:
    made_list = await segments.create_list(home.app, SHELL, "VIPs", ListKind.EMAIL, values=["b@x.org"])
    lose_the_mirror(home)
    await home.audience(made_list.id)
    done = await home.work()
    assert (done.run.status, done.run.added) == ("completed", 1)


async def test_an_export_is_written_from_a_fresh_host(home: House) -> None:
    lose_the_mirror(home)
    assert set(rows_of(home, await made(home))) == {"1", "2"}


async def test_arrivals_are_folded_in(home: House) -> None:
    await hot.upsert_profile(home.app, SHELL, {"profile_id": "3", "email": "c@x.org"})
    await hot.fold_now(home.app, SHELL)
    lose_the_mirror(home)
    assert people(home) == 3


async def test_a_child_pulls_a_warehouse_into_the_bucket(home: House) -> None:
    rows = pa.table({"id": ["7", "8", "9"], "email": ["x@x.org", "y@x.org", "z@x.org"]})
    pq.write_table(rows, home.folder / "files" / "rows.parquet")
    draft = WarehouseDraft(name="Lake", kind="files", address="rows.parquet", sql="SELECT * FROM files")
    app = replace(home.app, inline_jobs=False)
    asked = await pulls.start(app, SHELL, (await warehouses.add(app, SHELL, draft)).id)
    await execute(app, asked.id)
    assert (await pulls.get(app, SHELL, asked.id)).error == {}
    lose_the_mirror(home)
    assert people(home) == 5


async def test_a_wrong_address_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="AUDIENCE_SYNC_PROFILES_BUCKET"):
        async with house(tmp_path, profiles_bucket="s3://key:secret@people"):
            pass
