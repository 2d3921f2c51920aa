"""The end of a warehouse's states: no table of ours is left in the schema that we were allowed to write to."""

from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.pushdown.comparing import values
from audience_sync.sources.warehouses.pushdown.places import Place
from audience_sync.sources.warehouses.pushdown.registry import comparer_of


def place_of(kind: str, schema: str, source: str) -> Place:
    """Where that warehouse's states lie; Invalid when it is no kind that can keep any, or no schema."""
    return Place(comparer_of(kind).pack, schema, source)


def drop_states(place: Place, kind: str, access: Access) -> tuple[str, ...]:
    """The warehouse has none of its states any more; the names of the tables that are gone."""
    with comparer_of(kind).connect(access) as session:
        own = place.own(values(session, place.listing))
        if own:
            session.write([f"DROP TABLE {place.table(name)}" for name in own])
    return tuple(own)
