"""Member requests that were accepted, and what became of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.messages import ERROR_PREFIX
from audience_sync.sandbox.google.userlist import UserList, Work

RANGE_PREFIX = "MATCH_RATE_RANGE_"
# The status of each kind of data, and the names of its numbers.
COUNTS = {"userData": "userIdentifierCount", "mobileData": "mobileIdCount", "userIdData": "userIdCount"}
DATA_TYPES = {"emailAddress": "EMAIL", "phoneNumber": "PHONE_NUMBER", "address": "ADDRESS", "ipAddress": "IP_ADDRESS"}
WITH_RANGE = ("userData", "compositeData")


@dataclass(frozen=True)
class Part:
    """What a request does to one destination. `kind` of data is "" for a removeAll; `cells` counts them by kind."""

    destination: Mapping[str, Any]
    user_list: UserList
    work: Work
    kind: str = ""
    cells: Mapping[str, int] | None = None

    def status(self, eligible_records: int) -> dict[str, Any]:
        """How far it has come, as the API shows it."""
        return {
            "destination": self.destination,
            "requestStatus": self._state(),
            **self._errors(),
            **self._numbers(eligible_records),
        }

    def _state(self) -> str:
        if not self.work.is_done:
            return "PROCESSING"
        if self.work.has_failed:
            return "FAILED"
        return "PARTIAL_SUCCESS" if self.work.errors else "SUCCESS"

    def _errors(self) -> dict[str, Any]:
        if not self.work.is_done or not self.work.errors:
            return {}
        counts = [
            {"recordCount": str(count), "reason": f"{ERROR_PREFIX}{reason}"}
            for reason, count in self.work.errors.most_common()
        ]
        return {"errorInfo": {"errorCounts": counts}}

    def _numbers(self, eligible_records: int) -> dict[str, Any]:
        if not self.kind:
            return {"removeAllAudienceMembersStatus": {}}
        numbers: dict[str, Any] = {"recordCount": str(self.work.records), **self._counts()}
        if self.work.operation == "remove":
            return {"audienceMembersRemovalStatus": {f"{self.kind}RemovalStatus": numbers}}
        if self.kind in WITH_RANGE:
            numbers["uploadMatchRateRange"] = self._range(eligible_records)
        return {"audienceMembersIngestionStatus": {f"{self.kind}IngestionStatus": numbers}}

    def _counts(self) -> dict[str, Any]:
        cells = Counter(self.cells or {})
        if self.kind in COUNTS:
            return {COUNTS[self.kind]: str(cells.total())}
        counted = [{"type": DATA_TYPES[kind], "count": str(count)} for kind, count in sorted(cells.items())]
        return {"dataTypeCounts": counted}

    def _range(self, eligible_records: int) -> str:
        if not self.work.is_done or self.work.has_failed:
            return f"{RANGE_PREFIX}UNKNOWN"
        if self.work.records < eligible_records:
            return f"{RANGE_PREFIX}NOT_ELIGIBLE"
        return match_range(self.work.matched / self.work.records)


@dataclass(frozen=True)
class Request:
    """One accepted request; `accepted_at` is in unix seconds."""

    id: str
    accepted_at: float
    parts: Sequence[Part]


def match_range(share: float) -> str:
    """The range that a share (0.0-1.0) falls in."""
    percent = round(100 * share)
    if percent < 20:
        return f"{RANGE_PREFIX}LESS_THAN_20"
    low = 20 if percent <= 30 else (percent - 1) // 10 * 10 + 1
    return f"{RANGE_PREFIX}{low}_TO_{30 if low == 20 else low + 9}"
