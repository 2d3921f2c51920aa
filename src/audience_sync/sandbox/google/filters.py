"""The filter of a list call: conditions joined by AND, as AIP-160 writes them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.errors import invalid
from audience_sync.sandbox.google.schema import camel, snake

FIELDS = (
    "id", "display_name", "description", "membership_status", "integration_code", "access_reason",
    "ingested_user_list_info.upload_key_types",
)  # fmt: skip
_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s",()]+'
_COMPARISON = re.compile(rf"\s*([\w.]+)\s*(!=|>=|<=|=|>|<|:)\s*({_VALUE})\s*")
_MEMBERSHIP = re.compile(rf"\s*IN\s*\(\s*([\w.]+)((?:\s*,\s*(?:{_VALUE}))+)\s*\)\s*")
_AND = re.compile(r"AND\b")


@dataclass(frozen=True)
class Condition:
    """One comparison. `field` is in snake_case, the operator IN has several values."""

    field: str
    operator: str
    values: tuple[str, ...]

    def holds(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource, as the API shows it, meets the condition."""
        found = _value(resource, self.field)
        if isinstance(found, list):
            return (self.values[0] in found) != (self.operator == "!=")
        if self.operator == "IN":
            return found in self.values
        if self.operator == ":":
            return self.values[0].lower() in str(found).lower() if self.values[0] != "*" else bool(found)
        return COMPARISONS[self.operator](*_comparable(self.field, str(found), self.values[0]))


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}


def parse_filter(text: str) -> list[Condition]:
    """The conditions of the filter; GoogleError INVALID_FILTER where it cannot be read."""
    conditions: list[Condition] = []
    at = 0
    while text.strip() and at <= len(text):
        membership = _MEMBERSHIP.match(text, at)
        found = membership or _COMPARISON.match(text, at)
        if found is None:
            raise invalid("filter", "INVALID_FILTER")
        values = re.findall(_VALUE, found[2] if membership else found[3])
        conditions.append(_condition(found[1], "IN" if membership else found[2], values))
        at = found.end()
        if at == len(text):
            break
        joined = _AND.match(text, at)
        if joined is None:
            raise invalid("filter", "INVALID_FILTER")
        at = joined.end()
    return conditions


def _condition(field: str, operator: str, values: list[str]) -> Condition:
    name = snake(field)
    if name not in FIELDS:
        raise invalid("filter", "INVALID_FILTER")
    plain = [re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value for value in values]
    if name == "id" and not all(value.isdecimal() for value in plain):
        raise invalid("filter", "INVALID_FILTER")
    return Condition(name, operator, tuple(plain))


def _value(resource: Mapping[str, Any], field: str) -> Any:
    if field == "ingested_user_list_info.upload_key_types":
        return resource["ingestedUserListInfo"]["uploadKeyTypes"]
    return resource.get(camel(field), "")


def _comparable(field: str, left: str, right: str) -> tuple[Any, Any]:
    return (int(left), int(right)) if field == "id" else (left, right)
