"""A platform's facts as data: limits, key columns, addresses, faults, each with its source."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from audience_sync.model.identifiers import KeyColumn


class ReplaceWay(StrEnum):
    """How a platform replaces all members of an audience."""

    NATIVE = "native"
    """By a session of its own: what is not sent in it is gone afterwards."""
    CLEAR = "clear"
    """Send all, then have everything older removed."""
    NONE = "none"
    """Not at all: remove what should not be there, then send all."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one audience is kept equal, by its own choices: most platforms have one way for all."""

    replace: ReplaceWay
    always_replaces: bool = False
    """Every run sends the whole segment, as a file that takes the place of the last one."""
    born_by_upload: bool = False
    """The list comes into being with its first members: an empty one cannot be created."""


@dataclass(frozen=True, slots=True)
class Settling:
    """When to ask what became of a batch that the platform works on by itself. Times in seconds.

    The first question after `first`, each next one `growth` times later, at most `most` apart; after `give_up` in all
    the answer counts as never coming.
    """

    first: float = 5.0
    growth: float = 1.5
    most: float = 60.0
    give_up: float = 86_400.0

    def pause(self, asked: int) -> float:
        """Seconds before the next question, when so many have been asked."""
        return float(min(self.first * self.growth ** min(asked, 60), self.most))


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a person may choose per audience. `values`: value -> what it means, in words."""

    name: str
    label: str
    values: dict[str, str]
    default: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One row of a platform's error table. `code` 0 and `subcode` None match any; the most specific row wins.

    `kind` is the name of a class in `errors`; `after_seconds` is the wait for RetryLater. Texts may hold `{subject}`
    (the audience or account in words) and `{terms_link}`.
    """

    code: int | str
    subcode: int | str | None
    kind: str
    name: str
    message: str
    hint: str
    after_seconds: float = 0.0
    again: bool = False
    """Worth repeating within the same call, seconds apart."""
    pauses: bool = False
    """A quota: everybody who shares it must wait; with `again`, only once the attempts of a call are spent."""


@dataclass(frozen=True, slots=True)
class StatusRule:
    """What a status number of a platform means, in words for people; `problem` says what is wrong and the way out."""

    words: str
    problem: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class PlatformCard:
    """What we know of one platform. Unknown facts are settings, never guesses."""

    id: str
    name: str
    api_url: str
    login_url: str
    version: str
    scopes: tuple[str, ...]
    rules: str
    """Name and version of its identity rules, such as `meta/1`; stored with every key."""
    columns: tuple[KeyColumn, ...]
    max_rows: int
    """Most rows in one request."""
    max_name: int
    """Most characters in an audience's name."""
    replace: ReplaceWay
    max_replace_members: int | None
    min_size: int
    """Matched people below which the platform will not deliver."""
    max_audiences: int | None
    audience_link: str
    """Template of the page "View in <platform>": {account} without prefix, {audience}."""
    terms_link: str
    size_note: str
    """How the platform reports sizes, in words for people."""
    faults: tuple[FaultRule, ...]
    sources: tuple[str, ...]
    checked_on: date
    optional: tuple[KeyColumn, ...] = ()
    """Columns that the platform knows and that are sent only by an audience's own choice."""
    statuses: dict[str, dict[int, StatusRule]] = field(default_factory=dict)
    """By subject (`account`, `operation`, `delivery`) and number."""
    options: dict[str, str] = field(default_factory=dict)
    ordered: bool = True
    """Requests are applied in the order in which they were sent. Where not, removes settle before adds are sent."""
    processing_hours: int = 0
    """Hours within which it works off what it took in, whatever came later; 0: before it answers."""
    parallel: int = 1
    """Batches of one action that may be under way at once."""
    settling: Settling = Settling()
    membership_days: int = 0
    """Days after which a member that was not sent again is dropped; 0: never."""
    fails_late: bool = False
    """It tells only some time after a run that it did not apply something which it had accepted."""
    marks_names: bool = False
    """Audiences have no description there, so our marker is part of their name."""
    unique_names: bool = False
    """No two audiences of an account may have the same name."""
    sensitive_words: tuple[str, ...] = ()
    """Words for which the platform is likely to flag an audience, in small letters: a guess of ours, a warning only."""
    experimental: bool = False
    """It has not proved itself, and nothing is promised of it."""
    takes_key_files: bool = False
    """Whether a service account's JSON key connects, in the place of a token."""
    rule_options: tuple[str, ...] = ()
    """Settings of the platform that choose between forms of its keys; part of the rules' name."""
    choices: tuple[Choice, ...] = ()
    base: str = "{address}/{version}"
    """Template of where the calls go: {address} of the API, and its {version} where that is in the path."""

    @property
    def known_columns(self) -> tuple[KeyColumn, ...]:
        """Every column that may be sent, in the order in which it travels."""
        return self.columns + self.optional

    @property
    def naming(self) -> tuple[KeyColumn, ...]:
        """The columns whose keys the platform holds and can remove."""
        return tuple(column for column in self.known_columns if column.names_a_person)

    @property
    def hints(self) -> tuple[KeyColumn, ...]:
        """The columns that only travel beside a naming key."""
        return tuple(column for column in self.known_columns if not column.names_a_person)
