"""A warehouse that compares within itself, for a store in a bucket: it comes to the same, whichever host pulls."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from audience_sync.errors import Conflict
from audience_sync.sources.builtin.folder import Folder, Manifest
from tests import postgres
from tests.buckets import KEY, SECRET, serving, share
from tests.flows.comparing import STATE, Shop, shop

pytestmark = pytest.mark.postgres

CHANGES = """
UPDATE customers SET plan = 'pro' WHERE id IN ('1', '2');
UPDATE customers SET email = NULL WHERE id = '3';
DELETE FROM customers WHERE id IN ('4', '5', '6');
INSERT INTO customers (id, email) VALUES ('new', 'new@x.org');
"""
MORE = """
UPDATE customers SET plan = 'basic', tags = '{b}' WHERE id IN ('2', '7');
UPDATE customers SET ads_consent = 'perhaps' WHERE id = '8';
DELETE FROM customers WHERE id IN ('new', '9');
INSERT INTO customers (id, email) VALUES ('4', 'back@x.org');
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def address(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as made:
        yield made


@pytest.fixture
def base(address: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A thousand customers, all pulled into the bucket by a host that is then lost, and into a store of comparison."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    shared = share(tmp_path, endpoint)
    base = replace(shop(address, tmp_path), bucket=shared.address, database=shared.database_url)
    same = {"plan": "free", "tags": ["a"], "ads_consent": "granted"}
    base.fill([{"id": str(n), "email": f"p{n}@x.org", **same} for n in range(1000)])
    base.pull()
    base.pull("")
    rmtree(base.store(STATE))
    return base


def test_two_pulls_of_what_changed_come_to_the_same_as_a_whole_one(base: Shop) -> None:
    base.do(CHANGES)
    first, _ = base.pull(), base.pull("")
    base.do(MORE)
    second, _ = base.pull(), base.pull("")
    rmtree(base.store(STATE))
    assert (first.fetched, first.created, first.updated, first.removed) == (4, 1, 3, 3)
    assert (second.fetched, second.created, second.updated, second.removed) == (4, 1, 2, 2)
    assert (base.people(), base.roster()) == (base.people(""), base.roster(""))


def test_two_hosts_that_take_turns_go_on_from_each_other_s_state(base: Shop) -> None:
    twin = replace(base, folder=base.folder / "twin")
    twin.folder.mkdir()
    base.do(CHANGES)
    fetched = [base.pull().fetched, twin.pull().fetched]
    base.do(MORE)
    fetched += [twin.pull().fetched, base.pull().fetched]
    # One row is refused, and comes each time.
    assert fetched == [4, 0, 4, 1]
    assert base.people() == twin.people()


def test_a_pull_that_loses_the_bucket_to_another_host_is_made_good_by_the_next(
    base: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.do(CHANGES)

    def lost(folder: Folder, manifest: Manifest) -> None:
        raise Conflict("Another host took over.", "Do it again.", code="WRITER_LOST")

    with monkeypatch.context() as patched, pytest.raises(Conflict):
        patched.setattr(Folder, "commit", lost)
        base.pull()
    assert base.pull().fetched == 4
    base.pull("")
    assert base.people() == base.people("")


def test_whom_somebody_else_changed_in_the_bucket_is_asked_about_alone(base: Shop) -> None:
    other = replace(base, source="another", folder=base.folder / "other")
    other.folder.mkdir()
    other.pull(sql="SELECT '9' AS id, 'other' AS plan UNION ALL SELECT 'own', 'own'")
    done = base.pull()
    assert (done.fetched, done.updated, done.removed) == (1, 1, 0)
