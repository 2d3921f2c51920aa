"""One user list of the pretend Google: its members, what it still has to process, its sizes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from audience_sync.sandbox.google.payload import IDENTIFYING, Rows
from audience_sync.sandbox.google.settings import LONGEST_MEMBERSHIP_SECONDS, Settings
from audience_sync.sandbox.members import Members

Operation = Literal["ingest", "remove", "removeAll"]
# The share of the matched people that each network reaches: made up, so that the four numbers differ.
REACH = {"displayNetwork": 0.9, "searchNetwork": 1.0, "youtube": 0.8, "gmail": 0.7}


@dataclass
class Work:
    """What one request does to one list, at `due_at`. Times are unix seconds.

    `records` counts all members that were sent, `errors` those that fail, by reason; `rows` are those that remain.
    `before`: of a removeAll, members last added before it go. `matched` counts the rows that Google knows.
    """

    operation: Operation
    accepted_at: float
    due_at: float
    rows: Rows = field(default_factory=dict)
    records: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    before: float = 0.0
    matched: int = 0
    is_applied: bool = False
    is_done: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether nothing of it is carried out."""
        return bool(self.errors) and self.errors.total() >= self.records


@dataclass
class UserList:
    """`details` is the resource as its owner set it, under camelCase names; `marks` are conditions from outside.

    `matched` is the number of people whom Google knows, as of the last request that was processed; None before.
    """

    id: str
    account_id: str
    details: dict[str, Any]
    members: Members = field(default_factory=lambda: Members(IDENTIFYING))
    marks: set[str] = field(default_factory=set)
    waiting: list[Work] = field(default_factory=list)
    matched: int | None = None
    match_percentage: int = 0

    @property
    def name(self) -> str:
        """The name that people see."""
        return str(self.details.get("displayName", ""))

    @property
    def state(self) -> str:
        """How it stands: OPEN or CLOSED, what is still to be worked off, and whom Google knows of it."""
        waiting = f"{len(self.waiting)} waiting" if self.waiting else ""
        matched = "" if self.matched is None else f"{self.matched:,} matched"
        status = str(self.details.get("membershipStatus", "OPEN"))
        return ", ".join(filter(None, (status, waiting, matched)))

    @property
    def resource_name(self) -> str:
        """The name that the API knows it by."""
        return f"accountTypes/GOOGLE_ADS/accounts/{self.account_id}/userLists/{self.id}"

    @property
    def key_type(self) -> str:
        """The one kind of data that it takes."""
        return str(self.details["ingestedUserListInfo"]["uploadKeyTypes"][0])

    @property
    def membership_seconds(self) -> int:
        """How long a member stays after it was last added."""
        duration = str(self.details.get("membershipDuration") or f"{LONGEST_MEMBERSHIP_SECONDS}s")
        return int(float(duration.rstrip("s")))

    def accept(self, work: Work, settings: Settings) -> None:
        """The work is waiting. Its effect shows at once, unless the list promises no order."""
        self.waiting.append(work)
        if settings.shuffled:
            for each in self.waiting:
                each.due_at = work.due_at
        else:
            self._apply(work, settings)

    def settle(self, now: float, settings: Settings) -> None:
        """What is due has happened, the latest request first; the sizes are those after it; old members are gone."""
        self.members.drop_before(now - self.membership_seconds)
        due = [] if "never_settles" in self.marks else [work for work in self.waiting if now >= work.due_at]
        for work in reversed(due):
            self._apply(work, settings)
            work.is_done = True
        if due:
            self.waiting = [work for work in self.waiting if not work.is_done]
            self._measure(settings)

    def sizes(self, smallest: int) -> dict[str, str]:
        """The rounded numbers of members by network; 0 until Google has counted, and while they are few."""
        matched = self.matched or 0
        shown = matched if matched >= smallest else 0
        return {f"{network}MembersCount": str(rounded(int(shown * share))) for network, share in REACH.items()}

    def _apply(self, work: Work, settings: Settings) -> None:
        if work.is_applied or work.has_failed:
            return
        work.is_applied = True
        if work.operation == "removeAll":
            self.members.drop_before(work.before)
        for kinds, rows in work.rows.items():
            if work.operation == "ingest":
                self.members.add(kinds, rows, work.accepted_at)
            else:
                self.members.remove(kinds, rows, whole_person=settings.drop_person)
        work.rows = {}

    def _measure(self, settings: Settings) -> None:
        self.matched = self.members.matched(settings.match_share)
        people = self.members.people
        self.match_percentage = round(100 * self.matched / people) if people else 0


def rounded(count: int) -> int:
    """The count to two significant digits, rounded down."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return count // step * step
