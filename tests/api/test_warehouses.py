"""Warehouses over HTTP: administrators only, and never a credential in an answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audience_sync.api.application import create_api
from audience_sync.flows.warehousing.executing import execute
from audience_sync.model.permissions import ROLES, Permission
from tests.api.conftest import Desk, key_of
from tests.world import house

SECRET = "s3cr3t-pass"
SHOP = {"name": "Shop", "kind": "files", "address": "*.parquet"}
POSTGRES = {"name": "Base", "kind": "postgres", "address": f"postgresql://u:{SECRET}@127.0.0.1:1/x", "table": "t"}


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house that may read a folder in which three people are."""
    (folder := tmp_path / "lake").mkdir()
    pq.write_table(pa.table({"id": ["1", "2", "3"], "email": ["a@x.org", "b@x.org", "c@x.org"]}), folder / "p.parquet")
    async with house(tmp_path, warehouse_dir=str(folder)) as home:
        keys = {"admin": await key_of(home, "admin")}
        yield Desk(home, keys, httpx2.ASGITransport(app=create_api(home.app)))


async def call(desk: Desk, method: str, path: str, role: str = "admin", **body: Any) -> httpx2.Response:
    async with desk.client(role) as client:
        return await client.request(method, path, json=body or None)


async def test_a_warehouse_s_life(lake: Desk) -> None:
    made = await call(lake, "POST", "/warehouses", **SHOP)
    where = f"/warehouses/{made.json()['id']}"
    assert (made.status_code, made.headers["location"]) == (201, f"/api/v1{where}")
    asked = await call(lake, "POST", f"{where}/pulls")
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    await execute(lake.home.app, asked.json()["id"])
    done = (await call(lake, "GET", f"/pulls/{asked.json()['id']}")).json()
    assert (done["status"], done["created"], done["rows"]) == ("completed", 3, 3)
    (listed,) = (await call(lake, "GET", "/warehouses")).json()["items"]
    assert listed["last_pull"] == done
    assert (await call(lake, "DELETE", f"{where}?delete_profiles=true")).json() == {
        "profiles": 3, "dropped": [], "remaining": "",
    }  # fmt: skip
    assert (await call(lake, "GET", where)).status_code == 404


async def test_the_end_of_one_that_is_not_reached_says_which_tables_stay(lake: Desk) -> None:
    made = (await call(lake, "POST", "/warehouses", **POSTGRES, state="audience_sync_state")).json()
    left = (await call(lake, "DELETE", f"/warehouses/{made['id']}")).json()
    assert (left["profiles"], left["dropped"], SECRET in str(left)) == (0, [], False)
    assert "DROP TABLE audience_sync_state.audience_sync_" in left["remaining"]


async def test_a_look_is_masked_and_keeps_nothing(lake: Desk) -> None:
    seen = (await call(lake, "POST", "/warehouses/look", **SHOP)).json()
    assert [column["field"] for column in seen["columns"]] == ["profile_id", "email"]
    assert ["1", "a•••@x•••.org"] in seen["rows"]
    assert (await call(lake, "GET", "/warehouses")).json() == {"items": []}


async def test_a_test_says_what_is_there(lake: Desk) -> None:
    made = (await call(lake, "POST", "/warehouses", **SHOP)).json()
    seen = (await call(lake, "POST", f"/warehouses/{made['id']}/test")).json()
    assert seen == {"answer": "1 file with 2 columns can be read.", "estimate": 3}


async def test_a_queued_pull_is_cancelled(lake: Desk) -> None:
    made = (await call(lake, "POST", "/warehouses", **SHOP)).json()
    asked = (await call(lake, "POST", f"/warehouses/{made['id']}/pulls", believe_gone=True)).json()
    assert (await call(lake, "POST", f"/pulls/{asked['id']}/cancel")).json()["status"] == "cancelled"
    (listed,) = (await call(lake, "GET", f"/warehouses/{made['id']}/pulls")).json()["items"]
    assert listed["status"] == "cancelled"


async def test_no_answer_has_a_credential(lake: Desk) -> None:
    made = await call(lake, "POST", "/warehouses", **POSTGRES)
    where = f"/warehouses/{made.json()['id']}"
    answers = [
        made,
        await call(lake, "GET", where),
        await call(lake, "GET", "/warehouses"),
        await call(lake, "POST", f"{where}/test"),
        await call(lake, "POST", f"{where}/look"),
        await call(lake, "PATCH", where, interval_hours=6),
        await call(lake, "POST", "/warehouses", **{**POSTGRES, "name": "x", "sql": "DROP TABLE t", "table": ""}),
        await call(lake, "POST", "/warehouses", **{**POSTGRES, "name": "x" * 300}),
        await call(lake, "POST", "/warehouses", **{**POSTGRES, "address": f"host=x password={SECRET}"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 409, 409, 200, 422, 422, 422]
    assert not any(SECRET in answer.text for answer in answers)


@pytest.mark.parametrize("role", [role for role in ROLES if Permission.ADMIN not in ROLES[role]])
async def test_only_administrators_get_in(desk: Desk, role: str) -> None:
    tried = [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/look"),
        ("GET", "/x"),
        ("PATCH", "/x"),
        ("DELETE", "/x"),
        ("POST", "/x/pulls"),
    ]
    answers = [await call(desk, method, f"/warehouses{path}", role) for method, path in tried]
    assert {answer.status_code for answer in answers} == {403}


async def test_a_place_for_the_state_is_given_and_taken_away(lake: Desk) -> None:
    made = (await call(lake, "POST", "/warehouses", **POSTGRES, state="audience_sync_state")).json()
    changed = await call(lake, "PATCH", f"/warehouses/{made['id']}", state="")
    assert (made["state"], changed.json()["state"]) == ("audience_sync_state", "")


@pytest.mark.parametrize("wanted", [SHOP | {"state": "x"}, POSTGRES | {"state": 'x"; --'}], ids=["files", "name"])
async def test_a_place_that_cannot_hold_a_state_is_refused(lake: Desk, wanted: dict[str, str]) -> None:
    assert (await call(lake, "POST", "/warehouses", **wanted)).status_code == 422
