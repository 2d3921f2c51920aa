"""How often an app may call, and what it is told when it calls too often."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.settings import Settings

MINUTE_SECONDS = 60
PENALTY_SECONDS = 300


@dataclass
class Limits:
    """The times of each app's calls within the last minute, oldest first, and until when an app is stopped."""

    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    stopped_until: dict[str, float] = field(default_factory=dict)

    def spend(self, app_id: str, now: float, settings: Settings) -> None:
        """The call is counted; code 40100 where it is one too many, and then it is not counted.

        Over the second the app may go on in the next one; over the minute it is stopped for five. It is told the same.
        """
        calls = self.calls[app_id]
        while calls and calls[0] <= now - MINUTE_SECONDS:
            calls.popleft()
        if now < self.stopped_until.get(app_id, 0.0):
            raise TikTokError(40100)
        if settings.requests_per_minute and len(calls) >= settings.requests_per_minute:
            self.stopped_until[app_id] = now + PENALTY_SECONDS
            raise TikTokError(40100)
        if settings.requests_per_second and _lately(calls, now) >= settings.requests_per_second:
            raise TikTokError(40100)
        calls.append(now)


def _lately(calls: deque[float], now: float) -> int:
    lately = 0
    for moment in reversed(calls):
        if moment <= now - 1:
            break
        lately += 1
    return lately
