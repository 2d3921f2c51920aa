"""What every kind of warehouse can be asked; a new kind is one module and one line in the registry."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from audience_sync.errors import SourceError


@dataclass(frozen=True, slots=True)
class Access:
    """The way to a warehouse, and what a question may cost. The address is a secret: it is in no text of this value.

    `folder` is where files may be read, `None` for nowhere; `work` is a private place for what does not fit in memory.
    """

    address: str = field(repr=False)
    seconds: float
    work: Path
    folder: Path | None = None
    memory_limit_mb: int = 1024


@dataclass(frozen=True, slots=True)
class Rows:
    """A statement's rows while they come; the batches end when the connection does."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


class Session(Protocol):
    """A connection that cannot write. Whatever it complains of is told without data and without secrets."""

    def test(self) -> str:
        """What answers, as whom, in words."""
        ...

    def estimate(self, sql: str) -> int | None:
        """Rows that the statement is expected to give, without running it; None where nobody can tell."""
        ...

    def stream(self, sql: str) -> Rows:
        """The statement's rows, in batches of bounded size."""
        ...


class Kind(Protocol):
    """One kind of warehouse. It has no state."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def dialect(self) -> str:
        """SQLGlot's name of its SQL."""
        ...

    @property
    def example(self) -> str:
        """An address as it should look."""
        ...

    @property
    def everything(self) -> str:
        """The statement that stands for none; `` where one must be given."""
        ...

    @property
    def effects(self) -> tuple[str, ...]:
        """How functions begin that do more than read, in lower case: `pg_read` means all such, `url(` that one."""
        ...

    def shown(self, address: str) -> str:
        """The address without what is secret; Invalid, not quoting it, when it is none."""
        ...

    def connect(self, access: Access) -> AbstractContextManager[Session]:
        """A session; Unreadable with the way out when there is none."""
        ...


class TookTooLong(SourceError):
    """The time limit of a warehouse's SQL is over."""

    status = 409
    code = "WAREHOUSE_TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The warehouse's SQL took longer than {seconds:g} seconds.",
            "Make it read less, or raise the warehouse's time limit.",
        )
