"""The heavy parts of a run, as plain functions over files: freeze a plan, close the ledger.

They run in a process of their own (`isolated.py`), so that memory is bounded and a crash takes nothing with it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audience_sync.connectors.cards import card_of
from audience_sync.flows.pipeline import side_by_side
from audience_sync.identity.keys import keys
from audience_sync.ledger.changes import Changes
from audience_sync.ledger.close import Closed, Outcome, close
from audience_sync.ledger.duck import Bounds
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.freeze import Terms, open_comparison
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.unanswered import Unanswered, remembered
from audience_sync.ledger.unremoved import counted
from audience_sync.model.cards import PlatformCard, ReplaceWay
from audience_sync.model.ids import AudienceId, PlanId
from audience_sync.model.plans import PlanFigures
from audience_sync.model.segments import RuleSegment, parse_segment
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import NOTHING, Known, Question, SegmentCount

Say = Callable[[str], None]
"""Told the name of each step as it begins: members, delta, hashing."""

MARKS = ("fp", "status")
"""What the comparison needs to have beside each profile's keys."""
NO_KEY = "no_usable_identifier"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files are and how much may be used."""

    profiles: str
    ledger: str
    audience: str
    plan: str
    memory_limit_mb: int
    threads: int

    @property
    def files(self) -> PlanFiles:
        return PlanFiles(Path(self.ledger), AudienceId(self.audience), PlanId(self.plan))

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.memory_limit_mb, self.threads)

    @property
    def half(self) -> "Place":
        """The same with half the memory, for what runs beside the making of keys."""
        return replace(self, memory_limit_mb=self.memory_limit_mb // 2)


@dataclass(frozen=True, slots=True)
class FreezeJob:
    """What is to be compared with what."""

    place: Place
    platform: str
    columns: tuple[str, ...]
    """Key columns that are sent."""
    rules: str
    """Name of the rules by which keys are made, with the forms that were chosen."""
    max_rows: int
    send_all: bool
    """Everybody is sent, whatever the fingerprints say."""
    replace: str
    """The way of a replace, a value of `ReplaceWay`; `none` for every other operation."""
    segment: dict[str, Any]
    as_of: str
    consent_purpose: str
    consent_policy: str
    default_country: str
    seconds: float
    manifest: dict[str, Any]

    @property
    def rules_mark(self) -> str:
        """Under another mark the keys of members say nothing about new ones."""
        return f"{self.rules}:{','.join(self.columns)}"

    @property
    def may_be_quiet(self) -> bool:
        """Whether there is nothing to do when the segment's people are those of the ledger."""
        held = Manifest.from_json(self.manifest)
        certain = not held.owed and not held.unanswered and held.keyless is not None
        return certain and held.rules == self.rules_mark and not self.send_all and self.replace == ReplaceWay.NONE

    @property
    def question(self) -> Question:
        """The segment's question, about no snapshot yet."""
        return Question(
            as_of=datetime.fromisoformat(self.as_of),
            consent_purpose=self.consent_purpose,
            consent_policy=self.consent_policy,
            snapshot="",
            default_country=self.default_country,
            seconds=self.seconds,
        )


@dataclass(frozen=True, slots=True)
class CloseJob:
    """What became of a plan."""

    place: Place
    platform: str
    manifest: dict[str, Any]
    accepted: tuple[int, ...]
    in_doubt: tuple[int, ...]
    replaced: bool
    unanswered: Unanswered = field(default_factory=Unanswered)
    refused_removals: tuple[int, ...] = ()
    """Removals that the platform took in and then refused, in whole or in part."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The figures of a frozen plan, and the marks that its manifest will carry."""

    figures: PlanFigures
    fp_tag: str
    rules: str
    touched: int
    """Profiles that the plan's files speak of; with none there is nothing to close either."""
    digest: str = ""
    ground: str = ""
    """Both of the source's answer."""


def freeze(job: FreezeJob, say: Say) -> Frozen:
    """The plan's outbox is on disk; what it will do."""
    source, files = _source(job.place), job.place.files
    files.make()
    say("members")
    question = replace(job.question, snapshot=source.snapshot())
    manifest = Manifest.from_json(job.manifest)
    known = Known(manifest.digest, manifest.ground) if job.may_be_quiet else NOTHING
    counted = source.fingerprints(parse_segment(job.segment), files.wanted, question=question, known=known)
    if known.digest and counted.digest == known.digest:
        return _frozen(job, counted, unchanged_figures(counted, manifest, job.as_of), touched=0)
    say("delta")
    frozen = _compared(job, counted, say)
    if frozen is None:
        counted = source.fingerprints(parse_segment(job.segment), files.wanted, question=question)
        frozen = _compared(job, counted, say)
    if frozen is None:
        raise ValueError("A source that is asked for everybody gives everybody.")
    return frozen


def _compared(job: FreezeJob, counted: SegmentCount, say: Say) -> Frozen | None:
    """The plan by that answer of the source; None where it has only the latest, and they are not all who differ."""
    card, manifest, files = card_of(job.platform), Manifest.from_json(job.manifest), job.place.files
    comparable = (manifest.fp_tag, manifest.rules) == (counted.fp_tag, job.rules_mark)
    terms = _terms(job, card, comparable=comparable, lately=counted.lately)
    with open_comparison(files, manifest, terms, job.place.bounds) as comparison:
        if counted.lately and not comparison.tells_all(counted.digest):
            return None
        comparison.touched()
        say("hashing")
        with comparison.aside():
            comparison.take(_keys(_raw(_source(job.place.half), counted, job), job, card))
        changes = comparison.freeze()
    return _frozen(job, counted, _figures(counted, changes, job.as_of), touched=changes.touched)


def _frozen(job: FreezeJob, counted: SegmentCount, figures: PlanFigures, *, touched: int) -> Frozen:
    return Frozen(figures, counted.fp_tag, job.rules_mark, touched, counted.digest, counted.ground)


def close_plan(job: CloseJob, _say: Say) -> Closed:
    """The manifest after the run; see `ledger.close`."""
    naming = tuple(column.name for column in card_of(job.platform).naming)
    outcome = Outcome(frozenset(job.accepted), frozenset(job.in_doubt), replaced=job.replaced)
    files, bounds = job.place.files, job.place.bounds
    closed = close(files, Manifest.from_json(job.manifest), outcome, naming=naming, bounds=bounds)
    after = remembered(files, closed.manifest, job.unanswered, naming=naming, bounds=bounds)
    after = replace(after, unremoved="", stuck=0) if job.replaced else after
    return replace(closed, manifest=counted(files, after, job.refused_removals, naming=naming, bounds=bounds))


def _source(place: Place) -> BuiltinSource:
    return BuiltinSource(Path(place.profiles), memory_limit_mb=place.memory_limit_mb, threads=place.threads)


def _terms(job: FreezeJob, card: PlatformCard, *, comparable: bool, lately: bool) -> Terms:
    return Terms(
        naming=tuple(column.name for column in card.naming),
        hints=tuple(column.name for column in card.hints),
        max_rows=job.max_rows,
        replace=job.send_all,
        native=job.replace == ReplaceWay.NATIVE,
        clear=job.replace == ReplaceWay.CLEAR,
        comparable=comparable,
        lately=lately,
    )


def _raw(source: BuiltinSource, counted: SegmentCount, job: FreezeJob) -> Iterable[pa.RecordBatch]:
    """Raw identifiers of each touched profile, with MARKS behind them."""
    segment, held = parse_segment(job.segment), Manifest.from_json(job.manifest)
    # Where nobody is held, everybody who is wanted is new. Rules answer alike when they are asked again about the same
    # snapshot and moment, which SQL or a list that somebody replaces may not.
    if isinstance(segment, RuleSegment) and not (held.base or held.logs or counted.lately):
        return map(_new, source.everyone(segment, question=replace(job.question, snapshot=counted.snapshot)))
    return source.profiles(job.place.files.ids, snapshot=counted.snapshot, beside=MARKS)


def _new(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same people, all of them with the status of newcomers."""
    status = pa.repeat("new", batch.num_rows)
    return pa.RecordBatch.from_arrays([*batch.columns, status], [*batch.schema.names, "status"])


def _keys(batches: Iterable[pa.RecordBatch], job: FreezeJob, card: PlatformCard) -> Iterator[pa.Table]:
    """The keys of each of the profiles, with what stands behind them: the fingerprint and the status."""
    columns = [column for column in card.known_columns if column.name in job.columns]

    def made(batch: pa.RecordBatch) -> pa.Table:
        raw = pa.Table.from_batches([batch])
        found = keys(raw, columns, rules=job.rules, default_country=job.default_country)
        for name in MARKS:
            found = found.append_column(name, raw.column(name))
        return found

    return side_by_side(made, batches, workers=job.place.threads or os.cpu_count() or 1)


def _figures(counted: SegmentCount, changes: Changes, as_of: str) -> PlanFigures:
    withheld = {**counted.withheld, NO_KEY: changes.without_key}
    return PlanFigures(
        segment=counted.size,
        withheld={reason: profiles for reason, profiles in withheld.items() if profiles},
        sendable=counted.eligible - changes.without_key,
        held_before=changes.held_before,
        added=changes.added,
        removed=changes.removed,
        changed=changes.changed,
        resent=changes.resent,
        keys_added=changes.keys_added,
        keys_removed=changes.keys_removed,
        refused=changes.refused,
        batches=changes.batches,
        native_replace=any(batch.action in ("replace", "clear") for batch in changes.batches),
        as_of=as_of,
        snapshot=counted.snapshot,
    )


def unchanged_figures(counted: SegmentCount, held: Manifest, as_of: str) -> PlanFigures:
    """The figures of a plan in which nobody is different, by the ledger's own counts."""
    keyless = held.keyless or 0
    withheld = {**counted.withheld, **({NO_KEY: keyless} if keyless else {})}
    return PlanFigures(
        segment=counted.size,
        withheld=withheld,
        sendable=counted.eligible - keyless,
        held_before=held.members,
        added=0,
        removed=0,
        changed=0,
        resent=0,
        keys_added=0,
        keys_removed=0,
        refused=held.refused or {},
        as_of=as_of,
        snapshot=counted.snapshot,
    )
