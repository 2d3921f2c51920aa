"""What passes between a connector and the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pyarrow as pa


class Action(StrEnum):
    """What a batch asks of the platform."""

    REMOVE = "remove"
    ADD = "add"
    REPLACE = "replace"
    CLEAR = "clear"
    """Whatever was last added before the run's first batch is gone; the last batch of a replace by `ReplaceWay.CLEAR`.
    It has no rows."""


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """An ad account as the platform lists it. `usable` is False with `problem` saying why in words."""

    remote_id: str
    name: str
    currency: str = ""
    timezone: str = ""
    business: str = ""
    status: str = "active"
    usable: bool = True
    problem: str = ""
    via: str = ""
    """The account through which it is reached, where the platform must be told; empty when it is reached directly."""


class ReadinessState(StrEnum):
    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Readiness:
    """One thing that must be in order before an ad account takes audiences in. `link` mends it."""

    code: str
    """Stable, such as `terms` or `account`."""
    label: str
    state: ReadinessState
    words: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An audience as the platform lists it; `linkable` is False when it is not a customer list."""

    remote_id: str
    name: str
    description: str
    linkable: bool = True
    size_low: int | None = None
    size_high: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    """Those of the card's choices with which it was made, where the platform tells and they cannot change."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which list in which ad account."""

    account: str
    remote_id: str
    choices: Mapping[str, str] = field(default_factory=dict)
    """What was chosen for this audience among the card's choices."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A slice of a plan with one action and at most the platform's maximum of rows.

    `rows`: one string column per key column of the card, hex when hashed, "" when missing; adds and replaces carry
    hints, removes carry exactly one key per row. `sequence` is 1-based within the run's sends of this action,
    `session` a random positive number below 2**62 that all batches of one action of a run share.
    """

    number: int
    action: Action
    rows: pa.Table
    session: int
    sequence: int
    last: bool
    total_rows: int
    attempt: int = 1
    begun_at: datetime | None = None
    """UTC, before the run's first batch went out."""
    references: tuple[str, ...] = ()
    """References of the earlier batches of the action, in their order; given to its last batch only."""
    name: str = ""
    """The audience's name on the platform, for a list that is born by an upload."""
    made: object = field(default=None, repr=False)
    """What the connector's `prepare` made of these rows ahead; None where `upload` is to make it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform answered. Counts are rows as it counts them; None where it does not say."""

    received: int | None = None
    invalid: int | None = None
    again: int = 0
    """Of the invalid ones, those that may be taken in when they are sent again."""
    settled: bool = True
    reference: str = ""
    samples: tuple[str, ...] = ()
    """Reasons of refused cells in the platform's words, without the cells."""
    remote_id: str = ""
    """The list's id, when this batch made it."""
    match_low: float | None = None
    """The share of these rows that the platform says it matched, 0 to 1, where it says so of each upload."""
    match_high: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Size and state as the platform reports them. None means that it has not said."""

    as_of: datetime
    size_low: int | None = None
    size_high: int | None = None
    state: str = ""
    """The platform's operation and delivery state in plain words."""
    ready: bool | None = None
    problem: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    match_low: float | None = None
    """The share of the members that the platform says it matched, 0 to 1, where it says so itself."""
    match_high: float | None = None
    membership_days: int | None = None
    """Days after which this list drops a member that was not sent again; 0: never; None: it says nothing of that."""
    lists: tuple[str, ...] = ()
    """Every list behind the audience, where it may have several; one that was there before was deleted over there."""
    failure: str = ""
    """Why the platform did not apply something that it had accepted before, in its words."""
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in, an exchange or a renewal yields. Times are UTC; None means never (or not said)."""

    token: str
    kind: str
    """`user`, `business_system_user`, `pasted_system_user` or `service_account`."""
    scopes: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    refresh_token: str = ""
    subject: str = ""
    """The platform's id of who granted."""
    label: str = ""
    """Their name, to be shown."""
    unsaid: tuple[str, ...] = ()
    """Fields of which the platform told nothing: what they hold, if anything, takes the place of nothing known."""

    def __repr__(self) -> str:
        return f"Grant(kind={self.kind!r}, scopes={self.scopes!r}, expires_at={self.expires_at!r})"
