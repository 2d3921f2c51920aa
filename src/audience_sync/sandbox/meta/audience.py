"""One custom audience of the pretend Meta: its members, its size as bounds, its statuses."""

from dataclasses import dataclass, field

from audience_sync.sandbox.members import Members

# The kinds of Meta's schema that name a person on their own; all others only help to match.
IDENTIFYING = frozenset({"EMAIL", "PHONE", "MADID", "EXTERN_ID", "UID", "APPUID", "PAGEUID"})
SMALLEST = 100
UNKNOWN = -1
COARSEST = 100

DESCRIPTIONS = {
    200: "This audience is ready for use.",
    300: "Audience size is too small.",
    410: "No one has been uploaded to this audience yet.",
    414: "The members of this audience are being replaced.",
    415: "The members of this audience could not be replaced completely.",
    441: "We're finding people who fit this audience.",
    450: "This audience is being updated.",
    471: "This audience is flagged for integrity reasons.",
}


@dataclass
class Audience:
    """Times are unix seconds by the sandbox's clock.

    `marks`: conditions from outside (flagged, in_use, has_lookalike, never_settles, replace_fails).
    `source`: "single" after uploads with a text schema, "multi" after a list of keys; the two don't mix.
    `busy`: the operation status until `settles_at`, None when at rest.
    """

    id: str
    account_id: str
    details: dict[str, object]
    created_at: float
    members: Members = field(default_factory=lambda: Members(IDENTIFYING))
    marks: set[str] = field(default_factory=set)
    source: str | None = None
    busy: int | None = None
    settles_at: float = 0.0
    updated_at: float = 0.0
    content_updated_at: float = 0.0
    matched: int = UNKNOWN
    incomplete: bool = False

    @property
    def name(self) -> str:
        return str(self.details.get("name", ""))

    def edited(self, now: float, delay_seconds: float, *, status: int | None = None, incomplete: bool = False) -> None:
        """The members changed: the audience is busy and its size outdated until the delay has passed.

        `status` is 414 for a replacement, which may have been left `incomplete`.
        """
        first = self.matched == UNKNOWN
        self.busy = status or (441 if first else 450)
        self.settles_at = now + delay_seconds
        self.content_updated_at = now
        self.incomplete = incomplete

    def settle(self, now: float, share: float) -> None:
        """What is due has happened: the size is known again and the audience at rest."""
        if self.busy is None or now < self.settles_at or "never_settles" in self.marks:
            return
        self.incomplete = self.incomplete or (self.busy == 414 and "replace_fails" in self.marks)
        self.busy = None
        self.matched = self.members.matched(share)

    def operation_status(self) -> int:
        """Meta's operation_status code as of the last `settle`."""
        if "flagged" in self.marks:
            return 471
        if self.busy is not None:
            return self.busy
        if self.incomplete:
            return 415
        return 410 if self.matched == UNKNOWN else 200

    def delivery_status(self) -> int:
        """200 where at least a hundred people were found, otherwise 300."""
        return 200 if self.matched >= SMALLEST else 300

    def bounds(self) -> tuple[int, int]:
        """The size as Meta shows it, lower and upper; (-1, -1) until it was computed.

        The lower bound keeps the first two digits of the matched people, but no finer than whole hundreds;
        the upper one is the next such number.
        """
        if self.matched == UNKNOWN:
            return UNKNOWN, UNKNOWN
        step = max(COARSEST, 10 ** (len(str(self.matched)) - 2))
        lower = self.matched // step * step
        return lower, lower + step
