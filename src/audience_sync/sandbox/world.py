"""Everything that the pretend platforms share: one clock, one list of faults, one record of requests."""

from collections.abc import Sequence

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.faults import WIRE_FAULTS, Fault, FaultList
from audience_sync.sandbox.platform import Platform, PlatformMaker
from audience_sync.sandbox.recorder import Recorder


class World:
    """The sandbox without its sockets; tests in the same process may look and act here directly."""

    def __init__(self, makers: Sequence[PlatformMaker]) -> None:
        self.clock = Clock()
        self.faults = FaultList()
        self.recorder = Recorder()
        made = [make(self.clock) for make in makers]
        self.platforms: dict[str, Platform] = {platform.name: platform for platform in made}

    def fail(self, platform: str, fault: str, *, times: int | None = 1, path: str = "", after: int = 0) -> None:
        """The fault strikes `times` matching requests after `after` of them; ValueError for an unknown one."""
        known = self.platforms[platform]
        order = Fault(platform, fault, times, path, after)
        if order.kind not in WIRE_FAULTS and not known.knows_fault(fault):
            names = ", ".join([*WIRE_FAULTS, *known.faults])
            raise ValueError(f"There is no fault {fault!r} on {platform}. Faults: {names}.")
        if fault.startswith("slow:") and not order.argument.replace(".", "", 1).isdecimal():
            raise ValueError("slow takes a number of seconds: slow:2")
        self.faults.add(order)

    def reset(self) -> None:
        """Everything is as new: no audience, no request, no fault, real time, default settings."""
        self.clock.reset()
        self.faults.clear()
        self.recorder.clear()
        for platform in self.platforms.values():
            platform.reset()
