"""What every source of profiles can be asked, so that a warehouse answers the same questions as the built-in store."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from audience_sync.errors import AudienceSyncError
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.segments import Segment

NO_CONSENT = "no_consent"
"""Reason of a withheld profile: the consent that the purpose needs is not there."""


class FieldType(StrEnum):
    """What the values of an attribute, a trait or a property are."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Question:
    """Under which circumstances a segment is evaluated. Equal questions have equal answers.

    `as_of` carries a time zone; `consent_policy` is `granted` or `not_denied`; `default_country` is part of every
    fingerprint, because it changes what phones mean; `seconds` limits a segment's SQL.
    """

    as_of: datetime
    consent_purpose: str
    consent_policy: str
    snapshot: str
    default_country: str = ""
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """Profiles in a segment: all, those that may be sent, and the others by reason."""

    size: int
    eligible: int
    withheld: dict[str, int]
    snapshot: str
    fp_tag: str
    digest: str = ""
    """Of the ids and fingerprints of those who may be sent: two answers with the same one are of the same people."""
    ground: str = ""
    """Two answers with the same one agree on all but those who came in or changed since; `` where nobody can say."""
    lately: bool = False
    """The file has none but these."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was told with an earlier answer, which whoever asks again still has; `` for nothing."""

    digest: str = ""
    ground: str = ""


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class MaskedProfile:
    """A profile for the eyes: enough to recognise the kind of data, never enough to identify a person."""

    profile_id: str
    eligible: bool
    identifiers: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a segment would be: `coverage` counts, of all `size` profiles, those that have each naming kind."""

    size: int
    eligible: int
    withheld: dict[str, int]
    coverage: dict[str, int]
    sample: tuple[MaskedProfile, ...]
    as_of: datetime
    snapshot: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A page of a segment's profiles in the order of their ids; `after` continues it, `` at the end."""

    members: tuple[MaskedProfile, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a profile did; `time` carries its zone."""

    name: str
    time: datetime
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """A consent as it was given or denied, for one purpose; `at` is None when nobody knows since when."""

    purpose: str
    granted: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WholeProfile:
    """Everything that the source knows of one person, raw. `events` are the newest, the newest first.

    `raw` is the same person as `RAW_SCHEMA`, one row, for keys to be made of.
    """

    profile_id: str
    eligible: bool
    identifiers: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, object]
    traits: Mapping[str, object]
    consents: tuple[Decision, ...]
    events: tuple[Event, ...]
    raw: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that a rule may speak of. Names are as in rules; values say the type."""

    attributes: Mapping[str, FieldType] = field(default_factory=dict)
    traits: Mapping[str, FieldType] = field(default_factory=dict)
    consents: tuple[str, ...] = ()
    events: Mapping[str, Mapping[str, FieldType]] = field(default_factory=dict)
    """Event name -> property -> type."""
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of each member is read beside its identifiers. `event_days` 0 means no events."""

    traits: bool = False
    attributes: bool = False
    event_days: int = 0


@dataclass(frozen=True, slots=True)
class Records:
    """The eligible members of a segment with all that was wanted of them, while they are read.

    `batches` are unordered and have the columns of RAW_SCHEMA, then `trait:NAME` and `attribute:NAME` by name, then
    `events`: the newest last, each with its name, its time (UTC) and its properties, all texts. `values` is the most
    values that a member has of each naming kind.
    """

    counts: SegmentCount
    values: Mapping[str, int]
    batches: pa.RecordBatchReader


class Source(Protocol):
    """Profiles and segments, read from one immutable snapshot at a time."""

    def snapshot(self) -> str:
        """Identity of the newest snapshot; asking twice without an import between gives the same."""
        ...

    def fingerprints(
        self, segment: Segment, target: Path, *, question: Question, known: Known = NOTHING
    ) -> SegmentCount:
        """`target` is a Parquet file (`profile_id` text, `fp` unsigned 64 bit) of every eligible member.

        It is not written when the answer has the digest that is known. Where it has the known ground, it has those
        alone who can be unlike, with null as the `fp` of whoever is no eligible member, and `lately` says so.
        """
        ...

    def witness(self, segment: Segment, question: Question) -> str:
        """A text that is equal for two questions only if their answers are; `` where that cannot be told.

        It is told from the snapshot's identity alone, without reading a profile.
        """
        ...

    def profiles(self, ids: Path, *, snapshot: str, beside: Sequence[str] = ()) -> pa.RecordBatchReader:
        """Raw identifiers (RAW_SCHEMA) of the profiles named in that Parquet file's column `profile_id`.

        Behind them come those columns of the file that `beside` names. The file names nobody twice.
        """
        ...

    def everyone(self, segment: Segment, *, question: Question) -> Iterator[pa.RecordBatch]:
        """Raw identifiers (RAW_SCHEMA) and `fp` of everybody whom `fingerprints` names for the same question."""
        ...

    def records(self, segment: Segment, wanted: Wanted, *, question: Question) -> AbstractContextManager[Records]:
        """Every eligible member with all that is wanted of it, as long as the context is open; memory is bounded."""
        ...

    def count(self, segment: Segment, question: Question) -> SegmentCount:
        """The same counts that `fingerprints` would give."""
        ...

    def preview(self, segment: Segment, question: Question, sample: int = 10) -> Preview:
        """Counts, coverage and a few masked profiles."""
        ...

    def members(self, segment: Segment, question: Question, *, after: str = "", limit: int = 50) -> MemberPage:
        """The masked profiles whose ids come after `after`."""
        ...

    def find(self, kind: IdentifierKind, value: str, question: Question, *, limit: int = 20) -> list[str]:
        """Ids of the profiles that have the identifier, whichever way it is written there; Invalid if it is none."""
        ...

    def whole(self, profile_id: str, question: Question, *, events: int = 50) -> WholeProfile | None:
        """Everything that is known of the profile; None when there is none of that id."""
        ...

    def containing(
        self, profile_id: str, segments: Mapping[str, Segment], question: Question
    ) -> dict[str, bool | AudienceSyncError]:
        """Of each segment, by its key: whether the profile is in it, or why nobody can say."""
        ...

    def catalog(self) -> Catalog:
        """What rules may speak of, in the newest snapshot."""
        ...
