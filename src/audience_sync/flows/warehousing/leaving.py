"""What a deleted warehouse leaves: its profiles here, and in the user's own database the tables of its states."""

from collections.abc import Callable
from dataclasses import dataclass

from audience_sync.errors import AudienceSyncError
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.pushdown.dropping import drop_states, place_of


@dataclass(frozen=True, slots=True)
class States:
    """What became of the tables with which a warehouse compared within itself.

    `dropped` are gone. With a `problem`, those in `schema` whose names begin with `prefix` may still be there.
    """

    schema: str = ""
    prefix: str = ""
    dropped: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""

    @property
    def told(self) -> str:
        """All of it in words; `` when there is nothing to tell."""
        if self.problem:
            return f"{self.problem} {self.hint}"
        gone = ", ".join(self.dropped)
        return f"In {self.schema} of your database these tables were dropped: {gone}." if gone else ""


@dataclass(frozen=True, slots=True)
class Left:
    """`profiles` left the store with the warehouse; and what became of its states."""

    profiles: int
    states: States


def leave_states(kind: str, schema: str, source: str, way: Callable[[], Access]) -> States:
    """The warehouse's states are dropped, or it is told which tables stay: neither holds up the warehouse's end."""
    prefix = ""
    try:
        place = place_of(kind, schema, source)
        prefix = place.prefix
        return States(schema, prefix, drop_states(place, kind, way()))
    except AudienceSyncError as problem:
        return States(
            schema,
            prefix,
            problem=f"Its tables {prefix}… may still be in {schema} of your database: {problem.message}",
            hint=f"Drop them there (DROP TABLE {schema}.{prefix}…), or the schema if nothing else is in it.",
        )
