"""The rule tree of a segment: what a profile must be, have or have done. Values only; nothing is evaluated here."""

from dataclasses import dataclass
from enum import StrEnum

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None


class Op(StrEnum):
    """How a value is compared. Every comparison is true or false: with a missing value all of them are false, but the
    negative ones (is_not, not_in, not_contains, not_exists) are true."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    BEFORE = "before"
    AFTER = "after"
    ON = "on"
    IN_LAST_DAYS = "in_last_days"
    MORE_THAN_DAYS_AGO = "more_than_days_ago"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


NEGATIVE = {
    Op.IS_NOT: Op.IS,
    Op.NOT_IN: Op.IN,
    Op.NOT_CONTAINS: Op.CONTAINS,
    Op.NOT_EXISTS: Op.EXISTS,
}
"""A negative comparison is the exact opposite of its positive one."""

COUNTING = (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.IS, Op.IS_NOT, Op.BETWEEN)
"""How a number of events, or a sum over them, is compared."""


class Subject(StrEnum):
    """What a comparison looks at."""

    ATTRIBUTE = "attribute"
    TRAIT = "trait"
    IDENTIFIER = "identifier"
    PROPERTY = "property"


class ConsentState(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute, trait, identifier, or an event's property, compared with a value."""

    subject: Subject
    name: str
    op: Op
    value: Value = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a profile decided about a purpose."""

    purpose: str
    state: ConsentState


@dataclass(frozen=True, slots=True)
class Did:
    """How often an event happened, or what a number property of it sums up to (`sum_of`).

    Only events up to the question's `as_of` count, of the last `last_days` x 24 hours when given (both ends included),
    that meet all of `where`. The sum over no events is 0.
    """

    event: str
    op: Op = Op.AT_LEAST
    value: Value = 1
    sum_of: str = ""
    last_days: float | None = None
    where: tuple[Compare, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """Every rule holds; with no rules it always does."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one rule holds; with no rules it never does."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The rule does not hold."""

    rule: "Rule"


Rule = All | AnyOf | Not | Compare | Consent | Did
