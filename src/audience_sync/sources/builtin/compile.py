"""A rule tree as DuckDB SQL over one profile (`s`, its computed traits `t`): the only compiler there is.

Values are parameters ($v0, $v1, …), never text; names come from the catalog and are quoted. Every piece is true or
false, never null, so `not` is the exact opposite. `as_of` is a parameter: the same question always has the same answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import assert_never

from audience_sync.errors import Invalid
from audience_sync.model.identifiers import NAMING
from audience_sync.model.rules import (
    NEGATIVE,
    All,
    AnyOf,
    Compare,
    Consent,
    ConsentState,
    Did,
    Not,
    Op,
    Rule,
    Scalar,
    Subject,
    Value,
)
from audience_sync.sources.builtin.duck import quoted
from audience_sync.sources.builtin.folder import Manifest
from audience_sync.sources.builtin.views import catalog_of, computed_trait
from audience_sync.sources.protocol import FieldType

TEXT_OPS = (Op.IS, Op.IN, Op.CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH)
NUMBER_OPS = (Op.IS, Op.IN, Op.LESS_THAN, Op.AT_MOST, Op.MORE_THAN, Op.AT_LEAST, Op.BETWEEN)
DATE_OPS = (Op.BEFORE, Op.AFTER, Op.ON, Op.BETWEEN, Op.IN_LAST_DAYS, Op.MORE_THAN_DAYS_AGO)
OPS = {
    FieldType.TEXT: TEXT_OPS,
    FieldType.INTEGER: NUMBER_OPS,
    FieldType.NUMBER: NUMBER_OPS,
    FieldType.BOOLEAN: (Op.IS,),
    FieldType.DATE: DATE_OPS,
    FieldType.DATETIME: DATE_OPS,
}
SIGNS = {Op.IS: "=", Op.LESS_THAN: "<", Op.AT_MOST: "<=", Op.MORE_THAN: ">", Op.AT_LEAST: ">="}
SUM_DECIMALS = 6
"""Sums are rounded to this, so that ten times 0.1 is at least 1."""

TEXT_FUNCTIONS = {Op.CONTAINS: "contains", Op.STARTS_WITH: "starts_with", Op.ENDS_WITH: "suffix"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """`where` is a condition over `stored s`, with `computed t` beside it when `joins_traits`.

    `follows_time` says that the answer may be another one later although nothing came in.
    """

    where: str
    parameters: dict[str, object]
    joins_traits: bool
    follows_time: bool


def compile_rule(rule: Rule, manifest: Manifest, as_of: datetime) -> Compiled:
    """The condition, or Invalid naming what the catalog does not have or the field cannot do."""
    compiler = _Compiler(manifest, naive_utc(as_of))
    where = compiler.rule(rule)
    return Compiled(where, compiler.parameters, compiler.joins_traits, compiler.follows_time)


def naive_utc(moment: datetime) -> datetime:
    """The same moment as the store writes times."""
    return moment.astimezone(UTC).replace(tzinfo=None)


class _Compiler:
    """Collects parameters while the tree is walked."""

    def __init__(self, manifest: Manifest, as_of: datetime) -> None:
        self.manifest, self._as_of = manifest, as_of
        self.catalog = catalog_of(manifest)
        self.parameters: dict[str, object] = {}
        self.joins_traits = self.follows_time = False

    @property
    def as_of(self) -> datetime:
        """The moment of the question; whoever looks at it makes the answer follow time."""
        self.follows_time = True
        return self._as_of

    def parameter(self, value: object) -> str:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def rule(self, rule: Rule) -> str:
        match rule:
            case All(rules):
                return f"({' AND '.join(map(self.rule, rules)) or 'true'})"
            case AnyOf(rules):
                return f"({' OR '.join(map(self.rule, rules)) or 'false'})"
            case Not(inner):
                return f"(NOT {self.rule(inner)})"
            case Consent():
                return self.consent(rule)
            case Did():
                return self.did(rule)
            case Compare():
                return self.compare(rule, *self.field(rule))
        assert_never(rule)

    def field(self, rule: Compare) -> tuple[str, FieldType]:
        """SQL and type of an attribute, a trait or an identifier."""
        match rule.subject:
            case Subject.ATTRIBUTE:
                known(rule.name, self.catalog.attributes, "attribute")
                return f"s.{quoted(f'attribute:{rule.name}')}", self.catalog.attributes[rule.name]
            case Subject.TRAIT:
                known(rule.name, self.catalog.traits, "trait")
                return self.trait(rule.name), self.catalog.traits[rule.name]
            case Subject.IDENTIFIER:
                known(rule.name, self.catalog.identifiers, "identifier")
                return self.identifier(rule), FieldType.TEXT
            case Subject.PROPERTY:
                raise Invalid(f"{rule.name} is a property: it stands only inside an event's `where`.")
        assert_never(rule.subject)

    def trait(self, name: str) -> str:
        if name not in self.manifest.computed_types:
            return f"s.{quoted(f'trait:{name}')}"
        self.joins_traits = True
        return computed_trait(name, self.manifest)

    def identifier(self, rule: Compare) -> str:
        if rule.name not in NAMING:
            return f"s.{quoted(rule.name)}"
        if rule.op not in (Op.EXISTS, Op.NOT_EXISTS):
            raise Invalid(f"{rule.name} cannot be compared by {rule.op}.", "Use exists or not_exists.")
        return f"s.{quoted(rule.name)}[1]"

    def consent(self, rule: Consent) -> str:
        known(rule.purpose, self.catalog.consents, "consent")
        state = {ConsentState.GRANTED: "true", ConsentState.DENIED: "false", ConsentState.UNKNOWN: "null"}[rule.state]
        return f"(s.{quoted(f'consent:{rule.purpose}')} IS NOT DISTINCT FROM {state})"

    def did(self, rule: Did) -> str:
        """Those with enough events are found first; who has none is the rest, because most people did not."""
        known(rule.event, self.catalog.events, "event")
        types = self.catalog.events[rule.event]
        conditions = [f"e.name = {self.parameter(rule.event)}", f"e.time <= {self.parameter(self.as_of)}"]
        if rule.last_days is not None:
            conditions.append(f"e.time >= {self.parameter(self.as_of - timedelta(days=rule.last_days))}")
        for inner in rule.where:
            conditions.append(self.compare(inner, *self.property(inner.name, types, rule.event)))
        measure = "count(*)"
        if rule.sum_of:
            known(rule.sum_of, types, f"property of {rule.event}")
            measure = f"round(coalesce(sum(number(e.properties[{self.parameter(rule.sum_of)}])), 0), {SUM_DECIMALS})"
        found = self.measured(rule, measure)
        having = f"NOT ({found})" if _holds_for_none(rule) else found
        people = (
            f"SELECT e.profile_id FROM events e WHERE {' AND '.join(conditions)} GROUP BY e.profile_id HAVING {having}"
        )
        return f"(s.profile_id {'NOT ' if _holds_for_none(rule) else ''}IN ({people}))"

    def measured(self, rule: Did, measure: str) -> str:
        if isinstance(rule.value, tuple):
            low, high = (self.parameter(value) for value in rule.value)
            return f"{measure} BETWEEN {low} AND {high}"
        sign = "<>" if rule.op is Op.IS_NOT else SIGNS[rule.op]
        return f"{measure} {sign} {self.parameter(rule.value)}"

    def property(self, name: str, types: Mapping[str, FieldType], event: str) -> tuple[str, FieldType]:
        known(name, types, f"property of {event}")
        text, kind = f"e.properties[{self.parameter(name)}]", types[name]
        match kind:
            case FieldType.INTEGER | FieldType.NUMBER:
                return f"number({text})", kind
            case FieldType.BOOLEAN:
                return f"TRY_CAST({text} AS BOOLEAN)", kind
            case FieldType.DATE | FieldType.DATETIME:
                return f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')", kind
            case FieldType.TEXT:
                return text, kind
        assert_never(kind)

    def compare(self, rule: Compare, field: str, kind: FieldType) -> str:
        """True or false: a missing value is like nothing, and unlike everything."""
        positive = NEGATIVE.get(rule.op, rule.op)
        if positive is Op.EXISTS:
            found = f"({field} IS NOT NULL)"
        else:
            if positive not in OPS[kind]:
                allowed = ", ".join(op for op in Op if NEGATIVE.get(op, op) in (*OPS[kind], Op.EXISTS))
                raise Invalid(f"{rule.name} is a {kind}: it cannot be compared by {rule.op}.", f"Use one of {allowed}.")
            found = f"coalesce({self.positive(rule, positive, field, kind)}, false)"
        return found if positive is rule.op else f"(NOT {found})"

    def positive(self, rule: Compare, op: Op, field: str, kind: FieldType) -> str:
        if kind in (FieldType.DATE, FieldType.DATETIME):
            return self.dates(rule, op, f"{field}::TIMESTAMP")
        values = [typed_value(rule, value, kind) for value in _values(rule.value)]
        parameters = [self.parameter(value) for value in values]
        if kind is FieldType.TEXT:
            field, parameters = f"lower({field})", [f"lower({one})" for one in parameters]
            if op in TEXT_FUNCTIONS:
                return f"{TEXT_FUNCTIONS[op]}({field}, {parameters[0]})"
        if op is Op.IN:
            # An empty list holds nothing; the field stays in the text, because its parameters must.
            return f"{field} IN ({', '.join(parameters)})" if parameters else f"({field} IS NULL AND false)"
        if op is Op.BETWEEN:
            return f"{field} BETWEEN {parameters[0]} AND {parameters[1]}"
        return f"{field} {SIGNS[op]} {parameters[0]}"

    def dates(self, rule: Compare, op: Op, field: str) -> str:
        if op in (Op.IN_LAST_DAYS, Op.MORE_THAN_DAYS_AGO):
            assert isinstance(rule.value, int | float)  # noqa: S101  # parse_segment admits nothing else.
            since = self.parameter(self.as_of - timedelta(days=rule.value))
            if op is Op.MORE_THAN_DAYS_AGO:
                return f"{field} < {since}"
            return f"({field} >= {since} AND {field} <= {self.parameter(self.as_of)})"
        spans = [_span(rule, value) for value in _values(rule.value)]
        (start, end) = spans[0][0], spans[-1][1]
        match op:
            case Op.BEFORE:
                return f"{field} < {self.parameter(start)}"
            case Op.AFTER:
                return f"{field} >= {self.parameter(end)}"
            case _:
                return f"({field} >= {self.parameter(start)} AND {field} < {self.parameter(end)})"


def _values(value: Value) -> tuple[Scalar, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _holds_for_none(rule: Did) -> bool:
    """Whether somebody without any such event meets the rule, for whom the count and the sum are 0."""
    values = [float(value) for value in _values(rule.value)]
    first = values[0]
    match rule.op:
        case Op.BETWEEN:
            return first <= 0 <= values[1]
        case Op.AT_LEAST:
            return first <= 0
        case Op.MORE_THAN:
            return first < 0
        case Op.AT_MOST:
            return first >= 0
        case Op.LESS_THAN:
            return first > 0
        case Op.IS_NOT:
            return first != 0
        case _:
            return first == 0


def typed_value(rule: Compare, value: Scalar, kind: FieldType) -> Scalar:
    """The value as the field's type, or Invalid."""
    if kind is FieldType.TEXT:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind is FieldType.BOOLEAN and isinstance(value, bool):
        return value
    if kind in (FieldType.INTEGER, FieldType.NUMBER) and not isinstance(value, bool | str):
        return value
    raise Invalid(f"{rule.name} is a {kind}: it cannot be compared with {str(value)[:80]!r}.", f"Give a {kind}.")


def _span(rule: Compare, value: Scalar) -> tuple[datetime, datetime]:
    """From when to before when the value lasts: a date is a whole day in UTC, a time is its microsecond."""
    try:
        if isinstance(value, str) and len(value.strip()) == len("2026-01-31"):
            day = datetime.combine(date.fromisoformat(value.strip()), datetime.min.time())
            return day, day + timedelta(days=1)
        moment = datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError):
        raise Invalid(
            f"{rule.name}: {str(value)[:80]!r} is no date.", "Write 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from None
    moment = naive_utc(moment) if moment.tzinfo else moment
    return moment, moment + timedelta(microseconds=1)


def known(name: str, names: Iterable[str], what: str) -> None:
    """Nothing, or Invalid with the nearest names."""
    names = list(names)
    if name in names:
        return
    near = get_close_matches(name, names, n=3) or sorted(names)[:10]
    hint = f"Near it: {', '.join(near)}." if near else f"The source has no {what} yet: import some."
    raise Invalid(f"The source knows no {what} {name!r}.", hint, details={"name": name, "near": near})
