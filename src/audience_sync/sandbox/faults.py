"""Failures on demand: which fault strikes which request, and how often."""

import re
from dataclasses import dataclass, field

# Faults of the network and of any web server; a platform adds the names of its own.
WIRE_FAULTS = {
    "slow": "slow[:seconds] - answers after that many real seconds (default 1)",
    "http500_html": "an HTML page with status 500; nothing was applied",
    "http500_after": "an HTML page with status 500, although the request was applied",
    "http502_html": "a gateway's HTML page with status 502; nothing was applied",
    "http503": "status 503 without a body; nothing was applied",
    "html200": "an HTML page with status 200, although the request was applied",
    "reset_before": "the connection is dropped before anything was applied",
    "reset_after": "the connection is dropped after the request was applied",
}


@dataclass
class Fault:
    """One order to fail: `times` requests (None: every one) on a matching path, once `after` of them have passed.

    `name` is a fault's name with an optional argument after a colon: `slow:2`, `error:200/1870090`.
    `path` is a regular expression, searched for in "METHOD /path"; a plain piece of the path will do.
    """

    platform: str
    name: str
    times: int | None = 1
    path: str = ""
    after: int = 0
    struck: int = field(default=0, init=False)

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def argument(self) -> str:
        return self.name.partition(":")[2]

    def strikes(self, line: str) -> bool:
        """Whether this fault hits the request `line`; counts the request if it matches."""
        if self.times == 0 or not re.search(self.path, line):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times = None if self.times is None else self.times - 1
        self.struck += 1
        return True


class FaultList:
    """The faults that are waiting, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """The fault strikes from the next matching request on; ValueError where its path is no expression."""
        try:
            re.compile(fault.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from error
        self._faults.append(fault)

    def take(self, platform: str, method: str, path: str) -> dict[str, str]:
        """The faults that strike this request: kind -> argument. Spent ones are forgotten.

        Of each kind one strikes at a time, the oldest, so that a sequence of answers can be ordered.
        """
        struck: dict[str, str] = {}
        for fault in self._faults:
            if fault.platform == platform and fault.kind not in struck and fault.strikes(f"{method} {path}"):
                struck[fault.kind] = fault.argument
        self._faults = [fault for fault in self._faults if fault.times != 0]
        return struck

    def waiting(self) -> list[Fault]:
        """The faults that are still to strike."""
        return list(self._faults)

    def clear(self) -> None:
        """No fault is waiting."""
        self._faults.clear()
