"""Which members of an accepted request fail while it is processed, and why."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.payload import Cells, Payload

Member = tuple[Mapping[str, Any], Cells]
GRANTED, DENIED = "CONSENT_GRANTED", "CONSENT_DENIED"
SIGNALS = ("adUserData", "adPersonalization")
# Of a request that is partly to fail, one member in this many does.
ONE_IN = 4


@dataclass(frozen=True)
class Failing:
    """The conditions that one request meets. `all_reason` and `some_reason` are "" where nothing is to fail."""

    all_reason: str
    some_reason: str
    needs_consent: bool

    def reasons(self, consent: Mapping[str, str], members: Sequence[Member]) -> list[str]:
        """For every member the reason why it fails, "" where it does not; `consent` is that of the whole request."""
        if self.all_reason:
            return [self.all_reason] * len(members)
        return [self._reason(consent, member, cells) for member, cells in members]

    def _reason(self, consent: Mapping[str, str], member: Mapping[str, Any], cells: Cells) -> str:
        if self.some_reason and zlib.crc32(cells[0][1].encode()) % ONE_IN == 0:
            return self.some_reason
        return consent_fault(member.get("consent") or consent) if self.needs_consent else ""


def failing(faults: Mapping[str, str], marks: Collection[str], *, ingests: bool, payload: Payload) -> Failing:
    """What the faults of this request and the marks of its list let fail."""
    all_reason = "DEK_DECRYPTION_ERROR" if payload.is_sealed else ""
    some_reason = ""
    if "fails" in faults or "fails" in marks:
        all_reason = faults.get("fails") or "INTERNAL_ERROR"
    if "partial" in faults or "partial" in marks:
        some_reason = faults.get("partial") or "INTERNAL_ERROR"
    return Failing(all_reason, some_reason, needs_consent=ingests and "eea" in marks)


def consent_fault(consent: Mapping[str, str]) -> str:
    """Why people of the European Economic Area with this consent cannot be used; "" where they can.

    Both signals must be granted; a missing one is not known, none at all is no consent.
    """
    signals = [consent.get(name, "") for name in SIGNALS]
    if signals == [GRANTED, GRANTED]:
        return ""
    if DENIED in signals:
        return "DENIED_CONSENT"
    return "UNKNOWN_CONSENT" if GRANTED in signals else "NO_CONSENT"
