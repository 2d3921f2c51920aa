"""The waterfall as a small table of bars: from the segment to the match, whose parts add up."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from audience_sync.cli.words import REASONS, UNKNOWN, count
from audience_sync.flows.views import Waterfall

WIDTH = 30


def waterfall_table(waterfall: Waterfall) -> Table:
    """One line per part, in profiles. Withheld parts stand with a minus."""
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column()
    drawn.add_column(justify="right")
    drawn.add_column()
    for name, number, style in _parts(waterfall):
        drawn.add_row(Text(name), Text(count(number), style=style), _bar(number, waterfall.segment, style))
    return drawn


def _parts(waterfall: Waterfall) -> Iterator[tuple[str, int | None, str]]:
    yield "Segment", waterfall.segment, ""
    for reason, number in sorted(waterfall.withheld.items()):
        yield f"− withheld: {REASONS.get(reason, reason.replace('_', ' '))}", number, "yellow"
    yield "= Sendable", waterfall.sendable, ""
    yield "Sent by this run", waterfall.sent, "cyan"
    if waterfall.accepted is not None:
        yield "Accepted by the platform", waterfall.accepted, "cyan"
    if waterfall.held is not None:
        yield "Held by the platform now", waterfall.held, "green"
        yield "Matched (its estimate)", waterfall.matched, "green"


def _bar(number: int | None, whole: int, style: str) -> Text:
    if number is None:
        return Text(f"{UNKNOWN} not reported yet", style="dim")
    length = WIDTH * number / whole if whole else 0.0
    drawn = "█" * int(length) + ("▌" if length % 1 >= 0.5 else "")
    return Text(drawn or ("▏" if number else ""), style=style)
