"""Which snapshot of a shared store is the newest, and who may move on from it: what the store needs of a database."""

from typing import Protocol

from audience_sync.model.held import Held


class Pointer(Protocol):
    """One row that all hosts see at once. Calls come from any thread."""

    def read(self) -> str:
        """The text of the newest manifest, `` while there is none."""

    def owner(self) -> str:
        """The name that the store's objects bear, so that no other installation takes them for its own."""

    def held(self) -> Held:
        """Who writes now."""

    def take(self, seen: Held, holder: str) -> int | None:
        """The holder's fence; None when somebody did anything since that was seen."""

    def beat(self, fence: int) -> bool:
        """The holder lives; False when another one has taken over. True while nobody can be asked."""

    def free(self, fence: int) -> None:
        """Nobody writes, if it was the one with that fence and the database can be reached."""

    def move(self, fence: int, text: str) -> bool:
        """The newest manifest is this; False, and nothing is changed, when another one has taken over."""
