"""The sandbox's time: the real time plus an offset that only grows when told to."""

import time


class Clock:
    """Unix seconds that can be advanced, so that sixty days pass in a test's moment."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def now(self) -> float:
        """The sandbox's unix time, in seconds."""
        return time.time() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        """Every later `now` is `seconds` further on; time never runs backwards."""
        if seconds < 0:
            raise ValueError("The sandbox's clock only goes forward.")
        self.offset_seconds += seconds

    def reset(self) -> None:
        """The sandbox's time is the real time again."""
        self.offset_seconds = 0.0
