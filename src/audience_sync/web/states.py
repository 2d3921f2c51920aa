"""States as people see them: a word, an icon and a colour, never a colour alone."""

from dataclasses import dataclass

from audience_sync.flows.views import Health, Waterfall


@dataclass(frozen=True, slots=True)
class State:
    """`look` is good, warn, bad, busy or idle."""

    label: str
    look: str
    icon: str


RUNS = {
    "queued": State("Queued", "idle", "hourglass"),
    "running": State("Running", "busy", "loader-2"),
    "settling": State("Waiting on platform", "busy", "hourglass"),
    "completed": State("Completed", "good", "circle-check"),
    "partial": State("Completed with issues", "warn", "alert-triangle"),
    "failed": State("Failed", "bad", "circle-x"),
    "cancelled": State("Cancelled", "idle", "ban"),
}
HEALTHS = {
    Health.HEALTHY: State("Healthy", "good", "circle-check"),
    Health.ATTENTION: State("Needs attention", "bad", "alert-triangle"),
    Health.PAUSED: State("Paused", "idle", "player-pause"),
    Health.STALE: State("Stale", "warn", "clock"),
    Health.NEVER: State("Never synced", "idle", "circle-dashed"),
}
CONNECTIONS = {
    "live": State("Connected", "good", "circle-check"),
    "expiring": State("Expiring", "warn", "clock"),
    "broken": State("Broken", "bad", "plug-connected-x"),
}
STEPS = {
    "done": State("done", "good", "check"),
    "running": State("running", "busy", "loader-2"),
    "waiting": State("waiting", "idle", "point"),
    "stopped": State("stopped", "bad", "x"),
}
OPERATIONS = {"create": "Create", "update": "Update", "replace": "Replace", "delete": "Delete"}
KINDS = {"update": "Incremental", "replace": "Full replace"}
"""What an operation does to those who are there already; of the others there is nothing to tell."""
BATCHES = {
    "planned": State("Planned", "idle", "point"),
    "sending": State("Sending", "busy", "loader-2"),
    "accepted": State("Accepted", "good", "check"),
    "settled": State("Settled", "good", "circle-check"),
    "rejected": State("Rejected", "bad", "circle-x"),
    "unknown": State("Not known", "warn", "alert-triangle"),
}
TRIGGERS = {"manual": "Manual", "scheduled": "Scheduled", "api": "API"}
REASONS = {"no_consent": "no consent", "no_usable_identifier": "no usable identifier"}
"""Why profiles are withheld."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar of a waterfall. `count` None: the platform has not said. `look` is whole, withheld, ours or theirs."""

    label: str
    count: int | None
    look: str


def stages(waterfall: Waterfall) -> list[Stage]:
    """From the segment to the match; the parts add up: segment = withheld + sendable."""
    found = [Stage("Segment", waterfall.segment, "whole")]
    for reason, count in sorted(waterfall.withheld.items()):
        found.append(Stage(f"Withheld: {REASONS.get(reason, reason.replace('_', ' '))}", count, "withheld"))
    found.append(Stage("Sendable", waterfall.sendable, "whole"))
    found.append(Stage("Sent", waterfall.sent, "ours"))
    if waterfall.accepted is not None:
        found.append(Stage("Accepted", waterfall.accepted, "ours"))
    if waterfall.held is not None:
        found.append(Stage("Held by the platform", waterfall.held, "theirs"))
    found.append(Stage("Matched", waterfall.matched, "theirs"))
    return found
