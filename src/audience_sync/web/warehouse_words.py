"""Warehouses and their pulls in words: states, the lines of a pull's progress, and how often one is pulled."""

from audience_sync.errors import Invalid
from audience_sync.flows.views import StepView
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.sources.warehouses.protocol import Kind
from audience_sync.sources.warehouses.registry import KINDS
from audience_sync.web.states import State
from audience_sync.web.words import plural

STATES = {
    "queued": State("Queued", "idle", "hourglass"),
    "running": State("Pulling", "busy", "loader-2"),
    "completed": State("Completed", "good", "circle-check"),
    "failed": State("Failed", "bad", "circle-x"),
    "cancelled": State("Cancelled", "idle", "ban"),
}
TRIGGERS = {"manual": "By hand", "scheduled": "By schedule"}
STEPS = (("connecting", "Connecting"), ("reading", "Reading rows"), ("storing", "Storing profiles"))
DAY_HOURS = 24


def title_of(kind: str) -> str:
    """The kind as people call it; of one that this installation no longer knows, its name."""
    return KINDS[kind].title if kind in KINDS else kind


def hides(kind: Kind) -> bool:
    """Whether there may be something secret in an address of this kind: its own example tells."""
    try:
        return kind.shown(kind.example) != kind.example
    except Invalid:
        return True  # A place for a key is in it, and the key that stands there is none.


def steps_of(pull: PullView) -> list[StepView]:
    """The lines of a pull under way: what lies before its step is done."""
    at = next((number for number, (name, _) in enumerate(STEPS) if name == pull.step), -1)
    found = []
    for number, (name, label) in enumerate(STEPS):
        state = "running" if number == at else "done" if number < at else "waiting"
        found.append(StepView(name, label, state))
    return found


def percent_of(pull: PullView) -> int | None:
    """Of the rows that are expected, those read so far, 0-100; None where nobody can tell. Estimates may be too low."""
    if not pull.total or pull.step not in ("reading", "storing"):
        return None
    return 100 if pull.step == "storing" else min(99, pull.rows * 100 // pull.total)


def every(hours: int) -> str:
    """`Every 6 hours`, `Every day`, or that it is pulled by hand only."""
    if not hours:
        return "By hand only"
    if hours == 1:
        return "Every hour"
    if hours % DAY_HOURS:
        return f"Every {hours} hours"
    return "Every day" if hours == DAY_HOURS else f"Every {plural(hours // DAY_HOURS, 'day')}"
