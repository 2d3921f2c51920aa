"""Cells of a file: no formulas for spreadsheets, hex as Python writes it, the n-th value of a list."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.flows.exporting.cells import harmless, hexed, nth

FORMULAS = st.builds("{}{}".format, st.sampled_from(list("=+-@\t\r\n＝＋－＠")), st.text(max_size=20))


@given(st.lists(st.one_of(FORMULAS, st.text(max_size=20), st.none()), max_size=30))
def test_no_cell_begins_like_a_formula(texts: list[str | None]) -> None:
    for before, after in zip(texts, harmless(pa.array(texts, pa.string())).to_pylist(), strict=True):
        assert after in (before, f"'{before}")
        if after and after[0] in "=@\t\r\n＝＋－＠":
            pytest.fail(f"{before!r} stayed a formula")
        if after and after[0] in "+-":
            assert all(letter.isdigit() or letter in "+-. ,()/eE" for letter in after)


@pytest.mark.parametrize(
    "text", ["+15551234567", "+1 (555) 123-4567", "-5", "+3.25", "-1,5", "-1e9", "plain", "", "a=b"]
)
def test_phones_and_numbers_stay_as_they_are(text: str) -> None:
    assert harmless(pa.array([text])).to_pylist() == [text]


@pytest.mark.parametrize("text", ["-2+3", "+A1", "=1", "@SUM(1)", "-cmd", "\t=1", "\r=1", "+1;=2", "-1e9+A1", "＝1"])
def test_what_could_be_computed_gets_an_apostrophe(text: str) -> None:
    assert harmless(pa.array([text])).to_pylist() == [f"'{text}"]


@given(st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.none()), max_size=40), st.integers(0, 5))
def test_hex_is_python_s_hex(digests: list[bytes | None], start: int) -> None:
    column = pa.array([*[None] * start, *digests], pa.binary())[start:]
    assert hexed(column).to_pylist() == [each.hex() if each is not None else None for each in digests]


@given(st.lists(st.one_of(st.lists(st.text(max_size=3), max_size=3), st.none()), max_size=20), st.integers(0, 3))
def test_the_nth_value_is_that_of_the_list(lists: list[list[str] | None], place: int) -> None:
    column = pa.array(lists, pa.list_(pa.string()))
    assert nth(column, place).to_pylist() == [each[place] if each and len(each) > place else None for each in lists]
