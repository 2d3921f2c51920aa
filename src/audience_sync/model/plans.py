"""What a run will do, in numbers: the waterfall and the changes of one frozen plan."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Operation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Slice:
    """One batch of a plan before it is sent. `sequence` is 1-based among the batches of its action."""

    number: int
    action: str
    sequence: int
    profiles: int
    rows: int


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """Counts of profiles unless the name says otherwise.

    segment = sum(withheld) + sendable; sendable = added + changed + resent + unchanged.
    """

    segment: int
    withheld: dict[str, int]
    sendable: int
    held_before: int
    """Profiles that the platform holds by our ledger, before the run."""
    added: int
    removed: int
    changed: int
    resent: int
    """Sent again although nothing about them changed: in doubt, sharing a key with someone who leaves, or replaced."""
    keys_added: int
    keys_removed: int
    refused: dict[str, int] = field(default_factory=dict)
    """Identifiers that could not become keys, `<kind>:<reason>` -> profiles, over the whole segment."""
    batches: tuple[Slice, ...] = ()
    native_replace: bool = False
    as_of: str = ""
    snapshot: str = ""

    @property
    def sent(self) -> int:
        """Profiles that travel in batches that add."""
        return self.added + self.changed + self.resent

    @property
    def unchanged(self) -> int:
        return self.sendable - self.sent

    @property
    def requests(self) -> int:
        return len(self.batches)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "PlanFigures":
        slices = tuple(Slice(**each) for each in stored.get("batches", ()))
        return cls(**{**stored, "batches": slices})
