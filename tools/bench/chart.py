"""The seconds of each step, beside its baselines, as a picture that needs no script."""

from collections.abc import Mapping
from math import log10
from xml.sax.saxutils import escape

from tools.bench.goals import Measured

STEPS = (
    ("SHA-256", "hash floor"),
    ("First plan", "first plan"),
    ("Full join", "join floor"),
    ("Delta plan", "delta plan"),
    ("No-change plan", "same plan"),
    ("Python loop", "python loop"),
    ("Import", "import"),
    ("Upload stage", "upload"),
)
COLOURS = ("#206bc4", "#f59f00", "#2fb344", "#d63939")
LEFT, WIDTH, BAR, GAP, TOP = 120, 640, 14, 10, 40
LEAST = 0.1
"""Seconds at the left edge; ten times as much at each line."""


def chart(runs: Mapping[int, Measured]) -> str:
    """An SVG with a bar for each step and size. Seconds grow tenfold from line to line."""
    most = max(figures["seconds"] for measured in runs.values() for figures in measured.values())
    decades = max(1, int(log10(max(most, LEAST) / LEAST)) + 1)
    rows = "".join(_rows(place, words, step, runs, decades) for place, (words, step) in enumerate(STEPS))
    height = TOP + len(STEPS) * (BAR * len(runs) + GAP)
    lines = "".join(_line(n, decades, height) for n in range(decades + 1))
    keys = "".join(_key(n, size) for n, size in enumerate(runs))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 80} {height}" role="img"'
        f' font-family="sans-serif" font-size="11"><title>Seconds of each step</title>{lines}{keys}{rows}</svg>\n'
    )


def _rows(place: int, words: str, step: str, runs: Mapping[int, Measured], decades: int) -> str:
    top = TOP + place * (BAR * len(runs) + GAP)
    label = f'<text x="{LEFT - 8}" y="{top + BAR - 3}" text-anchor="end">{escape(words)}</text>'
    return label + "".join(
        _bar(top + n * BAR, measured[step]["seconds"], COLOURS[n % len(COLOURS)], decades)
        for n, measured in enumerate(runs.values())
        if step in measured
    )


def _bar(top: int, seconds: float, colour: str, decades: int) -> str:
    width = max(1.0, WIDTH * log10(max(seconds, LEAST) / LEAST) / decades)
    return (
        f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>'
        f'<text x="{LEFT + width + 4:.1f}" y="{top + BAR - 4}">{seconds:,.2f} s</text>'
    )


def _line(number: int, decades: int, height: int) -> str:
    x = LEFT + WIDTH * number / decades
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height}" stroke="#ccc"/>'
        f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle">{LEAST * 10**number:g} s</text>'
    )


def _key(number: int, size: int) -> str:
    x = LEFT + number * 150
    return (
        f'<rect x="{x}" y="4" width="10" height="10" fill="{COLOURS[number % len(COLOURS)]}"/>'
        f'<text x="{x + 16}" y="13">{size:,} profiles</text>'
    )
