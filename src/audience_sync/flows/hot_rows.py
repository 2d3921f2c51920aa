"""What arrives by the API, judged at the door by the rules that a file's rows are judged by, in the fields of a file.

Nothing that is accepted here is refused when it is folded in.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.arrivals import Row
from audience_sync.sources.builtin.checking import DENIED, GRANTED, IN, MAX_ID, OUT
from audience_sync.sources.builtin.duck import BLANKS
from audience_sync.sources.builtin.event_changes import MAX_NAME
from audience_sync.sources.builtin.fields import IDENTIFIERS, ImportKind, parse_field

MOST_NAMES = 500
"""Different attributes, traits and consents of one request."""
MOST_PURPOSES = 50
NAMED = {"attributes": "attribute", "traits": "trait", "consents": "consent"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
WORDS = frozenset((*GRANTED, *IN, *DENIED, *OUT))
FIRST_YEAR, LAST_YEAR = 1900, 2200


def profile_rows(given: Sequence[Mapping[str, object]], computed: frozenset[str]) -> list[Row]:
    """The rows in the fields of a file; Invalid, naming the place of the first that cannot be used."""
    rows = [_profile(number, each, computed) for number, each in enumerate(given)]
    names = {name for row in rows for name in row}
    if len(names) > MOST_NAMES or sum(name.startswith("consent:") for name in names) > MOST_PURPOSES:
        raise Invalid(
            f"The profiles name more than {MOST_NAMES} different fields, or more than {MOST_PURPOSES} consents.",
            "Send them in several requests.",
        )
    return rows


def event_rows(given: Sequence[Mapping[str, object]]) -> list[Row]:
    """The same for events."""
    return [_event(number, each) for number, each in enumerate(given)]


def _profile(number: int, given: Mapping[str, object], computed: frozenset[str]) -> Row:
    row: Row = {"profile_id": _id(number, given)}
    row |= {name: value for name, value in given.items() if name in (*IDENTIFIERS, "mobile_ad_os")}
    for outer, word in NAMED.items():
        members = given.get(outer)
        for name, value in members.items() if isinstance(members, Mapping) else ():
            field = _field(number, outer, word, str(name))
            if word == "trait" and field.partition(":")[2] in computed:
                raise _refusal(number, "traits", "has a trait that the store computes itself")
            row[field] = _decision(number, value) if word == "consent" else value
    return row


def _event(number: int, given: Mapping[str, object]) -> Row:
    event, properties = str(given["event"]).strip(BLANKS), given.get("properties")
    if not 0 < len(event) <= MAX_NAME:
        raise _refusal(number, "event", f"needs a name of an event, of at most {MAX_NAME} characters")
    row: Row = {"profile_id": _id(number, given), "event": event, "time": _moment(number, given["time"])}
    if event_id := str(given.get("event_id") or "").strip(BLANKS):
        row["event_id"] = event_id
    kept = properties if isinstance(properties, Mapping) else {}
    row["properties"] = {str(name): value for name, value in kept.items() if value not in (None, "")}
    return row


def _id(number: int, given: Mapping[str, object]) -> str:
    profile = str(given["profile_id"]).strip(BLANKS)
    if not 0 < len(profile) <= MAX_ID or CONTROL.search(profile):
        raise _refusal(number, "profile_id", f"needs a profile id of at most {MAX_ID} plain characters")
    return profile


def _field(number: int, outer: str, word: str, name: str) -> str:
    """The field by its clean name."""
    field = f"{word}:{name}"
    try:
        # A name that is cut may end in what a name does not end in, so it is cleaned once more.
        for _ in range(2):
            field = str(parse_field(ImportKind.PROFILES, field))
    except Invalid:
        field = word
    if field == word:
        raise _refusal(number, outer, "has a name without letters and digits")
    return field


def _decision(number: int, value: object) -> object:
    """Null (nothing is known any more), a word, or a word with its time."""
    if isinstance(value, Mapping):
        dated = {"status": _word(number, value["status"])}
        return {**dated, "time": _moment(number, value["time"])} if value.get("time") else dated["status"]
    return None if value is None else _word(number, value)


def _word(number: int, value: object) -> str:
    word = re.sub(r"[ -]+", "_", str(value).strip(BLANKS).lower())
    if word not in WORDS:
        raise _refusal(number, "consents", "has a consent that is no known word, such as granted or denied")
    return "granted" if word in (*GRANTED, *IN) else "denied"


def _moment(number: int, value: object) -> str:
    if not isinstance(value, datetime) or not FIRST_YEAR < value.year < LAST_YEAR:
        raise _refusal(number, "time", f"needs a time between {FIRST_YEAR} and {LAST_YEAR}")
    return value.astimezone(UTC).isoformat()


def _refusal(number: int, name: str, reason: str) -> Invalid:
    """By its place: what stands there may be personal."""
    details = {"fields": [{"path": f"{number}.{name}", "message": reason}]}
    return Invalid(f"Row {number} {reason}.", "Nothing was taken: mend the row and send all again.", details=details)
