"""The parts of an answer that a caller chose: fields, and pages with cursors."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.meta.errors import GraphError

Reader = Callable[[Any], Any]
Readers = Mapping[str, Reader]
PAGE_ROWS = 25
MOST_PAGE_ROWS = 100
_FIELD = re.compile(r"\s*([\w.]+)\s*(?:\(([^)]*)\))?\s*(?:\{([^{}]*)\})?\s*(?:,|$)")


def chosen(call: Call, default: str) -> str:
    """The `fields` parameter, or the fields that Meta shows unasked."""
    return call.text("fields") or default


def shown(thing: Any, fields: str, readers: Readers, kind: str) -> dict[str, Any]:
    """The thing with the fields asked for, and its id; fields without a value are left out.

    `kind` is the name of the node type, for the error 100 of a field that it does not have.
    """
    found: dict[str, Any] = {}
    for name, subfields in parse_fields(fields):
        if name not in readers:
            raise GraphError(100, message=f"Tried accessing nonexisting field ({name}) on node type ({kind})")
        value = readers[name](thing)
        if value is not None:
            found[name] = _narrowed(value, subfields)
    return {**found, "id": readers["id"](thing)}


def parse_fields(fields: str) -> list[tuple[str, list[str]]]:
    """The names in `id,business{id,name}`, each with the names in its braces."""
    names: list[tuple[str, list[str]]] = []
    place = 0
    while place < len(fields):
        found = _FIELD.match(fields, place)
        if found is None:
            raise GraphError(2500, message=f"Syntax error in fields at character {place}")
        names.append((found[1], [each.strip() for each in (found[3] or "").split(",") if each.strip()]))
        place = found.end()
    return names


def page(call: Call, things: Sequence[Any], show: Reader) -> dict[str, Any]:
    """One page of the things: exactly {"data": []} when there is nothing; `next` only when more follows."""
    limit = call.whole("limit", PAGE_ROWS)
    if limit > MOST_PAGE_ROWS:
        raise GraphError(1)
    start = _place(call.text("after")) + 1
    rows = things[start : start + max(1, limit)]
    answer: dict[str, Any] = {"data": [show(thing) for thing in rows]}
    if rows:
        end = start + len(rows) - 1
        paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
        if end + 1 < len(things):
            paging["next"] = _next_url(call, _cursor(end))
        answer["paging"] = paging
    if call.text("summary") in ("true", "1"):
        answer["summary"] = {"total_count": len(things)}
    return answer


def _narrowed(value: Any, subfields: list[str]) -> Any:
    if not subfields or not isinstance(value, dict):
        return value
    return {name: value[name] for name in subfields if name in value}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"at{place}".encode()).decode()


def _place(cursor: str) -> int:
    if not cursor:
        return -1
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at"))
    except (binascii.Error, ValueError) as error:
        raise GraphError(100, message="Invalid cursor: after", blame=("after",)) from error


def _next_url(call: Call, after: str) -> str:
    kept = [(name, value) for name, value in parse_qsl(call.query, keep_blank_values=True) if name != "after"]
    return f"{call.root}{call.path}?{urlencode([*kept, ('after', after)])}"
