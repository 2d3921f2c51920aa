"""Who writes into a store that several hosts share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """`holder` is `` while nobody writes; `beats` grows while the holder lives, `fence` with each writer."""

    fence: int
    beats: int
    holder: str
