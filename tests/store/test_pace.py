"""No stretch of time holds more turns than it may, whatever callers do."""

from bisect import insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.store.pace import MARGIN, MOST_LATE_SECONDS, Pace

RATES = st.sampled_from([0.5, 1.0, 2.5, 8.0, 50.0, 1 / 60, 130.0])


def is_kept(pace: Pace, turns: list[float]) -> bool:
    apart = [later - first for first, later in zip(turns, turns[pace.calls :], strict=False)]
    return all(span >= pace.seconds - 1e-6 for span in apart)


@given(RATES, st.lists(st.floats(0, 3), max_size=300))
def test_turns_keep_the_pace_after_rests_of_any_length(rate: float, rests: list[float]) -> None:
    pace, now, turns = Pace.of(rate), 0.0, list[float]()
    for rest in rests:
        now += rest * rest / rate
        turns.append(pace.next(turns, now))
    assert is_kept(pace, turns)


@given(RATES, st.lists(st.floats(0, MOST_LATE_SECONDS), min_size=1, max_size=200))
def test_turns_keep_the_pace_when_some_are_used_late(rate: float, lates: list[float]) -> None:
    """Each is taken half a second before it begins at most, and moved to where it was used before the next is taken."""
    pace, turns, now = Pace.of(rate), list[float](), 0.0
    for late in lates:
        turn = pace.next(turns, now)
        now = turn + late
        insort(turns, pace.moved(turns, turn, now))
    assert is_kept(pace, turns)


@pytest.mark.parametrize("rate", [0.5, 2.5, 8.0, 50.0, 130.0])
def test_callers_who_never_rest_use_the_rate(rate: float) -> None:
    pace, turns = Pace.of(rate), list[float]()
    for _ in range(pace.calls * 3):
        turns.append(pace.next(turns, 0.0))
    assert turns[2 * pace.calls] == pytest.approx(2 * pace.calls / rate * (1 + MARGIN))


def test_a_lost_turn_is_made_up_for() -> None:
    """Nobody called for a third of a second: the calls that follow are closer, until the second is full."""
    pace, turns = Pace.of(20), list[float]()
    for n in range(20):
        turns.append(pace.next(turns, 0.0 if n < 10 else 0.6))
    assert turns[-1] < 1 + MARGIN


@pytest.mark.parametrize(
    ("rate", "calls", "seconds"), [(20, 20, 1), (2.5, 3, 1.2), (0.5, 1, 2), (1 / 60, 1, 60), (400, 100, 0.25)]
)
def test_a_rate_is_whole_calls_in_a_stretch_of_time(rate: float, calls: int, seconds: float) -> None:
    pace = Pace.of(rate)
    assert pace.calls == calls
    assert pace.seconds == pytest.approx(seconds * (1 + MARGIN))


def test_what_is_long_past_is_forgotten() -> None:
    assert Pace.of(20).remembered([1.0, 9.5], 10.0) == [9.5]
