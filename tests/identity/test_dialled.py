"""Reading phone numbers as digits."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from audience_sync.identity.arrays import as_texts
from audience_sync.identity.dialled import LONGEST, read

WRITTEN = re.compile(r"[ ().\-/]*\+?[0-9 ().\-/]*")
"""What can be read: marks anywhere, and at most one plus, before the first digit."""
TEXTS = st.lists(st.text(st.sampled_from("0123456789+ ()-./aé٣"), max_size=24), max_size=6)


def as_read(text: str) -> tuple[str, bool] | None:
    """The digits of a text and whether it has a plus; None when it is not read."""
    digits = re.sub("[^0-9]", "", text)
    readable = WRITTEN.fullmatch(text) and 0 < len(digits) <= LONGEST
    return (digits, "+" in text) if readable else None


@settings(deadline=None)
@given(TEXTS)
@example(["", "+", "0049", " +49 (0) 30", "4+9", "++49", "", "1" * LONGEST, "1" * (LONGEST + 1)])
def test_what_is_written_in_digits_and_marks_is_read_with_its_zeros_and_its_plus(texts: list[str]) -> None:
    dialled, plus = read(as_texts(list(texts)))
    marked = [digits[1:] for digits in dialled.marked().to_pylist() if digits]
    found = dict(zip(dialled.rows.tolist(), zip(marked, plus.tolist(), strict=True), strict=True))
    assert [found.get(row) for row in range(len(texts))] == [as_read(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("0123456789"), min_size=3, max_size=15), min_size=1))
def test_digits_are_taken_off_and_put_before_numbers_as_before_texts(digits: list[str]) -> None:
    dialled, _ = read(as_texts(list(digits)))
    assert dialled.after(2).marked().to_pylist() == [f"1{each[2:]}" for each in digits]
    assert dialled.behind("49").marked().to_pylist() == [f"149{each}" for each in digits]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("012"), min_size=1, max_size=4), min_size=1))
def test_a_number_with_fewer_digits_leads_with_none(digits: list[str]) -> None:
    dialled, _ = read(as_texts(list(digits)))
    assert dialled.leads(2).tolist() == [int(each[:2]) if len(each) > 1 else -1 for each in digits]
