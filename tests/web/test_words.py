"""Numbers, times and sizes as people read them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.web import words
from audience_sync.web.viewer import VIEWER, Viewer, separators

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def viewer() -> Iterator[None]:
    token = VIEWER.set(Viewer(now=NOW))
    yield
    VIEWER.reset(token)


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (words.number(1234), "1,234"),
        (words.number(None), "—"),
        (words.signed(68), "+68"),
        (words.signed(-12), "−12"),
        (words.signed(0), "0"),
        (words.share(0.8813), "88.1%"),
        (words.share(None), "—"),
        (words.size(245 * 1024), "245 KB"),
        (words.size(1_300_000), "1.2 MB"),
        (words.size(12), "12 bytes"),
        (words.duration(4.2), "4.2 seconds"),
        (words.duration(15), "15 seconds"),
        (words.duration(200), "3 min 20 s"),
        (words.duration(7500), "2 h 5 min"),
        (words.exact(datetime(2024, 1, 16, 14, 30, tzinfo=UTC)), "Jan 16, 2024 14:30"),
        (words.plural(1, "profile"), "1 profile"),
        (words.plural(1234, "profile"), "1,234 profiles"),
    ],
)
def test_a_figure_reads_as_the_specification_has_it(shown: str, wanted: str) -> None:
    assert shown == wanted


@pytest.mark.parametrize(
    ("ago", "wanted"),
    [
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(seconds=10), "just now"),
        (-timedelta(hours=3), "in 3 hours"),
    ],
)
def test_a_time_is_told_from_now(ago: timedelta, wanted: str) -> None:
    VIEWER.set(Viewer(now=NOW))
    assert words.relative(NOW - ago) == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("en-US,en;q=0.9", "1,234.5"),
        ("de-DE", "1.234,5"),
        ("fr", "1\u202f234,5"),
        ("xx, de;q=0.5", "1.234,5"),
        ("", "1,234.5"),
    ],
)
def test_numbers_follow_the_viewers_language(header: str, wanted: str) -> None:
    VIEWER.set(Viewer(*separators(header), now=NOW))
    assert words.number(1234.5, 1) == wanted


def test_times_follow_the_viewers_zone() -> None:
    VIEWER.set(Viewer(zone_name="Asia/Tokyo", now=NOW))
    shown = str(words.when(NOW - timedelta(hours=2)))
    assert 'title="Nov 24, 2026 16:00 (Asia/Tokyo)"' in shown
    assert shown.endswith(">2 hours ago</time>")


@given(st.integers(-(10**12), 10**12))
def test_no_digit_is_lost(value: int) -> None:
    assert words.number(value).replace(",", "").replace("−", "-") == str(value)


@given(st.text(max_size=60))
def test_any_header_names_some_separators(header: str) -> None:
    group, decimal = separators(header)
    assert group != decimal
