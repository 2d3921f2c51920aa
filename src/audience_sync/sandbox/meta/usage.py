"""How much an ad account has used of its limits, and the headers that say so."""

import json
import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from audience_sync.sandbox.meta.errors import GraphError, fault_code
from audience_sync.sandbox.meta.settings import Settings

HOUR_SECONDS = 3_600


@dataclass
class Usage:
    """The times of each ad account's calls within the last hour, oldest first."""

    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, account: str, now: float, settings: Settings) -> None:
        """The call is counted; the rate-limit error where it is one too many, and then it is not counted."""
        calls = self.calls[account]
        while calls and calls[0] <= now - HOUR_SECONDS:
            calls.popleft()
        if len(calls) >= settings.calls_per_hour:
            wait = math.ceil((calls[0] + HOUR_SECONDS - now) / 60)
            raise GraphError(80003, minutes=max(1, wait))
        if settings.requests_per_second and self._lately(account, now) >= settings.requests_per_second:
            raise GraphError(*fault_code(settings.limit_error), minutes=1)
        calls.append(now)

    def percent(self, account: str, settings: Settings) -> int:
        """The share of the hour's calls that is used, 0-100."""
        return min(100, len(self.calls[account]) * 100 // max(1, settings.calls_per_hour))

    def _lately(self, account: str, now: float) -> int:
        lately = 0
        for moment in reversed(self.calls[account]):
            if moment <= now - 1:
                break
            lately += 1
        return lately


def usage_headers(account: str, percent: int, minutes: int) -> dict[str, str]:
    """Meta's three usage headers; the wait `minutes` is 0 while the caller may go on."""
    business = {
        "type": "custom_audience",
        "call_count": percent,
        "total_cputime": percent // 10,
        "total_time": percent // 5,
        "estimated_time_to_regain_access": minutes,
        "ads_api_access_tier": "standard_access",
    }
    score = {"acc_id_util_pct": percent, "reset_time_duration": minutes * 60, "ads_api_access_tier": "standard_access"}
    return {
        "x-business-use-case-usage": json.dumps({account: [business]}),
        "x-ad-account-usage": json.dumps(score),
        "x-app-usage": json.dumps({"call_count": percent // 10, "total_cputime": 0, "total_time": percent // 10}),
    }
