"""Where states lie: tables of ours in the one schema of the warehouse that the user allows us to write to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.pushdown.pack import Pack
from audience_sync.sources.warehouses.pushdown.statements import Asking, Selected

PART = re.compile(r"[\w-]{1,63}")
PREFIX = "audience_sync_"
SHORT = 12
"""Characters of an id that a table's name has: it must be told from others, and fit."""


def parts_of(schema: str) -> list[str]:
    """The parts of a schema's name; Invalid when it is none."""
    parts = schema.strip().split(".")
    if not 1 <= len(parts) <= 3 or not all(PART.fullmatch(part) for part in parts):
        raise Invalid(f"{schema[:200]!r} is no name of a schema.", "Write schema, or catalog.schema, without quotes.")
    return parts


@dataclass(frozen=True, slots=True)
class Place:
    """The schema, and whose tables in it are meant."""

    pack: Pack
    schema: str
    source: str

    @property
    def listing(self) -> str:
        """The statement that lists the schema's tables."""
        parts = parts_of(self.schema)
        return self.pack.tables.format(self._schema(), self.pack.literal(parts[-1]))

    def own(self, listed: Iterable[object]) -> list[str]:
        """Those of our tables that are listed, in whichever columns."""
        return sorted({name for name in listed if isinstance(name, str) and name.startswith(self.prefix)})

    def table(self, name: str) -> str:
        """A table of ours by its full name."""
        return f"{self._schema()}.{self.pack.quote(name)}"

    def name(self, token: str) -> str:
        """The name of the state of one pull."""
        return f"{self.prefix}{_short(token)}"

    def asking(self, select: Selected, state: str) -> Asking:
        """The tables of the pull that makes that state."""
        names = (state, f"{state}_wanted", f"{state}_asked")
        seen, wanted, asked = (self._scratch(name) for name in names)
        return Asking(self.pack, select, seen, wanted, asked)

    @property
    def prefix(self) -> str:
        """How the names of our tables begin, those of this warehouse alone."""
        return f"{PREFIX}{_short(self.source)}_"

    def _scratch(self, name: str) -> str:
        return f"{self.pack.scratch}.{self.pack.quote(name)}" if self.pack.scratch else self.table(name)

    def _schema(self) -> str:
        return ".".join(self.pack.quote(part) for part in parts_of(self.schema))


def _short(identity: str) -> str:
    return identity.replace("-", "")[:SHORT]
