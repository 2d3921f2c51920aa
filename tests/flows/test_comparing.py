"""A warehouse that compares within itself comes to the same as one of which everything is read."""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audience_sync.errors import Conflict, Invalid
from audience_sync.sources.builtin.arrivals import ArrivalKind, Arrived
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.folding import fold
from audience_sync.sources.builtin.imports import import_file
from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.pushdown.packs import POSTGRES
from audience_sync.sources.warehouses.pushdown.postgres import PostgresComparer
from audience_sync.sources.warehouses.pushdown.registry import COMPARERS
from audience_sync.sources.warehouses.pushdown.statements import PRINT
from tests import postgres
from tests.flows.comparing import SELECT, STATE, Row, Shop, shop

pytestmark = pytest.mark.postgres

TEXTS = ["", "NULL", "n", "1", "1.0", "01", ":", "1:1", "3:abc", "a b", "Ärger 🎉", "2026-11-24", "x\\'y", " pad "]
texts = st.none() | st.sampled_from(TEXTS)
rows = st.fixed_dictionaries(
    {
        "email": st.none() | st.sampled_from(["a@x.org", "b@x.org", "a@x.org;b@x.org", "", "ж@x.org"]),
        "plan": texts,
        "score": texts,
        "paid": st.none() | st.sampled_from(["1", "1.0", "1.50", "-3"]),
        "seen_at": st.none() | st.sampled_from(["2026-10-25 00:30:00Z", "2026-10-25 01:30:00Z", "2026-01-01"]),
        "tags": st.none() | st.lists(texts, max_size=2),
        "ads_consent": st.none() | st.sampled_from(["granted", "denied", "perhaps"]),
    }
)
tables = st.dictionaries(st.sampled_from(["1", "2", "3", "é", "NULL", "a'b", "", " "]), rows, max_size=6)


@pytest.fixture(scope="module")
def address(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as made:
        yield made


@pytest.fixture
def base(address: str, tmp_path: Path) -> Shop:
    return shop(address, tmp_path)


CROWD: list[Row] = [{"id": f"crowd {n}", "email": "d@x.org"} for n in range(40)]
"""Whom nothing happens to: few among many change, and only they come."""


def table(people: dict[str, Row], twice: bool, nobody: bool) -> list[Row]:
    found: list[Row] = [{"id": key, **row} for key, row in people.items()]
    return found + found[:1] * twice + [{"email": "c@x.org"}] * nobody + CROWD


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.tuples(tables, st.booleans(), st.booleans(), st.booleans()), min_size=2, max_size=3),
)
def test_whatever_changes_both_ways_come_to_the_same(address: str, steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = shop(address, Path(folder))
        for people, twice, nobody, others in steps:
            base.fill(table(people, twice, nobody))
            if others:
                for state in ("", STATE):
                    imported(base.store(state), [{"id": "1", "plan": "1", "email": "own@x.org"}, {"id": "z"}])
            everything, changes = base.differ()
            assert changes == everything


def imported(store: Path, people: list[dict[str, str]]) -> None:
    """Somebody else's file comes into the store."""
    file = store.parent / "own.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, sorted({name for each in people for name in each}))
        writer.writeheader()
        writer.writerows(people)
    import_file(store, "profiles", file)


def thousand(base: Shop) -> None:
    """A thousand customers, all pulled."""
    base.fill([{"id": str(n), "email": f"p{n}@x.org", "plan": "free", "ads_consent": "granted"} for n in range(1000)])
    base.pull()


CHANGES = """
UPDATE customers SET plan = 'pro' WHERE id IN ('1', '2');
UPDATE customers SET email = NULL WHERE id = '3';
DELETE FROM customers WHERE id IN ('4', '5', '6');
INSERT INTO customers (id, email) VALUES ('new', 'new@x.org');
"""


def test_only_new_and_changed_rows_leave_the_warehouse(base: Shop) -> None:
    thousand(base)
    base.do(CHANGES)
    done = base.pull()
    assert (done.fetched, done.created, done.updated, done.removed, done.unchanged) == (4, 1, 3, 3, 994)
    base.pull("")
    assert base.people() == base.people("")


def test_nothing_leaves_when_nothing_changed(base: Shop) -> None:
    thousand(base)
    first, second = base.pull(), base.pull()
    assert (second.fetched, second.unchanged, second.snapshot) == (0, 1000, first.snapshot)


def test_one_state_is_kept_beside_the_one_before_it(base: Shop) -> None:
    thousand(base)
    for _ in range(3):
        base.pull()
    assert len(base.states()) == 2


class Broken(Exception):
    """What is raised in the middle of a pull."""


@dataclass
class Breaking:
    """PostgreSQL's comparer, which breaks at its step of that number."""

    left: int
    pack = POSTGRES

    @contextmanager
    def connect(self, access: Access) -> Iterator["Breaking"]:
        with PostgresComparer().connect(access) as self.inner:
            yield self

    def write(self, statements: Sequence[str]) -> None:
        for each in statements:
            self._step()
            self.inner.write([each])

    def fill(self, statements: Sequence[str]) -> None:
        self._step()
        self.inner.fill(statements)

    def stream(self, sql: str) -> Rows:
        self._step()
        return self.inner.stream(sql)

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Broken


def test_pulls_that_break_at_each_step_are_made_good_by_the_next(base: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    thousand(base)
    base.do(CHANGES)
    step, is_broken = 0, True
    while is_broken:
        monkeypatch.setitem(COMPARERS, "postgres", Breaking(step))
        try:
            done, is_broken = base.pull(), False
        except Broken:
            step += 1
    assert (step > 12, done.fetched, done.created, done.updated, done.removed) == (True, 4, 1, 3, 3)
    assert len(base.states()) == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_pull_that_breaks_at_the_store_s_swap_is_made_good_by_the_next(
    base: Shop, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    thousand(base)
    base.do(CHANGES)
    commit = Folder.commit

    def broken(folder: Folder, manifest: Manifest) -> None:
        if after:
            commit(folder, manifest)
        raise Broken

    with monkeypatch.context() as patched, pytest.raises(Broken):
        patched.setattr(Folder, "commit", broken)
        base.pull()
    assert base.pull().fetched == (0 if after else 4)
    base.pull("")
    assert base.people() == base.people("")


def test_a_store_restored_from_a_backup_gets_all_that_it_lacks(base: Shop) -> None:
    thousand(base)
    copytree(base.store(STATE), base.folder / "backup")
    for statement in CHANGES.strip().split("\n"):
        base.do(statement)
        base.pull()
    rmtree(base.store(STATE))
    (base.folder / "backup").rename(base.store(STATE))
    assert base.pull().fetched == 998
    base.pull("")
    assert base.people() == base.people("")


def test_two_installations_from_one_backup_both_come_to_what_the_warehouse_has(base: Shop) -> None:
    thousand(base)
    twin = replace(base, folder=base.folder / "twin")
    copytree(base.store(STATE), twin.store(STATE))
    base.do(CHANGES)
    for each in (base, twin, base, twin):
        each.pull()
    assert base.people() == twin.people()


@pytest.mark.parametrize(
    "sql",
    ["SELECT id, email FROM customers", "SELECT plan, id, email FROM customers", f"{SELECT} WHERE id <> '7'"],
)
def test_another_select_is_read_as_a_whole(base: Shop, sql: str) -> None:
    thousand(base)
    assert base.pull(sql=sql).fetched in (999, 1000)
    base.pull("")
    base.pull("", sql)
    assert base.people() == base.people("")


def test_without_its_state_everything_is_read(base: Shop) -> None:
    thousand(base)
    base.do(f"DROP SCHEMA {STATE} CASCADE; CREATE SCHEMA {STATE}")
    assert (base.pull().fetched, base.pull().fetched) == (1000, 0)


def test_who_was_erased_here_comes_back_as_from_a_warehouse_that_does_not_compare(base: Shop) -> None:
    thousand(base)
    fold(base.store(STATE), lambda last, name: [Arrived(1, ArrivalKind.ERASURES, [{"profile_id": "8"}])])
    done = base.pull()
    assert (done.created, done.unchanged, done.fetched) == (1, 999, 1000)


def test_whom_somebody_else_changed_is_asked_about_alone(base: Shop) -> None:
    thousand(base)
    imported(base.store(STATE), [{"id": "9", "plan": "other"}, {"id": "own", "plan": "own"}])
    done = base.pull()
    assert (done.fetched, done.updated, done.removed) == (1, 1, 0)


def test_refused_rows_come_and_are_counted_each_time(base: Shop) -> None:
    thousand(base)
    base.do("UPDATE customers SET ads_consent = 'perhaps' WHERE id IN ('1', '2')")
    first, second = base.pull(), base.pull()
    assert (first.refused, second.refused, second.fetched, second.taken) == (2, 2, 2, 998)


def test_too_many_gone_change_neither_store_nor_state(base: Shop) -> None:
    thousand(base)
    base.do("DELETE FROM customers WHERE id > '2'")
    with pytest.raises(Conflict) as refused:
        base.pull(gone=50)
    assert (refused.value.code, len(base.roster())) == ("TOO_MANY_GONE", 1000)
    assert base.pull(gone=100).removed == refused.value.details["gone"]


def test_ids_that_the_store_writes_otherwise_are_read_each_time(base: Shop) -> None:
    base.fill([{"id": " 1", "email": "a@x.org"}, {"id": "2"}])
    assert (base.pull().fetched, base.pull().fetched) == (2, 2)
    base.do("UPDATE customers SET id = '1' WHERE id = ' 1'")
    assert (base.pull().fetched, base.pull().fetched) == (2, 0)


def test_a_value_of_another_type_has_everything_read(base: Shop) -> None:
    base.fill([{"id": "1", "plan": "1.0"}, {"id": "2", "plan": "2"}])
    base.pull()
    base.do("INSERT INTO customers (id, plan) VALUES ('3', 'three')")
    assert base.pull().fetched == 3
    base.pull("")
    assert base.people() == base.people("")


def test_the_user_s_sql_cannot_write_where_we_do(base: Shop) -> None:
    thousand(base)
    base.do("CREATE OR REPLACE FUNCTION harmless() RETURNS int LANGUAGE sql AS 'DELETE FROM customers RETURNING 1'")
    with pytest.raises(Invalid, match="can only read"):
        base.pull(sql="SELECT id, harmless() FROM customers")
    assert base.do("SELECT count(*) FROM customers") == [(1000,)]


@dataclass
class Moving(Breaking):
    """A warehouse whose statements each see what is there by then; somebody writes before the rows are read."""

    base: Shop
    change: str
    pack = replace(POSTGRES, steady=False)

    def stream(self, sql: str) -> Rows:
        if PRINT in sql:
            self.base.do(self.change)
        self.inner.write([])  # A new transaction begins.
        return self.inner.stream(sql)


MOVES = {
    "came and went": ("INSERT INTO customers (id) VALUES ('x')", "DELETE FROM customers WHERE id = 'x'"),
    "changed and back": (
        "UPDATE customers SET plan = 'other' WHERE id IN ('1', '20')",
        "UPDATE customers SET plan = 'pro' WHERE id = '1'; UPDATE customers SET plan = 'free' WHERE id = '20'",
    ),
    "went and came": (
        "CREATE TABLE aside AS SELECT * FROM customers WHERE id = '2'; DELETE FROM customers WHERE id = '2'",
        "INSERT INTO customers SELECT * FROM aside",
    ),
}


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("move", MOVES)
def test_what_changes_while_it_is_read_is_made_good_by_the_next(
    base: Shop, monkeypatch: pytest.MonkeyPatch, move: str, is_first: bool
) -> None:
    base.fill([{"id": str(n), "plan": "free", "email": f"p{n}@x.org"} for n in range(40)])
    base.do("DROP TABLE IF EXISTS aside")
    if not is_first:
        base.pull()
    base.do(CHANGES)
    during, after = MOVES[move]
    monkeypatch.setitem(COMPARERS, "postgres", Moving(99, base, during))
    base.pull()
    base.do(after)
    monkeypatch.setitem(COMPARERS, "postgres", Moving(99, base, "SELECT 1"))
    assert base.pull().fetched < 10
    base.pull("")
    assert (base.people(), base.roster()) == (base.people(""), base.roster(""))
