"""How many calls were made within the last second, by token and by app."""

from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class Rate:
    """The times of each caller's latest calls, oldest first."""

    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admits(self, now: float, limits: dict[str, float]) -> bool:
        """Whether every caller is below its limit of calls a second (0 = none); only then the call is counted."""
        if any(limit and self._lately(caller, now) >= limit for caller, limit in limits.items()):
            return False
        for caller in limits:
            self.calls[caller].append(now)
        return True

    def _lately(self, caller: str, now: float) -> int:
        calls = self.calls[caller]
        while calls and calls[0] <= now - 1:
            calls.popleft()
        return len(calls)
