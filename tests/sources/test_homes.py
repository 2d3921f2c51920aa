"""A store does the same whether it lives in its folder or in a bucket."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audience_sync.errors import SourceError
from audience_sync.model.segments import ListKind, parse_segment
from audience_sync.sources.builtin.arrivals import ArrivalKind, Arrived, Row
from audience_sync.sources.builtin.folding import Folded, fold, tidy
from audience_sync.sources.builtin.replacing import Given, forget, replace_profiles
from audience_sync.sources.protocol import Wanted
from tests.sources.ground import EVERYBODY, Store

FIRST = "id,email\n1,a@x.org\n2,b@x.org\n"
SECOND = "id,email\n1,new@x.org\n3,c@x.org\n"
VISITS = "id,event,time\n1,visit,2026-05-01\n2,order,2026-05-02\n"


def folded(store: Store, kind: str, *rows: Row) -> Folded:
    return fold(
        store.place, lambda _last, _name: [Arrived(1, ArrivalKind(kind), list(rows))], bounds=store.source.bounds
    )


def pulled(store: Store, rows: Sequence[tuple[str, str]]) -> int:
    """How many were removed by what the warehouse gives now."""
    file = store.root / "pulled.parquet"
    ids, emails = ([each[n] for each in rows] for n in (0, 1))
    pq.write_table(pa.table({"0": ids, "1": emails}), file)
    given = Given("w", file, ("id", "email"), {})
    return replace_profiles(store.place, given, bounds=store.source.bounds).removed


def test_an_import_can_be_read(home: Store) -> None:
    home.give("profiles", FIRST)
    home.give("profiles", SECOND)
    assert {key: row["email"] for key, row in home.profiles().items()} == {
        "1": ["new@x.org"],
        "2": ["b@x.org"],
        "3": ["c@x.org"],
    }


def test_what_arrives_is_folded_in(home: Store) -> None:
    home.give("profiles", FIRST)
    folded(home, "profiles", {"profile_id": "1", "city": "Rome"})
    assert home.profiles()["1"] == {"email": ["a@x.org"], "city": "Rome"}


def test_a_fold_without_news_is_remembered(home: Store) -> None:
    folded(home, "profiles", {"profile_id": "1", "email": "a@x.org"})
    done = folded(home, "profiles", {"profile_id": "1", "email": "a@x.org"})
    assert home.place.manifest().folded == done.name


def test_the_erased_are_gone(home: Store) -> None:
    home.give("profiles", FIRST)
    home.give("events", VISITS)
    folded(home, "erasures", {"profile_id": "1"})
    assert (set(home.profiles()), home.place.manifest().event_rows) == ({"2"}, 1)


def test_a_warehouse_replaces_what_it_gave(home: Store) -> None:
    pulled(home, [("1", "a@x.org"), ("2", "b@x.org")])
    assert (pulled(home, [("2", "b@x.org")]), set(home.profiles())) == (1, {"2"})


def test_a_warehouse_is_forgotten_with_its_profiles(home: Store) -> None:
    home.give("profiles", SECOND)
    pulled(home, [("7", "w@x.org")])
    assert forget(home.place, "w", delete_profiles=True) == 1
    assert set(home.profiles()) == {"1", "3"}


def test_a_segment_follows_events(home: Store) -> None:
    home.give("profiles", FIRST)
    home.give("events", VISITS)
    assert home.by_sql("SELECT profile_id FROM events WHERE name = 'visit'") == {"1"}


def test_an_export_reads_whole_records(home: Store) -> None:
    home.give("profiles", "id,email,plan\n1,a@x.org,gold\n")
    everybody = parse_segment({"type": "rules", "rules": EVERYBODY})
    with home.source.records(everybody, Wanted(attributes=True), question=home.question()) as records:
        rows = [row for batch in records.batches for row in batch.to_pylist()]
    assert "gold" in json.dumps(rows, default=str)


def test_a_computed_trait_is_there_at_once(home: Store) -> None:
    home.give("profiles", FIRST)
    home.give("events", VISITS)
    home.source.set_trait("orders", "count(*) FILTER (name = 'order')")
    assert home.values("traits", "orders") == {"1": 0, "2": 1}


def test_a_list_is_matched(home: Store) -> None:
    home.give("profiles", FIRST)
    kept = home.source.save_list("vips", ListKind.EMAIL, ["A@x.org"])
    assert set(home.fingerprints(kept)) == {"1"}


def test_a_removed_list_is_gone(home: Store) -> None:
    kept = home.source.save_list("vips", ListKind.EMAIL, ["A@x.org"])
    home.source.remove_list("vips")
    with pytest.raises(SourceError, match="list is gone"):
        home.fingerprints(kept)


def test_an_old_snapshot_can_be_read(home: Store) -> None:
    home.give("profiles", FIRST)
    old = home.source.snapshot()
    home.give("profiles", SECOND)
    assert home.members(EVERYBODY, snapshot=old) == {"1", "2"}


def test_a_witness_changes_with_the_store_alone(home: Store) -> None:
    home.give("profiles", FIRST)
    everybody = parse_segment({"type": "rules", "rules": EVERYBODY})
    first, again = (home.source.witness(everybody, home.question()) for _ in range(2))
    home.give("profiles", SECOND)
    assert first == again != home.source.witness(everybody, home.question())


def test_a_failure_changes_nothing(home: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    home.give("profiles", FIRST)
    with pytest.raises(OSError, match="full"), monkeypatch.context() as patched:
        patched.setattr("audience_sync.sources.builtin.outcomes.merge", _fail)
        home.give("profiles", SECOND)
    assert set(home.profiles()) == {"1", "2"}


def _fail(*_: object, **__: object) -> None:
    raise OSError(28, "full")


def test_nothing_half_made_is_left(home: Store) -> None:
    home.give("profiles", FIRST)
    tidy(home.place)
    assert list((home.folder / "work").iterdir()) == []
    assert all(Path(file).stat().st_mode & 0o077 == 0 for file in home.folder.rglob("*"))
