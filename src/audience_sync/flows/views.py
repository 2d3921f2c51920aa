"""What flows give back: frozen values for REST, pages and the command line; never rows, never tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from audience_sync.model.guardrails import Breach, Guardrails

T = TypeVar("T")


class Health(StrEnum):
    """How an audience is, in the words that people read."""

    HEALTHY = "Healthy"
    ATTENTION = "Needs attention"
    PAUSED = "Paused"
    STALE = "Stale"
    NEVER = "Never synced"


@dataclass(frozen=True, slots=True)
class SizeView:
    """What the platform says of an audience's size. `matched` and `match_rate` are None while it has not said.

    `match_rate` is 0.0 to 1.0: the platform's own where it tells one, else matched people over profiles held, which is
    an estimate (`estimate`); `note` says so in words. Where it is a range, `match_low` is its lower end.
    """

    matched: int | None
    match_rate: float | None
    match_low: float | None
    at_least: bool
    """The platform counts more people than we hold profiles: the share is at least that, and says little."""
    low: int | None
    high: int | None
    profiles_held: int
    estimate: bool
    note: str
    state: str
    ready: bool | None
    problem: str
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class AudienceView:
    """A platform audience as lists and pages show it."""

    id: str
    name: str
    description: str
    segment_id: str
    segment_name: str
    platform: str
    platform_name: str
    ad_account_id: str
    account: str
    account_name: str
    remote_id: str
    linked: bool
    link: str
    """Where "View in <platform>" leads; empty until the platform has given an id."""
    identifiers: tuple[str, ...]
    choices: dict[str, str]
    """What holds of the platform's choices, chosen or by default."""
    guardrails: Guardrails
    warnings: tuple[str, ...]
    """What may keep the platform from taking it in, in words; nothing that forbids it."""
    state: str
    health: Health
    problem: str
    to_approve: bool
    """A guardrail stopped the newest run that ended: somebody must look at what a sync would do, and approve it."""
    auto_sync: bool
    interval_hours: int
    next_sync_at: datetime | None
    last_synced_at: datetime | None
    last_synced_size: int
    """Profiles that the platform holds by our ledger."""
    owed: int
    """Debt: keys in doubt or still to be removed."""
    size: SizeView
    running: str
    """Id of the run under way, or empty."""
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of a run's progress: `state` is done, running, waiting, or stopped when the run ended there."""

    name: str
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a run is. `percent` is 0-100; `seconds_left` None while there is nothing to tell it from."""

    percent: int
    steps: tuple[StepView, ...]
    batches_done: int
    batches: int
    rows_per_second: float | None
    seconds_left: float | None
    waiting_for: str
    waiting_until: datetime | None


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Profiles from segment to match; the parts add up: segment = sum(withheld) + sendable.

    `sent` and `accepted` are those of this run; `held` are all that the platform has by our ledger afterwards.
    """

    segment: int
    withheld: dict[str, int]
    sendable: int
    sent: int
    accepted: int | None
    held: int | None
    matched: int | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """The pre-flight: what a run of this plan will do."""

    id: str
    number: int
    audience_id: str
    operation: str
    state: str
    current_size: int
    """Profiles in the segment."""
    last_synced_size: int
    added: int
    removed: int
    changed: int
    resent: int
    unchanged: int
    keys_added: int
    keys_removed: int
    refused: dict[str, int]
    waterfall: Waterfall
    requests: int
    seconds: float
    """About how long the uploads will take at the account's rate."""
    native_replace: bool
    sends_all: str
    """Why everybody is sent, in words; empty where only what changed is."""
    breaches: tuple[Breach, ...]
    """Guardrails that a run of it would break: it runs only with an approval."""
    snapshot: str
    as_of: datetime
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch of a run and the platform's receipt."""

    number: int
    action: str
    profiles: int
    rows: int
    status: str
    attempts: int
    receipt: dict[str, Any]
    error: dict[str, Any]
    sent_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as history shows it. Totals are profiles."""

    id: str
    number: int
    audience_id: str
    audience_name: str
    platform: str
    operation: str
    status: str
    trigger: str
    by: str
    approved: tuple[str, ...]
    """Guardrails that its plan was allowed to break, by whoever asked for it."""
    sent: int
    added: int
    removed: int
    owed_removed: int
    changed: int
    resent: int
    failed: int
    owed: int
    requests: int
    size: SizeView
    error: dict[str, Any]
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class UploadMatch:
    """The share of a run's rows that the platform says it matched, 0.0 to 1.0, from and to.

    `rows`: those of the batches for which it says so. None of it says anything of the list as a whole.
    """

    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run's own page."""

    run: RunView
    remote_id: str
    progress: ProgressView
    waterfall: Waterfall | None
    """None until the run has a plan."""
    plan_id: str
    refused: dict[str, int]
    upload_match: UploadMatch | None
    """What the platform matched of what this run sent; None where it does not say, or has not yet."""
    batches: tuple[BatchView, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """An audience's runs over some days. Shares are 0.0-1.0; None where there is nothing to take them of."""

    days: int
    total_syncs: int
    success_rate: float | None
    """Completed runs over those that ended otherwise than by a cancel."""
    average_match_rate: float | None
    audience_growth: int
    """Profiles held now less those held before the first of these runs."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of many; `next_cursor` continues, empty at the end."""

    items: tuple[T, ...] = field(default_factory=tuple)
    next_cursor: str = ""
