"""A file of identifiers is sifted: what can be used is taken, the rest is counted by reason."""

import pyarrow.parquet as pq
import pytest

from audience_sync.errors import Invalid
from audience_sync.model.segments import ListKind
from audience_sync.sources.builtin.list_files import Sifted
from tests.sources.ground import Store


def sifted(store: Store, kind: ListKind, text: str, *, country: str = "") -> tuple[Sifted, set[str]]:
    """What is told of a file with that text, and the values taken."""
    file, target = store.root / "list.csv", store.root / "values.parquet"
    file.write_text(text, encoding="utf-8")
    found = store.source.sift_list(kind, file, target, default_country=country)
    return found, {str(each) for each in pq.read_table(target)[str(kind)].to_pylist()}


def test_emails_are_taken_once_whatever_their_case(store: Store) -> None:
    found, values = sifted(store, ListKind.EMAIL, "email\na@example.com\n A@Example.com \nb@example.com\n")
    assert (found.taken, found.refused, values) == (2, {"repeated": 1}, {"a@example.com", "b@example.com"})


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (ListKind.EMAIL, "nobody", "not_email"),
        (ListKind.PHONE, "rubbish", "not_phone"),
        (ListKind.PHONE, "0171 1234567", "no_country"),
        (ListKind.PROFILE_ID, "x" * 600, "not_id"),
    ],
)
def test_what_is_not_of_the_kind_is_refused_with_its_reason(
    store: Store, kind: ListKind, value: str, reason: str
) -> None:
    found, values = sifted(store, kind, f"{kind}\n{value}\n")
    assert (found, values) == (Sifted(1, 0, {reason: 1}), set())


def test_a_phone_without_country_is_read_in_the_default_country(store: Store) -> None:
    assert sifted(store, ListKind.PHONE, "phone\n0171 1234567\n", country="DE")[0].taken == 1


def test_rows_are_the_taken_and_the_refused(store: Store) -> None:
    text = "email,name\na@example.com,Ann\n,Ben\nx,Cem\na@example.com,Ann\n"
    found, _ = sifted(store, ListKind.EMAIL, text)
    assert found.rows == 4
    assert found.rows == found.taken + sum(found.refused.values())


def test_a_file_of_one_column_may_do_without_a_header(store: Store) -> None:
    assert sifted(store, ListKind.PROFILE_ID, "p1\np2\n")[1] == {"p1", "p2"}


def test_a_first_row_that_is_no_header_is_told_masked(store: Store) -> None:
    with pytest.raises(Invalid, match="No column") as told:
        sifted(store, ListKind.EMAIL, "ann@example.com,gold\nben@example.com,free\n")
    assert "ann@example.com" not in str(told.value)
