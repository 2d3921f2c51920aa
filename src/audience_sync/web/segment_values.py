"""A rule's values as one types them, and back: what is shown is read as the same value again."""

import json
import math
import re

from audience_sync.model.rules import Scalar
from audience_sync.sources.protocol import FieldType

NOBODY = "[]"
"""How a list of no values is written."""
WHOLE = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
MOST_DIGITS = 4000
"""Python reads no longer whole numbers."""
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Kind = FieldType | None
"""None: nobody knows what the field holds, or holds something else; texts that look like more are then quoted."""


def fits(value: Scalar, kind: FieldType) -> bool:
    """Whether a value of this kind can be this one."""
    match kind:
        case FieldType.BOOLEAN:
            return isinstance(value, bool)
        case FieldType.INTEGER | FieldType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case FieldType.DATE | FieldType.DATETIME:
            return isinstance(value, str) and MOMENT.fullmatch(value) is not None and value == value.strip()
        case FieldType.TEXT:
            return isinstance(value, str)


def shown(value: Scalar, kind: Kind) -> str:
    """The value as one would type it. What would be read otherwise stands in quotes, as in JSON."""
    if not isinstance(value, str):
        return json.dumps(value)
    strange = not value or value != value.strip() or value[0] == '"' or value == NOBODY or CONTROL.search(value)
    return json.dumps(value, ensure_ascii=False) if strange or (kind is None and _looks_like_more(value)) else value


def read(text: str, kind: Kind) -> Scalar:
    """The value that was typed. ValueError says what it must be."""
    text = text.strip()
    match kind:
        case FieldType.BOOLEAN:
            return _truth(text)
        case FieldType.INTEGER | FieldType.NUMBER:
            return _number(text)
        case FieldType.DATE | FieldType.DATETIME if not text.startswith('"'):
            if not MOMENT.fullmatch(text):
                raise ValueError("Write a date such as 2026-01-31.")
            return text
        case None if _looks_like_more(text):
            return _truth(text) if text in ("true", "false") else _number(text)
        case _:
            return _text(text)


def shown_list(values: tuple[Scalar, ...], kind: Kind) -> str:
    """One value a line."""
    return "\n".join(shown(value, kind) for value in values) or NOBODY


def read_list(text: str, kind: Kind) -> tuple[Scalar, ...]:
    """The values of the lines that hold one. ValueError when there is none, or one cannot be read."""
    if text.strip() == NOBODY:
        return ()
    lines = [line for line in text.replace("\r", "").split("\n") if line.strip()]
    if not lines:
        raise ValueError("Give at least one value, each on a line of its own.")
    return tuple(read(line, kind) for line in lines)


def _looks_like_more(text: str) -> bool:
    return text in ("true", "false") or NUMBER.fullmatch(text) is not None


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("Choose true or false.")
    return text == "true"


def _number(text: str) -> int | float:
    if WHOLE.fullmatch(text) and len(text) <= MOST_DIGITS:
        return int(text)
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(found):
        raise ValueError("Write a number such as 100 or 9.5, without separators between thousands.")
    return found


def _text(text: str) -> str:
    if not text:
        raise ValueError("Give a value.")
    if not text.startswith('"'):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, str):
        raise ValueError('A value that begins with a quote must end with one; write \\" for a quote inside.')
    return found
