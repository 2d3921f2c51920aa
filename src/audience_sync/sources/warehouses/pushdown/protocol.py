"""What a kind of warehouse must offer so that it can compare within itself."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.pushdown.pack import Pack


class Comparing(Protocol):
    """A connection that keeps the user's SQL from writing, and lets our own statements write into our tables."""

    def write(self, statements: Sequence[str]) -> None:
        """Our own statements are done, for good. None of them has a word of the user's SQL."""
        ...

    def fill(self, statements: Sequence[str]) -> None:
        """Tables of ours are filled, by statements around the user's SQL, as far as one may look into it."""
        ...

    def stream(self, sql: str) -> Rows:
        """The statement's rows, in batches of bounded size."""
        ...


class Comparer(Protocol):
    """One kind of warehouse that can."""

    @property
    def pack(self) -> Pack: ...

    def connect(self, access: Access) -> AbstractContextManager[Comparing]: ...
