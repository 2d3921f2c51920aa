"""Who joins and leaves a segment: many people at once, with a status for each."""

import re
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.linkedin.state import ID_TYPES, LinkedInError, Segment, State

MOST_ELEMENTS = 5_000
HINTS = ("firstName", "lastName", "title", "company", "country")
CREATED = 201
_HEX = re.compile(r"[0-9a-f]+").fullmatch

Answer = dict[str, Any]


def batch_create(state: State, call: Call, segment: Segment) -> Answer:
    """POST /rest/dmpSegments/{id}/users: each element is applied in its turn, or refused alone."""
    elements = call.structure("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= MOST_ELEMENTS:
        raise LinkedInError(400, "ILLEGAL_ARGUMENT", f"elements must be 1 to {MOST_ELEMENTS}")
    answers = [_applied(state, call, segment, each) for each in elements]
    if any(each["status"] == CREATED for each in answers):
        segment.changed(state.clock.now(), state.settings.processing_seconds)
    return {"elements": answers}


def _applied(state: State, call: Call, segment: Segment, element: Any) -> Answer:
    if "element_status" in call.faults:
        return _refused(int(call.faults["element_status"]), "Refused by order")
    problem = _problem(element)
    if problem:
        return _refused(400, problem)
    ids = sorted((each["idType"], each["idValue"]) for each in element.get("userIds", []))
    if set(call.faults.get("poison", "").split(",")) & {value for _, value in ids}:
        return _refused(400, "Invalid idValue")
    row = [*ids, *((name, str(element[name])) for name in HINTS if element.get(name))]
    kinds, cells = tuple(kind for kind, _ in row), tuple(cell for _, cell in row)
    if element["action"] == "ADD":
        segment.members.add(kinds, [cells])
    else:
        segment.members.remove(kinds, [cells], whole_person=state.settings.drop_person)
    return {"status": CREATED}


def _problem(element: Any) -> str:
    """Why the element is refused, or nothing. Without an id a person needs both names."""
    if not isinstance(element, dict) or element.get("action") not in ("ADD", "REMOVE"):
        return "action must be ADD or REMOVE"
    ids = element.get("userIds", [])
    if not isinstance(ids, list) or not all(_is_id(each) for each in ids):
        return "Invalid idType or idValue"
    if not ids and not (element.get("firstName") and element.get("lastName")):
        return "userIds, or firstName and lastName, are required"
    return ""


def _is_id(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("idType") not in ID_TYPES or not isinstance(value.get("idValue"), str):
        return False
    length, text = ID_TYPES[value["idType"]], value["idValue"]
    return (len(text) == length and _HEX(text) is not None) if length else bool(text)


def _refused(status: int, words: str) -> Answer:
    return {"status": status, "error": {"status": status, "code": "ILLEGAL_ARGUMENT", "message": words}}
