"""Which columns ClickHouse's Arrow would give as bare bytes or numbers, and the statement that keeps what they mean."""

import re
from collections.abc import Sequence

MOST_DIGITS = 38
"""Of a decimal number that every reader of Parquet takes."""
ENUM = r"Enum(?:8|16)\((?:'(?:[^'\\]|\\.|'')*' = -?\d+(?:, )?)+\)"
TEXT = re.compile(rf"\b(?:{ENUM}|FixedString\(\d+\)|IPv[46]\b|U?Int(?:128|256)\b)")
MOMENT = re.compile(r"\bDateTime\b(?:\(('[^']*')\))?")
DAY = re.compile(r"\bDate\b")
DECIMAL = re.compile(r"\bDecimal\((\d+), \d+\)")


def carried(sql: str, columns: Sequence[tuple[str, str]]) -> str:
    """The statement; around it, if need be, another that casts what Arrow would not carry over.

    `columns` are names and types as DESCRIBE gives them. An enum would come as the number behind its word, a DateTime
    as seconds, an IPv6 or an Int256 as bytes. Two columns of one name cannot be told apart and are left to the caller.
    """
    names = [name for name, _ in columns]
    wanted = [type_for(kind) for _, kind in columns]
    if len(set(names)) < len(names) or all(type_ == kind for type_, (_, kind) in zip(wanted, columns, strict=True)):
        return sql
    cells = (_cell(name, kind, type_) for (name, kind), type_ in zip(columns, wanted, strict=True))
    return f"SELECT {', '.join(cells)} FROM (\n{sql}\n) AS given"


def type_for(kind: str) -> str:
    """The type to cast to, the same where Arrow carries it."""
    kind = TEXT.sub("String", kind)
    kind = MOMENT.sub(lambda found: f"DateTime64(0{f', {found[1]}' if found[1] else ''})", kind)
    kind = DECIMAL.sub(lambda found: found[0] if int(found[1]) <= MOST_DIGITS else "String", kind)
    # Older servers give a Date as a number.
    return DAY.sub("Date32", kind)


def _cell(name: str, kind: str, wanted: str) -> str:
    column = f"given.{_quoted(name)}"
    return f"{column} AS {_quoted(name)}" if kind == wanted else f"CAST({column} AS {wanted}) AS {_quoted(name)}"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
