"""What a file of a segment is to hold, and in which form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from audience_sync.errors import Invalid
from audience_sync.model.identifiers import IdentifierKind

Word = TypeVar("Word", bound=StrEnum)


class ExportFormat(StrEnum):
    """The shape of the file; the value is its extension."""

    CSV = "csv"
    JSONL = "jsonl"
    """One JSON object a line."""
    JSON = "json"
    """One JSON array of objects."""
    PARQUET = "parquet"


class Compression(StrEnum):
    """How the file is packed; in Parquet the columns are."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


class Template(StrEnum):
    """A platform's own column names, for upload by hand."""

    NONE = "none"
    META = "meta"
    GOOGLE = "google"


class ExportStatus(StrEnum):
    """How an export stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its file is gone: its hours are over, or somebody revoked it."""


UNHASHED = "none"
"""Hashing: identifiers as they are stored."""
SHA256 = "sha256"
"""Hashing: the SHA-256 of our own normal form, whatever the kind. Any other hashing is the id of a platform."""

PACKED = {Compression.NONE: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}
EVENT_DAYS = 30
"""How far back recent events go."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The choices of the export form, as it opens: e-mail and phone hashed, with computed traits, as CSV."""

    format: ExportFormat = ExportFormat.CSV
    identifiers: tuple[IdentifierKind, ...] = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
    traits: bool = True
    events: bool = False
    """Those of the last 30 days."""
    attributes: bool = False
    hashing: str = SHA256
    """`none`, `sha256`, or a platform whose rules make the keys, such as `meta`."""
    compression: Compression = Compression.NONE
    template: Template = Template.NONE

    @classmethod
    def wanted(cls, template: Template = Template.NONE, **choices: Any) -> "ExportOptions":
        """The options with these choices; None leaves one as the form or the template has it. Invalid as `checked`."""
        by_hand = {"hashing": str(template), "traits": False, "template": template} if template != Template.NONE else {}
        chosen = {name: choice for name, choice in choices.items() if choice is not None}
        return cls(**{**by_hand, **chosen}).checked()

    @property
    def extension(self) -> str:
        """What the file's name ends with, such as `.csv.gz`. Parquet is packed inside."""
        return f".{self.format}" + ("" if self.format is ExportFormat.PARQUET else PACKED[self.compression])

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "identifiers": [str(kind) for kind in self.identifiers]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ExportOptions":
        """What to_json gave; Invalid for what is no choice or cannot go together."""
        return cls(
            format=_word(ExportFormat, stored["format"], "format"),
            identifiers=tuple(_word(IdentifierKind, kind, "identifier") for kind in stored["identifiers"]),
            traits=stored["traits"],
            events=stored["events"],
            attributes=stored["attributes"],
            hashing=stored["hashing"],
            compression=_word(Compression, stored["compression"], "compression"),
            template=_word(Template, stored["template"], "template"),
        ).checked()

    def checked(self) -> "ExportOptions":
        """The options with each identifier once and in our order; Invalid when they contradict each other."""
        kinds = tuple(kind for kind in IdentifierKind if kind in self.identifiers)
        if self.template is not Template.NONE:
            _require_upload(self)
        if not (kinds or self.traits or self.events or self.attributes):
            raise Invalid("The file would hold nothing but ids.", "Include identifiers or data.")
        return replace(self, identifiers=kinds)


def _require_upload(options: ExportOptions) -> None:
    """A file for upload by hand is CSV, holds identifiers only, hashed by that platform's rules or not at all."""
    if options.format is not ExportFormat.CSV or options.compression is not Compression.NONE:
        raise Invalid("A template is for upload by hand, which takes plain CSV.", "Choose csv without compression.")
    if options.traits or options.events or options.attributes:
        raise Invalid("A template has no columns for traits, events or attributes.", "Leave them out.")
    if options.hashing not in (UNHASHED, options.template):
        raise Invalid(
            f"{options.template} reads keys by its own rules only.", f"Choose hashing {options.template}, or none."
        )


def _word(kind: type[Word], text: str, what: str) -> Word:
    try:
        return kind(text)
    except ValueError:
        raise Invalid(f"{text!r} is no {what}.", f"Choose one of {', '.join(kind)}.") from None
