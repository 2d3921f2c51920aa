"""How many calls the project has made lately, by the kinds of call that Google counts apart."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from audience_sync.sandbox.google.errors import GoogleError
from audience_sync.sandbox.google.settings import Settings

MINUTE_SECONDS = 60.0
# The kinds of call, by (is it about members?, does it write?), as the quota's name begins.
BUCKETS = {
    (True, True): "IngestionMutateRequests",
    (True, False): "IngestionReadRequests",
    (False, True): "ManagementMutateRequests",
    (False, False): "ManagementReadRequests",
}


@dataclass
class Usage:
    """The times of the calls within the last minute, oldest first, by bucket."""

    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, bucket: str, now: float, settings: Settings) -> None:
        """The call is counted; 429 where it is one too many, and then it is not counted."""
        calls = self.calls[bucket]
        while calls and calls[0] <= now - MINUTE_SECONDS:
            calls.popleft()
        if settings.requests_per_minute and len(calls) >= settings.requests_per_minute:
            raise exhausted(bucket, calls[0] + MINUTE_SECONDS - now)
        if settings.requests_per_second and self._lately(now) >= settings.requests_per_second:
            raise exhausted(bucket, 1.0)
        calls.append(now)

    def _lately(self, now: float) -> int:
        """The calls of the last second, of all kinds."""
        lately = 0
        for calls in self.calls.values():
            for moment in reversed(calls):
                if moment <= now - 1:
                    break
                lately += 1
        return lately


def exhausted(bucket: str, wait_seconds: float, period: str = "Minute") -> GoogleError:
    """The refusal of one call too many; `wait_seconds` 0 = it does not say how long."""
    limit = {"quota_limit": f"{bucket}Per{period}PerProject", "service": "datamanager.googleapis.com"}
    return GoogleError(429, "RESOURCE_EXHAUSTED", metadata=limit, retry_seconds=round(wait_seconds, 3))


def bucket_of(method: str, path: str) -> str:
    """The bucket that a call of the Data Manager API is counted in."""
    is_about_members = "/userLists" not in path
    return BUCKETS[is_about_members, method != "GET"]
