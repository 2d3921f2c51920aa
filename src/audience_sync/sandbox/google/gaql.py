"""The Google Ads Query Language, as far as its accounts can be asked for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.adserrors import AdsError

_LIST = r"\((?P<list>[^()]*)\)"
_ONE = r"(?P<one>\"[^\"]*\"|'[^']*'|[\w.%-]+)"
_CLAUSES = re.compile(
    r"\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<from>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\S+))?"
    r"(?:\s+PARAMETERS\s+(?P<parameters>.+?))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    rf"\s*(?P<field>[\w.]+)\s*(?P<operator>!=|>=|<=|=|>|<|NOT\s+IN\b|IN\b|NOT\s+LIKE\b|LIKE\b)\s*(?:{_LIST}|{_ONE})\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_AND = re.compile(r"AND\b", re.IGNORECASE)


@dataclass(frozen=True)
class Condition:
    """One comparison of the WHERE clause; the operator in upper case with single blanks."""

    field: str
    operator: str
    values: tuple[str, ...]

    def holds(self, value: Any) -> bool:
        """Whether the field's value meets the condition; numbers are compared as numbers."""
        return OPERATORS[self.operator](value, [_like(value, each) for each in self.values])


@dataclass(frozen=True)
class Query:
    """A query, read. `order` holds pairs of a field and whether it runs downwards; `limit` None = all."""

    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int | None


OPERATORS: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "=": lambda left, right: left == right[0],
    "!=": lambda left, right: left != right[0],
    ">": lambda left, right: left > right[0],
    ">=": lambda left, right: left >= right[0],
    "<": lambda left, right: left < right[0],
    "<=": lambda left, right: left <= right[0],
    "IN": lambda left, right: left in right,
    "NOT IN": lambda left, right: left not in right,
    "LIKE": lambda left, right: _matches(left, right[0]),
    "NOT LIKE": lambda left, right: not _matches(left, right[0]),
}


def parse(text: str) -> Query:
    """The query; AdsError where it cannot be read."""
    found = _CLAUSES.fullmatch(text)
    if found is None:
        missing = "EXPECTED_SELECT" if not re.match(r"\s*SELECT\b", text, re.IGNORECASE) else "UNEXPECTED_INPUT"
        raise AdsError("queryError", missing, f"Error in query: unexpected input {text[:40]}")
    limit = found["limit"]
    if limit is not None and (not limit.isdecimal() or int(limit) < 1):
        raise AdsError("queryError", "BAD_LIMIT_VALUE")
    fields = tuple(each.strip() for each in found["select"].split(","))
    order = tuple(_ordering(each) for each in (found["order"] or "").split(",") if each.strip())
    conditions = _conditions(found["where"]) if found["where"] else ()
    return Query(fields, found["from"].lower(), conditions, order, int(limit) if limit else None)


def _conditions(text: str) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    at = 0
    while True:
        found = _CONDITION.match(text, at)
        if found is None:
            raise AdsError("queryError", "UNEXPECTED_INPUT", f"Error in WHERE clause: {text[at : at + 40]}")
        conditions.append(_condition(found))
        at = found.end()
        if at == len(text):
            return tuple(conditions)
        joined = _AND.match(text, at)
        if joined is None:
            raise AdsError("queryError", "EXPECTED_AND")
        at = joined.end()


def _condition(found: re.Match[str]) -> Condition:
    operator = " ".join(found["operator"].upper().split())
    is_list = found["list"] is not None
    if is_list != operator.endswith("IN"):
        raise AdsError("queryError", "EXPECTED_LIST" if operator.endswith("IN") else "EXPECTED_SINGLE_VALUE")
    values = [each.strip() for each in found["list"].split(",")] if is_list else [found["one"]]
    return Condition(
        found["field"], operator, tuple(each[1:-1] if _QUOTED.fullmatch(each) else each for each in values)
    )


def _ordering(text: str) -> tuple[str, bool]:
    field, _, direction = text.strip().partition(" ")
    if direction.strip().upper() not in ("", "ASC", "DESC"):
        raise AdsError("queryError", "UNEXPECTED_INPUT")
    return field, direction.strip().upper() == "DESC"


def _like(value: Any, text: str) -> Any:
    """The text of a query as a value of the same kind as the field's."""
    if isinstance(value, bool):
        if text.upper() not in ("TRUE", "FALSE"):
            raise AdsError("queryError", "BAD_VALUE")
        return text.upper() == "TRUE"
    if isinstance(value, int):
        if not text.isdecimal():
            raise AdsError("queryError", "BAD_NUMBER")
        return int(text)
    return text


def _matches(value: Any, pattern: str) -> bool:
    expression = ".*".join(re.escape(each) for each in pattern.split("%"))
    return re.fullmatch(expression, str(value), re.IGNORECASE | re.DOTALL) is not None
