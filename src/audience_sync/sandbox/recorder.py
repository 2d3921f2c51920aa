"""What reached the sandbox, byte for byte, so that a test can search it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

KEPT_REQUESTS = 2_000
KEPT_BYTES = 512 * 1024 * 1024
SECRET_HEADERS = frozenset({"authorization", "access-token", "cookie"})


@dataclass(frozen=True)
class Recorded:
    """One request as it was received. `status` is None when no answer left the sandbox."""

    n: int
    at: float
    platform: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None

    def as_json(self) -> dict[str, object]:
        """The request as the control surface shows it; bytes that are not UTF-8 are escaped."""
        return {**vars(self), "headers": dict(self.headers), "body": self.body.decode("utf-8", "backslashreplace")}


class Recorder:
    """A ring of the latest requests: at most `KEPT_REQUESTS`, at most `KEPT_BYTES` of bodies."""

    def __init__(self) -> None:
        self._ring: deque[Recorded] = deque()
        self._bytes = 0
        self._count = 0

    def record(self, request: Recorded) -> int:
        """The request is kept under the number that is returned; the oldest make room for it."""
        self._count += 1
        self._ring.append(replace(request, n=self._count, headers=_without_secrets(request.headers)))
        self._bytes += len(request.body)
        while len(self._ring) > KEPT_REQUESTS or (self._bytes > KEPT_BYTES and len(self._ring) > 1):
            self._bytes -= len(self._ring.popleft().body)
        return self._count

    def answered(self, n: int, status: int | None) -> None:
        """Request `n` carries the status that was answered, unless it was dropped meanwhile."""
        for place in range(len(self._ring) - 1, -1, -1):
            if self._ring[place].n == n:
                self._ring[place] = replace(self._ring[place], status=status)
                return

    def requests(self, *, platform: str = "", path: str = "", since: int = 0) -> list[Recorded]:
        """The kept requests after number `since`, oldest first; `path` is a piece of the path."""
        return [
            request
            for request in self._ring
            if request.n > since and request.platform.startswith(platform) and path in request.path
        ]

    def forgotten(self) -> int:
        """How many requests were recorded and have since made room for others."""
        return self._count - len(self._ring)

    def clear(self) -> None:
        """No request is kept, and numbering starts again."""
        self._ring.clear()
        self._bytes = 0
        self._count = 0


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "***" if name in SECRET_HEADERS else value for name, value in headers.items()}
