"""Whether a statement only reads, as far as its text tells. The database itself is told to refuse writes, too."""

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.protocol import Kind

# It warns of what it cannot read by quoting the statement, in which there may be anything.
logging.getLogger("sqlglot").disabled = True

MAX_CHARACTERS = 100_000
ONLY = "A warehouse's SQL is exactly one SELECT (or WITH … SELECT): it only reads."
WRITES = (
    *(exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Copy, exp.Set, exp.Use, exp.Pragma, exp.Attach),
    exp.QueryTransform,  # Spark hands rows to any program of the cluster.
)
HIDDEN = (exp.Apply,)
"""ClickHouse's `* APPLY(f)` calls a function that is named where no call stands."""
READS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
"""Some of them count as DML for SQLGlot, which means only that they may stand in a statement of their own."""


def read_only(sql: str, kind: Kind) -> str:
    """The statement without a semicolon at its end; Invalid unless it is one that only reads."""
    if len(sql) > MAX_CHARACTERS:
        raise Invalid(f"The SQL is longer than {MAX_CHARACTERS:,} characters.", "Make it a view in the warehouse.")
    if "\0" in sql:
        raise Invalid("The SQL holds a zero character.", ONLY)
    try:
        found = sqlglot.parse(sql, read=kind.dialect)
    except (SqlglotError, RecursionError) as problem:
        raise Invalid(f"The SQL cannot be read as {kind.title}'s{_place(problem)}.", ONLY) from None
    # Of what follows the last semicolon only a comment is left, which is no statement.
    parsed = [each for each in found if each is not None and not isinstance(each, exp.Semicolon)]
    if len(parsed) != 1:
        raise Invalid(f"There are {len(parsed)} statements.", ONLY)
    _require_reading(parsed[0], kind)
    return _without_end(sql, kind)


def _without_end(sql: str, kind: Kind) -> str:
    """Cut at the last semicolon by its place among the tokens: one inside a quoted name ends nothing."""
    tokens = sqlglot.tokenize(sql, read=kind.dialect)
    ends = [token.start for token in tokens if token.token_type is TokenType.SEMICOLON]
    return sql[: min(ends, default=len(sql))].strip()


def one_table(name: str, kind: Kind) -> str:
    """The statement that gives all of a table; the name may have its schema in front, and quotes around its parts."""
    try:
        tokens = sqlglot.tokenize(name, read=kind.dialect)
    except SqlglotError:
        tokens = []
    parts, dots = tokens[::2], tokens[1::2]
    is_name = all(each.token_type is TokenType.IDENTIFIER or each.text.isidentifier() for each in parts)
    if len(parts) != len(dots) + 1 or not is_name or any(each.token_type is not TokenType.DOT for each in dots):
        raise Invalid(f"{name[:200]!r} is no name of a table.", "Write schema.table, or give SQL.")
    quoted = (
        exp.to_identifier(each.text, quoted=each.token_type is TokenType.IDENTIFIER).sql(dialect=kind.dialect)
        for each in parts
    )
    return f"SELECT * FROM {'.'.join(quoted)}"


def first_rows(sql: str, count: int) -> str:
    """The statement of the first rows of a statement that was found to only read."""
    return f"SELECT * FROM (\n{sql}\n) AS looked LIMIT {count}"


def _require_reading(statement: exp.Expr, kind: Kind) -> None:
    if not isinstance(statement, READS):
        raise Invalid(f"This is a {type(statement).__name__.upper()} statement.", ONLY)
    for node in statement.walk():
        if isinstance(node, (*WRITES, *HIDDEN)) and not isinstance(node, READS):
            raise Invalid(f"The SQL has {_word(node)} in it.", ONLY)
        if node.args.get("settings") or node.args.get("format"):
            raise Invalid("The SQL has SETTINGS or FORMAT in it.", "Leave them out: both are ours to say.")
        if isinstance(node, exp.Func) and any(f"{name}(".startswith(kind.effects) for name in _names(node)):
            raise Invalid(f"The SQL calls {_name(node)}, which does more than read.", ONLY)


def _word(node: exp.Expr) -> str:
    words = {"Lock": "FOR UPDATE", "Into": "INTO", "QueryTransform": "TRANSFORM … USING"}
    return words.get(type(node).__name__, type(node).__name__.upper())


def _name(function: exp.Func) -> str:
    return (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()


def _names(function: exp.Func) -> tuple[str, str]:
    """The function's name alone, and with the namespace in front of it, if it has one: `ml.predict`."""
    name, above = _name(function), function.parent
    space = above.this if isinstance(above, exp.Dot) and above.expression is function else None
    space = above.args.get("db") if isinstance(above, exp.Table) and above.this is function else space
    return name, f"{space.sql().lower()}.{name}" if isinstance(space, exp.Expr) else name


def _place(problem: Exception) -> str:
    errors = getattr(problem, "errors", None) or [{}]
    line, column = errors[0].get("line"), errors[0].get("col")
    return f" (line {line}, character {column})" if line and column else ""
