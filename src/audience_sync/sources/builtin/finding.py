"""Profiles by one identifier, whichever way it is written in the store."""

from collections.abc import Callable
from typing import TypeAlias

import duckdb

from audience_sync.errors import Invalid
from audience_sync.identity.places import region_of
from audience_sync.identity.plain import PLAIN_1
from audience_sync.identity.rules import settle
from audience_sync.model.identifiers import NAMING, IdentifierKind, KeyColumn
from audience_sync.sources.builtin.duck import trimmed
from audience_sync.sources.builtin.lists import ENDING
from audience_sync.sources.protocol import Question

MOST_CANDIDATES = 5000
"""Phones with the same last digits that are read one by one."""
Found: TypeAlias = list[str]


def find_profiles(
    connection: duckdb.DuckDBPyConnection, kind: IdentifierKind, value: str, question: Question, *, limit: int
) -> Found:
    """Ids of the profiles that have it, in their order, at most so many. Reads the view `stored`.

    INVALID_IDENTIFIER when the value is none of its kind; the refusal does not repeat it, because it may be personal.
    """
    wanted = normal_form(kind, value, question.default_country)
    finder = FINDERS.get(kind, _as_it_is)
    return finder(connection, kind, wanted, question)[:limit]


def normal_form(kind: IdentifierKind, value: str, country: str) -> str:
    """Our own normal form of the value, as `plain/1` makes it; Invalid INVALID_IDENTIFIER when it has none."""
    if kind not in NAMING:
        raise Invalid(f"Nobody is found by {kind}.", f"Search by {', '.join(NAMING)}.", code="INVALID_IDENTIFIER")
    column = KeyColumn(kind, str(kind), hashed=False)
    settled = settle(PLAIN_1.of(column), value, region_of(country, ""))
    if settled.reason:
        raise Invalid(
            f"This is no usable {kind.replace('_', ' ')} ({settled.reason.replace('_', ' ')}).",
            HINTS.get(kind, "Give it as it is in your data."),
            code="INVALID_IDENTIFIER",
            details={"field": "value"},
        )
    return settled.text


HINTS = {
    IdentifierKind.EMAIL: "Give the whole address, such as name@example.com.",
    IdentifierKind.PHONE: "Give it with its country, such as +1 415 555 0100.",
    IdentifierKind.MOBILE_AD_ID: "It is a UUID with its hyphens.",
}


def _regardless_of_case(
    connection: duckdb.DuckDBPyConnection, kind: IdentifierKind, wanted: str, _question: Question
) -> Found:
    return _ids(connection, f"lower({trimmed('value')}) = $wanted", kind, wanted)


def _as_it_is(connection: duckdb.DuckDBPyConnection, kind: IdentifierKind, wanted: str, _question: Question) -> Found:
    return _ids(connection, f"{trimmed('value')} = $wanted", kind, wanted)


def _ids(connection: duckdb.DuckDBPyConnection, condition: str, kind: IdentifierKind, wanted: str) -> Found:
    each = f"SELECT profile_id, unnest({kind}) AS value FROM stored"
    query = f"SELECT DISTINCT profile_id FROM ({each}) WHERE {condition} ORDER BY profile_id"
    return [str(found) for (found,) in connection.execute(query, {"wanted": wanted}).fetchall()]


def _by_phone(connection: duckdb.DuckDBPyConnection, kind: IdentifierKind, wanted: str, question: Question) -> Found:
    """Only phones that end alike are understood, each in its profile's country."""
    each = f"SELECT profile_id, unnest({kind}) AS raw, coalesce(country, '') AS country FROM stored"
    ending = ENDING.format("raw")
    query = f"SELECT profile_id, raw, country FROM ({each}) WHERE {ending} = right($wanted, 6) ORDER BY profile_id"
    near = connection.execute(f"{query} LIMIT {MOST_CANDIDATES}", {"wanted": wanted}).fetchall()
    made = PLAIN_1.of(KeyColumn(kind, str(kind), hashed=False))
    default = question.default_country
    found = (str(owner) for owner, raw, where in near if settle(made, raw, region_of(where, default)).text == wanted)
    return list(dict.fromkeys(found))


FINDERS: dict[IdentifierKind, Callable[[duckdb.DuckDBPyConnection, IdentifierKind, str, Question], Found]] = {
    IdentifierKind.EMAIL: _regardless_of_case,
    IdentifierKind.MOBILE_AD_ID: _regardless_of_case,
    IdentifierKind.PHONE: _by_phone,
}
