"""A warehouse that compares within itself comes to the same as one of which everything is read."""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audience_sync.sources.builtin.imports import import_file
from tests import postgres
from tests.flows.comparing import STATE, Row, Shop, shop

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


def table(people: dict[str, Row], twice: bool, nobody: bool) -> list[Row]:
    found: list[Row] = [{"id": key, **row} for key, row in people.items()]
    return found + found[:1] * twice + [{"email": "c@x.org"}] * nobody


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.tuples(tables, st.booleans(), st.booleans(), st.booleans()), min_size=2, max_size=4),
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
