"""Tables of what is kept equal to what: segments, audiences, plans, runs, batches."""

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Count, Flag, Id, Json, Moment, Object, Sometime, Text, Texts

UNFINISHED = ("queued", "running", "settling")
"""States of a run that bar another run of the same audience."""


class Segment(Base):
    """A named set of profiles. `definition` is the JSON of `model.segments`."""

    __tablename__ = "segments"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    description: Mapped[Text]
    definition: Mapped[Object]
    created_by: Mapped[Text]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Audience(Base):
    """This segment -> that list in that ad account. `ledger` is the manifest that `version` guards.

    `state`: creating, active, paused, stale, deleted. `remote_id` is empty until the platform has answered.
    """

    __tablename__ = "audiences"
    __table_args__ = (
        Index(
            "uq_audiences_remote",
            "ad_account_id",
            "remote_id",
            unique=True,
            sqlite_where=sa.text("remote_id <> '' AND state <> 'deleted'"),
            postgresql_where=sa.text("remote_id <> '' AND state <> 'deleted'"),
        ),
        Index("ix_audiences_due", "auto_sync", "next_run_at"),
    )

    id: Mapped[Id]
    segment_id: Mapped[str] = mapped_column(ForeignKey("segments.id"), index=True)
    ad_account_id: Mapped[str] = mapped_column(ForeignKey("ad_accounts.id"), index=True)
    platform: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[Text]
    description: Mapped[Text]
    marker: Mapped[str] = mapped_column(String(40))
    """Ours, in the description on the platform: a create whose answer was lost is found again by it."""
    remote_id: Mapped[str] = mapped_column(String(100), default="")
    create_sent: Mapped[Flag]
    """A create may have reached the platform: look for our marker there before creating again."""
    linked: Mapped[Flag]
    """It existed on the platform before us."""
    identifiers: Mapped[list[str]] = mapped_column(Json, default=list)
    """Names of the key columns that are sent; empty means the card's default."""
    choices: Mapped[Object] = mapped_column(server_default="{}")
    """What was chosen among the card's choices, name -> value."""
    guardrails: Mapped[Object] = mapped_column(server_default="{}")
    """The JSON of `model.guardrails.Guardrails`; what is not there has its default."""
    send_all: Mapped[Flag] = mapped_column(server_default=sa.text("false"))
    """The next run sends everybody again: the platform may lack members that it had accepted."""
    all_sent_at: Mapped[Sometime]
    """When a run last sent every member, so that memberships which expire are refreshed in time."""
    state: Mapped[str] = mapped_column(String(20), default="creating")
    problem: Mapped[Text]
    auto_sync: Mapped[Flag]
    interval_hours: Mapped[int] = mapped_column(Integer, default=24)
    next_run_at: Mapped[Sometime]
    measure_at: Mapped[Sometime]
    facts: Mapped[Object]
    ledger: Mapped[Object]
    version: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[Text]
    created_at: Mapped[Moment]
    last_synced_at: Mapped[Sometime]


class Plan(Base):
    """A frozen delta. `figures` are its waterfall and counts; `folder` holds its files, named by the id."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("audience_id", "number"),)

    id: Mapped[Id]
    audience_id: Mapped[str] = mapped_column(ForeignKey("audiences.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    operation: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="frozen")
    """frozen, running, done or dropped."""
    base_version: Mapped[int] = mapped_column(Integer)
    snapshot: Mapped[Text]
    figures: Mapped[Object]
    created_by: Mapped[Text]
    created_at: Mapped[Moment]


class Run(Base):
    """One attempt to make the platform equal the segment."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("audience_id", "number"),
        Index(
            "uq_runs_unfinished",
            "audience_id",
            unique=True,
            sqlite_where=sa.text(f"status IN {UNFINISHED!r}"),
            postgresql_where=sa.text(f"status IN {UNFINISHED!r}"),
        ),
        Index("ix_runs_status", "status", "not_before"),
        Index("ix_runs_history", "audience_id", "queued_at"),
        Index("ix_runs_newest", "queued_at", "id"),
    )

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(Integer)
    audience_id: Mapped[str] = mapped_column(ForeignKey("audiences.id", ondelete="CASCADE"))
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("plans.id"), default=None)
    operation: Mapped[str] = mapped_column(String(20))
    trigger: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[Text]
    actor_name: Mapped[Text]
    approved: Mapped[Texts] = mapped_column(server_default="[]")
    """Guardrails that its plan may break: the actor approved it after having seen that plan."""
    status: Mapped[str] = mapped_column(String(20), default="queued")
    step: Mapped[str] = mapped_column(String(20), default="")
    """create, members, delta, hashing, uploading or processing."""
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    """How often the engine took it up; part of the workflow's id."""
    starts: Mapped[int] = mapped_column(Integer, default=0)
    """How often a worker began or resumed it since it last moved on; a run that kills its workers is failed."""
    session: Mapped[Count]
    restarts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[Sometime]
    waiting_for: Mapped[Text]
    cancel_requested: Mapped[Flag]
    totals: Mapped[Object]
    facts: Mapped[Object]
    error: Mapped[Object]
    queued_at: Mapped[Moment]
    started_at: Mapped[Sometime]
    ended_at: Mapped[Sometime]


class BatchRow(Base):
    """One slice of a run's plan. `status`: planned, sending, accepted, settled, rejected or unknown."""

    __tablename__ = "batches"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[str] = mapped_column(String(20))
    sequence: Mapped[int] = mapped_column(Integer)
    profiles: Mapped[Count]
    rows: Mapped[Count]
    status: Mapped[str] = mapped_column(String(20), default="planned")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    receipt: Mapped[Object]
    error: Mapped[Object]
    sent_at: Mapped[Sometime]
    answered_at: Mapped[Sometime]


class FactRow(Base):
    """What a platform said of an audience's size and state at one moment; the series behind the charts."""

    __tablename__ = "facts"

    audience_id: Mapped[str] = mapped_column(ForeignKey("audiences.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[Moment] = mapped_column(primary_key=True)
    facts: Mapped[Object]
    profiles_held: Mapped[Count]
