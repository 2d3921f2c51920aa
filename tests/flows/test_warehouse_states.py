"""A warehouse that is deleted takes the tables of its states with it, or says which of them stay."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from audience_sync.errors import Conflict, NotFound
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.flows.warehousing.leaving import Left
from audience_sync.model.permissions import SHELL
from audience_sync.store import audit
from audience_sync.store.warehouses import Warehouse
from tests import postgres
from tests.flows.comparing import SELECT, STATE, Shop, shop
from tests.world import House, house

pytestmark = pytest.mark.postgres

OTHERS = "audience_sync_of_others"


@pytest.fixture(scope="module")
def address(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as made:
        yield made


@pytest.fixture
def base(address: str, tmp_path: Path) -> Shop:
    """Two customers, and a table of somebody else beside where the states will be."""
    base = shop(address, tmp_path)
    base.fill([{"id": "1", "email": "a@x.org"}, {"id": "2", "email": "b@x.org"}])
    base.do(f"CREATE TABLE {STATE}.{OTHERS} (id int)")
    return base


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


async def pulled(home: House, base: Shop, schema: str = STATE) -> str:
    """The warehouse's id, after two pulls."""
    draft = WarehouseDraft(name="Shop", kind="postgres", address=base.address, sql=SELECT, state=schema)
    made = await warehouses.add(home.app, SHELL, draft)
    for _ in range(2):
        asked = await pulls.start(home.app, SHELL, made.id)
        await execute(home.app, asked.id)
    return made.id


async def deleted(home: House, warehouse_id: str) -> Left:
    """What it left, once it is certain that it is gone."""
    left = await warehouses.delete(home.app, SHELL, warehouse_id)
    with pytest.raises(NotFound):
        await warehouses.get(home.app, SHELL, warehouse_id)
    return left


async def test_its_tables_go_with_it_and_no_others(home: House, base: Shop) -> None:
    made = await pulled(home, base)
    before = base.states()
    left = await deleted(home, made)
    assert (len(before), base.states()) == (3, [OTHERS])
    assert (set(left.states.dropped), left.states.problem) == (set(before) - {OTHERS}, "")


async def test_where_nothing_was_ever_kept_there_is_nothing_to_tell(home: House, base: Shop) -> None:
    left = await deleted(home, await pulled(home, base, "no_such_schema"))
    assert (left.states.told, left.states.dropped) == ("", ())


@pytest.fixture
def stranger(base: Shop) -> Iterator[str]:
    """The address for a user who may do nothing there."""
    role = f"stranger_{uuid4().hex[:12]}"
    base.do(f"CREATE ROLE {role} LOGIN")
    yield base.address.replace("postgres:@", f"{role}:@")
    base.do(f"DROP ROLE {role}")


@pytest.mark.parametrize("is_reached", [False, True])
async def test_tables_that_cannot_be_dropped_are_named_and_stay(
    home: House, base: Shop, stranger: str, is_reached: bool
) -> None:
    made = await pulled(home, base)
    before = base.states()
    other = stranger if is_reached else "postgresql://u@127.0.0.1:1/x"
    await warehouses.change(home.app, SHELL, made, address=other)
    told = (await deleted(home, made)).states
    assert (base.states(), told.dropped) == (before, ())
    assert {name for name in before if name.startswith(told.prefix)} == {*before} - {OTHERS}
    assert f"DROP TABLE {STATE}.{told.prefix}" in told.hint


async def test_an_address_that_does_not_open_holds_nothing_up(home: House, base: Shop) -> None:
    made = await pulled(home, base)
    async with home.app.database.write() as session:
        (await session.get_one(Warehouse, made)).address = "v1.lost.AAAA"
    assert "DROP TABLE" in (await deleted(home, made)).states.told


async def test_what_became_of_its_tables_is_in_the_trail(home: House, base: Shop) -> None:
    made = await pulled(home, base)
    left = await deleted(home, made)
    async with home.app.database.read() as session:
        entries = await audit.entries(session)
    assert [each.detail["tables"] for each in entries if each.action == "warehouse.delete"] == [left.states.told]


async def test_a_pull_under_way_keeps_warehouse_and_tables(home: House, base: Shop) -> None:
    made = await pulled(home, base)
    await pulls.start(home.app, SHELL, made)
    before = base.states()
    with pytest.raises(Conflict):
        await warehouses.delete(home.app, SHELL, made)
    assert base.states() == before
