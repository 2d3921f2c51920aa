"""What a file says about profiles, as columns of the store: each value beside whether the row has it at all.

The table `changes` has `profile_id` and, for each column X of the store, `X` and `has:X` (false: what is stored stays).
"""

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from audience_sync.errors import Invalid
from audience_sync.model.identifiers import HINTS, NAMING
from audience_sync.sources.builtin.checking import id_reasons
from audience_sync.sources.builtin.duck import literal, quoted
from audience_sync.sources.builtin.fields import Bound
from audience_sync.sources.builtin.inference import fits, infer, merged, typed
from audience_sync.sources.protocol import FieldType

MAX_PURPOSES = 100
Columns = dict[str, str]
"""Column of the store -> SQL of its value over a row of `latest`."""
Form = Mapping[str, FieldType | None]
"""Column of the store -> the type that all its given values have; None when there is none."""


def profile_reasons(bound: list[Bound]) -> list[tuple[str, str]]:
    """Why a row about a profile is refused. A consent that cannot be read is never guessed."""
    (profile,) = (one.column for one in bound if one.field.word == "profile_id")
    consents = [one for one in bound if one.field.word in ("consent", "status")]
    return id_reasons(profile) + [
        (f"value({one.column}) IS NOT NULL AND granted({one.column}) IS NULL", f"its {one.header} is no known word")
        for one in consents
    ]


def profile_changes(
    connection: duckdb.DuckDBPyConnection, bound: list[Bound], stored: Mapping[str, str], *, form: Form | None = None
) -> tuple[str, dict[str, FieldType]]:
    """The query of `changes` over `latest`, and the types that the store's further columns have from now on."""
    columns, has = _identifiers(bound)
    types = _types(form_of(connection, bound) if form is None else form, stored)
    for one in _open(bound):
        columns[str(one.field)], has[str(one.field)] = typed(one.column, types[str(one.field)]), _has([one])
    for one in (one for one in bound if one.field.word == "consent"):
        purpose = one.field.name
        columns[f"consent:{purpose}"] = f"granted({one.column})"
        # A profile's file says what holds, not since when; any dated decision that comes later may change it.
        columns[f"consent_at:{purpose}"] = "NULL::TIMESTAMP"
        has[f"consent:{purpose}"] = has[f"consent_at:{purpose}"] = _has([one])
        types |= _consent_types(purpose)
    (profile,) = (one.column for one in bound if one.field.word == "profile_id")
    cells = [f"{sql} AS {quoted(name)}, {has[name]} AS {quoted('has:' + name)}" for name, sql in columns.items()]
    return f"SELECT {', '.join([f'{profile} AS profile_id', *cells])} FROM latest", types


def consent_changes(connection: duckdb.DuckDBPyConnection, bound: list[Bound]) -> tuple[str, dict[str, FieldType]]:
    """The same for a file of consents: one row per profile, the latest decision of each purpose."""
    by_word = {one.field.word: one.column for one in bound}
    moment = f"moment({by_word['time']})" if "time" in by_word else "NULL::TIMESTAMP"
    purpose = _purpose(by_word["purpose"])
    found = connection.execute(f"SELECT DISTINCT {purpose} AS p FROM accepted ORDER BY p").fetchall()
    if len(found) > MAX_PURPOSES:
        raise Invalid(f"The file names {len(found)} purposes; at most {MAX_PURPOSES} are taken.", "Check its columns.")
    inner = (
        f"SELECT {by_word['profile_id']} AS profile_id, {purpose} AS purpose, "
        f"granted({by_word['status']}) AS g, {moment} AS decided, line FROM accepted"
    )
    cells: list[str] = []
    types: dict[str, FieldType] = {}
    for name in (str(row[0]) for row in found):
        mine = f"FILTER (purpose = {literal(name)})"
        last = "{'decided': coalesce(decided, TIMESTAMP '0001-01-01'), 'line': line}"
        for column, value in ((f"consent:{name}", "g"), (f"consent_at:{name}", "decided")):
            cells.append(f"arg_max({{'v': {value}}}, {last}) {mine}.v AS {quoted(column)}")
            cells.append(f"count(*) {mine} > 0 AS {quoted('has:' + column)}")
        types |= _consent_types(name)
    return f"SELECT {', '.join(['profile_id', *cells])} FROM ({inner}) GROUP BY profile_id", types


def consent_reasons(bound: list[Bound]) -> list[tuple[str, str]]:
    """Why a row of a consents file is refused."""
    by_word = {one.field.word: one.column for one in bound}
    reasons = id_reasons(by_word["profile_id"])
    reasons.append((f"coalesce({_purpose(by_word['purpose'])}, '') = ''", "has no purpose"))
    reasons.append((f"granted({by_word['status']}) IS NULL", "its status is no known word"))
    if time := by_word.get("time"):
        reasons.append((f"value({time}) IS NOT NULL AND moment({time}) IS NULL", "its time cannot be read"))
    return reasons


def _purpose(column: str) -> str:
    """SQL: the purpose by the name that `clean_name` gives it."""
    return f"left(trim(regexp_replace(lower({column}), '[^\\pL\\pN_]+', '_', 'g'), '_'), 100)"


def _consent_types(purpose: str) -> dict[str, FieldType]:
    return {f"consent:{purpose}": FieldType.BOOLEAN, f"consent_at:{purpose}": FieldType.DATETIME}


def form_of(connection: duckdb.DuckDBPyConnection, bound: list[Bound]) -> Form:
    """What the values of `latest` look like in the columns that may have any type."""
    found = infer(connection, "latest", [one.column for one in _open(bound)])
    return {str(one.field): kind for one, kind in zip(_open(bound), found, strict=True)}


def keeps_form(connection: duckdb.DuckDBPyConnection, bound: list[Bound], form: Form) -> bool:
    """Whether the values of `latest` look as those before them did."""
    return all(fits(connection, "latest", one.column, form.get(str(one.field))) for one in _open(bound))


def _open(bound: list[Bound]) -> list[Bound]:
    return [one for one in bound if one.field.word in ("attribute", "trait")]


def _types(form: Form, stored: Mapping[str, str]) -> dict[str, FieldType]:
    return {name: merged(FieldType(stored[name]) if name in stored else None, now) for name, now in form.items()}


def _has(bound: list[Bound]) -> str:
    return "(" + " OR ".join(f"{one.column} IS NOT NULL" for one in bound) + ")"


def _identifiers(bound: list[Bound]) -> tuple[Columns, Columns]:
    by_word: dict[str, list[Bound]] = defaultdict(list)
    for one in bound:
        by_word[one.field.word].append(one)
    columns: Columns = {}
    has: Columns = {}
    for kind in (str(kind) for kind in HINTS if str(kind) in by_word):
        columns[kind], has[kind] = f"value({by_word[kind][0].column})", _has(by_word[kind])
    for kind in (str(kind) for kind in NAMING if str(kind) in by_word and kind != "mobile_ad_id"):
        lists = [_values(one.column, kind, once=True) for one in by_word[kind]]
        columns[kind] = _once(f"list_concat({', '.join(lists)})") if len(lists) > 1 else lists[0]
        has[kind] = _has(by_word[kind])
    if devices := by_word.get("mobile_ad_id"):
        columns["mobile_ad_id"], columns["mobile_ad_os"] = _devices(devices, by_word.get("mobile_ad_os", []))
        has["mobile_ad_id"] = has["mobile_ad_os"] = _has(devices)
    return columns, has


def _values(column: str, kind: str, *, once: bool = False) -> str:
    """SQL: the texts in one cell, which may be a JSON array or be separated by `;` or `|`; `once` leaves twins out."""
    split = f"string_split_regex({column}, '[;|]')"
    if kind == "phone":
        # RFC 3966 writes extensions behind a semicolon; such a semicolon separates nothing.
        kept = f"regexp_replace({column}, ';(ext|isub|phone-context)=', chr(1) || '\\1=', 'g')"
        split = f"list_transform(string_split_regex({kept}, '[;|]'), lambda t: replace(t, chr(1), ';'))"
    array = f"CASE WHEN starts_with({column}, '[') THEN TRY_CAST(TRY_CAST({column} AS JSON) AS VARCHAR[]) END"
    several = f"list_filter(list_transform(coalesce({array}, {split}), lambda t: trim(t)), lambda t: t <> '')"
    several = _once(several) if once else several
    # Nearly all cells have one value: they are not taken apart.
    return f"CASE WHEN coalesce({column}, '') = '' THEN [] WHEN {_plain(column)} THEN [{column}] ELSE {several} END"


def _plain(column: str) -> str:
    """SQL: whether the cell has one value or none."""
    return f"NOT (contains({column}, ';') OR contains({column}, '|') OR starts_with({column}, '['))"


def _once(texts: str) -> str:
    """SQL: the texts in their order, without twins."""
    return f"CASE WHEN len({texts}) < 2 THEN {texts} ELSE {_without_twins(texts, texts, 't')} END"


def _without_twins(items: str, keys: str, key: str) -> str:
    """SQL: those of `items` (t) whose key is the first of its like among `keys`."""
    return f"list_filter({items}, lambda t, n: list_position({keys}, {key}) = n)"


def _devices(bound: list[Bound], systems: list[Bound]) -> tuple[str, str]:
    """SQL: the mobile ad ids of a row, and the system of each.

    One system stands for all ids of its row, several go with them in order.
    """
    system = systems[0].column if systems else "NULL::VARCHAR"
    pairs = _pairs(bound, f"list_transform({_values(system, 'os')}, lambda t: {_system('t')})")
    ids, os = f"list_transform({pairs}, lambda d: d.id)", f"list_transform({pairs}, lambda d: d.os)"
    if len(bound) > 1:
        return ids, os
    (one,) = bound
    # Nearly all rows have one device: it is neither paired nor looked for among others.
    own = f"{literal(one.field.name)}::VARCHAR" if one.field.name else _system(system)
    single = f"{_plain(one.column)} AND coalesce({_plain(system)}, true)"
    case = f"CASE WHEN coalesce({one.column}, '') = '' THEN []::VARCHAR[] WHEN {single} THEN [{{}}] ELSE {{}} END"
    return case.format(one.column, ids), case.format(own, os)


def _pairs(bound: list[Bound], systems: str) -> str:
    """SQL: (id, os) of every mobile ad id of a row, each id once."""
    lists = []
    for one in bound:
        system = (
            literal(one.field.name) if one.field.name else f"{systems}[CASE WHEN len({systems}) = 1 THEN 1 ELSE n END]"
        )
        lists.append(f"list_transform({_values(one.column, 'id')}, lambda i, n: {{'id': i, 'os': {system}::VARCHAR}})")
    pairs = f"list_concat({', '.join(lists)})"
    ids = f"list_transform({pairs}, lambda d: d.id)"
    return f"CASE WHEN len({pairs}) < 2 THEN {pairs} ELSE {_without_twins(pairs, ids, 't.id')} END"


def _system(text: str) -> str:
    """SQL: the operating system that a word means, null for none."""
    return (
        f"CASE WHEN lower({text}) IN ('ios', 'iphone', 'ipad', 'ipados', 'apple', 'idfa') THEN 'ios' "
        f"WHEN lower({text}) IN ('android', 'google', 'gaid', 'aaid') THEN 'android' END"
    )
