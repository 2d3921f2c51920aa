"""What a guardrail stops, and what it lets pass."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.errors import Invalid
from audience_sync.model.guardrails import FEW, LABELS, Guardrails, in_words, judge, sound
from audience_sync.model.plans import PlanFigures, Slice

OFF = Guardrails(most_removed_percent=100, never_empty=False)
NOTHING_YET = PlanFigures(
    segment=0,
    withheld={},
    sendable=0,
    held_before=0,
    added=0,
    removed=0,
    changed=0,
    resent=0,
    keys_added=0,
    keys_removed=0,
)
COUNTS = st.integers(0, 5000)
BOUNDS = st.builds(
    Guardrails, most_removed_percent=st.integers(0, 100), smallest=COUNTS, largest=COUNTS, never_empty=st.booleans()
)


def plan(*, before: int, removed: int = 0, added: int = 0) -> PlanFigures:
    """A plan by which so many of an audience leave and so many others join."""
    left = before - removed + added
    batches = (Slice(1, "remove", 1, 0, removed),) if removed else ()
    return replace(
        NOTHING_YET,
        segment=left,
        sendable=left,
        held_before=before,
        added=added,
        removed=removed,
        batches=batches,
    )


PLANS = st.builds(
    lambda before, part, added: plan(before=before, removed=min(before, part), added=added), COUNTS, COUNTS, COUNTS
)


def broken(figures: PlanFigures, guardrails: Guardrails) -> list[str]:
    return [each.guardrail for each in judge(figures, guardrails)]


@given(PLANS)
def test_without_guardrails_everything_passes(figures: PlanFigures) -> None:
    assert judge(figures, OFF) == ()


@given(COUNTS, BOUNDS)
def test_a_plan_that_changes_nobody_breaks_nothing(before: int, guardrails: Guardrails) -> None:
    assert judge(plan(before=before), guardrails) == ()


@given(COUNTS, COUNTS, BOUNDS)
def test_whoever_only_adds_can_only_make_it_too_large(before: int, added: int, guardrails: Guardrails) -> None:
    assert set(broken(plan(before=before, added=added), guardrails)) <= {"largest"}


@given(PLANS, BOUNDS)
def test_what_passes_is_within_every_bound_or_nearer_to_it(figures: PlanFigures, guardrails: Guardrails) -> None:
    if judge(figures, guardrails):
        return
    left, before, removed = figures.sendable, figures.held_before, figures.removed
    assert left >= min(guardrails.smallest, before)
    assert not guardrails.largest or left <= max(guardrails.largest, before)
    assert left or not before or not guardrails.never_empty
    assert removed <= FEW or removed / before <= guardrails.most_removed_percent / 100


@given(PLANS, BOUNDS, st.integers(0, 100))
def test_a_looser_share_never_stops_more(figures: PlanFigures, guardrails: Guardrails, percent: int) -> None:
    looser = replace(guardrails, most_removed_percent=max(percent, guardrails.most_removed_percent))
    assert set(broken(figures, looser)) <= set(broken(figures, guardrails))


def test_the_share_is_told_with_its_numbers() -> None:
    (found,) = judge(plan(before=10_000, removed=3_800), Guardrails(most_removed_percent=20))
    assert found.message == ("This sync would remove 3,800 of 10,000 profiles (38.0%); at most 20% may leave at once.")


def test_a_handful_may_leave_whatever_its_share() -> None:
    assert [broken(plan(before=110, removed=each), Guardrails()) for each in (FEW, FEW + 1)] == [
        [],
        ["most_removed_percent"],
    ]


def test_an_emptied_audience_breaks_more_than_one_of_them() -> None:
    found = judge(plan(before=5_000, removed=5_000), Guardrails(smallest=1_000))
    assert [each.guardrail for each in found] == ["never_empty", "most_removed_percent", "smallest"]


def test_removing_the_last_whom_the_ledger_is_not_certain_of_empties_it_too() -> None:
    unsure = replace(NOTHING_YET, keys_removed=3, batches=(Slice(1, "remove", 1, 0, 3),))
    assert broken(unsure, Guardrails()) == ["never_empty"]


def test_an_audience_that_never_had_anybody_may_be_empty() -> None:
    assert broken(NOTHING_YET, Guardrails()) == []


def test_sizes_are_told_with_their_numbers() -> None:
    bounds = Guardrails(smallest=1_000, largest=2_000)
    said = [judge(plan(before=1_500, removed=r, added=a), bounds)[0].message for r, a in ((700, 0), (0, 700))]
    assert said == [
        "This sync would shrink it to 800 profiles; it is to have at least 1,000.",
        "This sync would grow it to 2,200 profiles; it is to have at most 2,000.",
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"most_removed_percent": 101}, "most_removed_percent"),
        ({"most_removed_percent": -1}, "most_removed_percent"),
        ({"smallest": -1}, "smallest"),
        ({"largest": 10**15}, "largest"),
        ({"smallest": 20, "largest": 10}, "largest"),
    ],
)
def test_bounds_that_cannot_be_are_refused_at_their_field(wrong: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        sound(Guardrails.of(wrong))
    assert refused.value.details["field"] == field


@given(BOUNDS)
def test_they_come_back_as_they_were_stored(guardrails: Guardrails) -> None:
    assert Guardrails.of(guardrails.to_json()) == guardrails


def test_each_has_a_label() -> None:
    assert set(LABELS) == set(Guardrails().to_json())


def test_they_are_told_in_words() -> None:
    assert [in_words(each) for each in (Guardrails(), Guardrails(100, 10, 2_000), OFF)] == [
        "At most 50% may leave at once; never empty",
        "Never empty; 10 to 2,000 profiles",
        "None",
    ]
