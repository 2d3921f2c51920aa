"""Warehouses without transactions for us: each statement is done for good by itself."""

from abc import ABC, abstractmethod
from collections.abc import Sequence


class OneByOne(ABC):
    """What such a connection does with several statements: whether or not the user's SQL is in them, it may write."""

    __slots__ = ()

    @abstractmethod
    def do(self, sql: str) -> None:
        """The statement is done."""

    def write(self, statements: Sequence[str]) -> None:
        """Done, each by itself."""
        for each in statements:
            self.do(each)

    def fill(self, statements: Sequence[str]) -> None:
        """Tables of ours are filled."""
        self.write(statements)
