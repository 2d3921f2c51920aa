"""One writer at a time over all hosts: a lease that lives as long as its holder gives signs of life.

No clocks are compared. Whoever waits takes over when it has seen no beat for LIFE_SECONDS of its own. A holder that was
only slow learns of it when it wants to publish: its fence is no longer the newest, and nothing of it counts.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from audience_sync.model.held import Held
from audience_sync.sources.builtin.pointer import Pointer

log = structlog.get_logger(__name__)

LIFE_SECONDS = 60.0
BEATS = 6
"""Signs of life in that time."""
LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Lease:
    """How a place's writers get their turn."""

    pointer: Pointer
    life_seconds: float = LIFE_SECONDS
    look_seconds: float = LOOK_SECONDS
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    @contextmanager
    def held(self, holder: str) -> Iterator[int]:
        """The fence of whoever writes while the context is open."""
        fence = self._taken(holder)
        done = threading.Event()
        beating = threading.Thread(target=self._beat, args=(fence, done), daemon=True)
        beating.start()
        try:
            yield fence
        finally:
            done.set()
            beating.join()
            self.pointer.free(fence)

    def _taken(self, holder: str) -> int:
        seen, since = self.pointer.held(), self.clock()
        while True:
            # On one host the lock of its folder says that whoever of it held the lease is dead.
            if seen.holder in ("", holder) or self.clock() - since > self.life_seconds:
                fence = self.pointer.take(seen, holder)
                if fence is not None:
                    if seen.holder:
                        log.warning("took over from a writer that gave no sign of life", fence=fence)
                    return fence
            self.pause(self.look_seconds)
            seen, since = self._looked(seen, since)

    def _looked(self, before: Held, since: float) -> tuple[Held, float]:
        now = self.pointer.held()
        return (before, since) if now == before else (now, self.clock())

    def _beat(self, fence: int, done: threading.Event) -> None:
        while not done.wait(self.life_seconds / BEATS):
            if not self.pointer.beat(fence):
                log.warning("another host took over writing profiles", fence=fence)
                return


def holder_of(root: Path) -> str:
    """The name of whoever writes into that folder: the same after a crash, another one on every host."""
    file = root / "holder"
    if not file.exists():
        half_made = root / f"holder-{uuid4().hex}.new"
        half_made.touch(mode=0o600)
        half_made.write_text(uuid4().hex, "utf-8")
        half_made.replace(file)
    return f"{socket.gethostname()[:100]}/{file.read_text('utf-8')}"
