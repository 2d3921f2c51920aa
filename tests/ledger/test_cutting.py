"""Members cut into batches, and read again batch by batch."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.ledger import cutting
from audience_sync.ledger.cutting import Cutter, write_members
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.identifiers import IdentifierKind, KeyColumn
from audience_sync.model.ids import AudienceId, PlanId
from audience_sync.model.plans import Slice

EMAIL, PHONE, CITY = (
    KeyColumn(kind, kind.upper()) for kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.CITY)
)
DECIDED = pa.schema(
    {
        "profile_id": pa.string(),
        "email": pa.list_(pa.binary()),
        "phone": pa.list_(pa.binary()),
        "city": pa.binary(),
        "rows": pa.int64(),
        "send": pa.bool_(),
    }
)
CHUNKS = st.lists(st.lists(st.integers(1, 7), max_size=30), max_size=6)


@given(CHUNKS, st.integers(7, 20))
def test_no_batch_has_more_rows_than_it_may(chunks: list[list[int]], most: int) -> None:
    cutter = Cutter(1, most)
    filled: dict[int, int] = defaultdict(int)
    for chunk in chunks:
        for rows, number in zip(chunk, cutter.cut(np.array(chunk, np.int64)), strict=True):
            filled[int(number)] += rows

    assert max(filled.values(), default=0) <= most
    assert filled == {each.number: each.rows for each in cutter.slices("add", 1)}


@given(CHUNKS)
def test_two_batches_one_after_the_other_would_not_fit_into_one(chunks: list[list[int]]) -> None:
    cutter = Cutter(5, 10)
    members = [
        (rows, n) for chunk in chunks for rows, n in zip(chunk, cutter.cut(np.array(chunk, np.int64)), strict=True)
    ]

    sizes = {each.number: each.rows for each in cutter.slices("add", 5)}
    first = {int(n): rows for rows, n in reversed(members)}
    assert all(sizes[n - 1] + first[n] > 10 for n in sizes if n - 1 in sizes)


def test_a_member_larger_than_a_batch_travels_alone() -> None:
    assert Cutter(1, 3).cut(np.array([1, 5, 1], np.int64)).tolist() == [1, 2, 3]


@pytest.fixture
def files(tmp_path: Path) -> PlanFiles:
    made = PlanFiles(tmp_path, AudienceId("a"), PlanId("p"))
    made.make()
    return made


def member(number: int, emails: int, phones: int, *, send: bool = True) -> dict[str, object]:
    key = f"{number:032d}".encode()
    return {
        "profile_id": str(number),
        "email": [key[:-1] + bytes([n]) for n in range(emails)],
        "phone": [key[:-1] + bytes([9 + n]) for n in range(phones)],
        "city": key if number % 2 else None,
        "rows": max(emails, phones),
        "send": send,
    }


def write(files: PlanFiles, members: list[dict[str, object]], *, chunk: int, most: int) -> tuple[Slice, ...]:
    batches = pa.Table.from_pylist(members, DECIDED).to_batches(max_chunksize=chunk)
    cutter = Cutter(1, most)
    write_members(batches, DECIDED, files.members, cutter=cutter, hints=["city"])
    return cutter.slices("add", 1)


@pytest.mark.parametrize("group", [1, 4, 1000])
def test_every_sent_key_is_read_again_in_its_batch(
    files: PlanFiles, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "GROUP", group)
    members = [member(n, n % 3, 1, send=n % 5 > 0) for n in range(60)]
    slices = write(files, members, chunk=7, most=6)

    tables = [rows_of(files, each, [EMAIL, PHONE, CITY]) for each in slices]
    emails = sorted(text for table in tables for text in table["email"].to_pylist() if text)
    assert emails == sorted(key.hex() for each in members if each["send"] for key in each["email"])  # type: ignore[attr-defined]
    assert [table.num_rows for table in tables] == [each.rows for each in slices]


def test_a_member_of_several_values_takes_several_rows_with_its_hints(files: PlanFiles) -> None:
    (only,) = write(files, [member(1, 2, 1)], chunk=7, most=6)

    rows = rows_of(files, only, [EMAIL, PHONE, CITY]).to_pylist()
    city = f"{1:032d}".encode().hex()
    assert [(bool(row["email"]), bool(row["phone"]), row["city"]) for row in rows] == [
        (True, True, city),
        (True, False, city),
    ]
