"""The payload and session parameters of a member call, checked the way Meta does."""

import json
import re
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.meta.errors import GraphError

MOST_ROWS = 10_000
MOST_SAMPLES = 100
LARGEST_SESSION_ID = 2**63 - 1
MISMATCH = "Data is missing or does not match schema"
INVALID_HASH = "Invalid hash: a lower-case hexadecimal SHA-256 was expected"

HASHED = frozenset({"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "COUNTRY"})
PLAIN = frozenset(
    {
        "MADID", "EXTERN_ID", "LOOKALIKE_VALUE", "UID", "APPUID", "PAGEUID",
        "DATA_PROCESSING_OPTIONS", "DATA_PROCESSING_OPTIONS_COUNTRY", "DATA_PROCESSING_OPTIONS_STATE",
    }
)  # fmt: skip
# The names that a text schema has for the same kinds.
SINGLE = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID"}
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class Payload:
    """Rows under their kinds, with malformed hashes blanked. `source`: "single" for a text schema, "multi" for a list.

    `invalid` counts the rows that had a malformed hash; `samples` are up to a hundred of those, value -> reason.
    """

    kinds: tuple[str, ...]
    rows: list[tuple[str, ...]]
    source: str
    invalid: int
    samples: dict[str, str]


@dataclass(frozen=True)
class Ticket:
    """The session parameter: a batch's session, its number, whether it is the last; `total` rows expected."""

    id: int
    seq: int
    last: bool
    total: int


def read_payload(call: Call) -> Payload:
    """The call's payload; error 100 where it has no rows, too many, or rows of another width than its schema."""
    payload = call.structure("payload")
    if not isinstance(payload, dict):
        raise GraphError(100, message=MISMATCH, blame=("payload",))
    schema, rows = payload.get("schema"), payload.get("data")
    if not isinstance(rows, list) or not rows:
        raise GraphError(100, message=MISMATCH, blame=("payload", "data"))
    if len(rows) > MOST_ROWS:
        raise GraphError(100, message=f"At most {MOST_ROWS} rows can be sent at once", blame=("payload", "data"))
    if isinstance(schema, str):
        rows = [row if isinstance(row, list) else [row] for row in rows]
    kinds = _kinds(schema)
    if not all(isinstance(row, list) and len(row) == len(kinds) for row in rows):
        raise GraphError(100, message=MISMATCH, blame=("payload", "data"))
    return _checked(kinds, rows, "single" if isinstance(schema, str) else "multi")


def read_ticket(call: Call) -> Ticket | None:
    """The call's session, or None where it has none; error 100 where it is not a session."""
    session = call.structure("session")
    if session is None:
        return None
    if not isinstance(session, dict):
        raise GraphError(100, message="session must be an object", blame=("session",))
    number = _whole(session, "session_id")
    if not 0 < number <= LARGEST_SESSION_ID:
        raise GraphError(100, message="session_id must be a positive 64-bit integer", blame=("session", "session_id"))
    last = session.get("last_batch_flag", False) in (True, "true", 1, "1")
    total = _whole(session, "estimated_num_total") if "estimated_num_total" in session else 0
    return Ticket(number, _whole(session, "batch_seq"), last, total)


def _whole(session: dict[str, Any], name: str) -> int:
    value = session.get(name)
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        raise GraphError(100, message=f"{name} must be an integer", blame=("session", name))
    return int(value)


def _kinds(schema: Any) -> tuple[str, ...]:
    names = [schema] if isinstance(schema, str) else schema
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise GraphError(100, message=MISMATCH, blame=("payload", "schema"))
    known: dict[str, str] = SINGLE if isinstance(schema, str) else {}
    kinds = tuple(str(known.get(name, name)) for name in names)
    for kind in kinds:
        if kind not in HASHED and kind not in PLAIN:
            raise GraphError(100, message=f"Unknown schema key {kind}", blame=("payload", "schema"))
    return kinds


def _checked(kinds: tuple[str, ...], rows: list[list[Any]], source: str) -> Payload:
    """The rows column by column, since ten thousand of them must pass in a moment."""
    columns: list[list[str]] = []
    bad: dict[int, str] = {}
    for kind, cells in zip(kinds, zip(*rows, strict=True), strict=True):
        if kind in HASHED:
            bad.update({place: str(cell) for place, cell in enumerate(cells) if not _is_hash(cell)})
            columns.append([cell if _is_hash(cell) else "" for cell in cells])
        else:
            columns.append([_plain(cell) for cell in cells])
    samples = dict.fromkeys(list(bad.values())[:MOST_SAMPLES], INVALID_HASH)
    return Payload(kinds, list(zip(*columns, strict=True)), source, len(bad), samples)


def _is_hash(cell: Any) -> bool:
    """Whether the cell is a SHA-256 in lower-case hexadecimal, or blank: no value."""
    return isinstance(cell, str) and (not cell or _HASH(cell) is not None)


def _plain(cell: Any) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell)
