"""Which files are the ledger of one audience, as one value that a compare-and-set swaps."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Log:
    """A plan's member file that joined the ledger. Rows of a `dead` batch count as gone: their keys are strays."""

    file: str
    rows: int
    dead: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """Base, then logs, newest wins; strays are keys that the platform may hold for nobody we know of.

    Files are named relative to the ledger's folder. `fp_tag` and `rules` tell whether fingerprints and keys of
    the members can be compared with new ones; they are never a reason to send anything.
    """

    base: str = ""
    base_rows: int = 0
    logs: tuple[Log, ...] = ()
    strays: str = ""
    fp_tag: str = ""
    rules: str = ""
    witness: str = ""
    """Of the question to which the members are the whole answer (`Source.witness`); `` where they may not be."""
    digest: str = ""
    """Of the members and their fingerprints, where they are a source's whole answer (`SegmentCount.digest`)."""
    ground: str = ""
    """Of that answer: who is not among the latest of the source is the same in each with this mark."""
    members: int = 0
    """Profiles of which at least one key is held and settled."""
    keys: int = 0
    """Their keys, a shared one counted for each of its holders."""
    keyless: int | None = None
    """Profiles that were compared and have no key; None where nobody has counted them."""
    refused: dict[str, int] | None = None
    """Identifiers that could not become keys, `<kind>:<reason>` -> profiles; None likewise."""
    owed: int = 0
    """Debt: keys that are in doubt or should not be there."""
    unanswered: str = ""
    """File of the keys of requests of unknown outcome, which the platform may still work off."""
    unanswered_until: str = ""
    """ISO time in UTC after which it has worked them off."""
    unremoved: str = ""
    """File of keys whose removal was refused after it had been taken in, and how often."""
    stuck: int = 0
    """Of the owed, keys of which that happened so often that not every run tries it again."""
    unsure: int = 0
    """Of the owed, keys that one of those requests may bring back or take away although all else was done."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Manifest":
        logs = tuple(Log(each["file"], each["rows"], tuple(each["dead"])) for each in stored.get("logs", ()))
        return replace(cls(**{**stored, "logs": ()}), logs=logs)

    @property
    def files(self) -> set[str]:
        return {self.base, self.strays, self.unanswered, self.unremoved, *(log.file for log in self.logs)} - {""}
