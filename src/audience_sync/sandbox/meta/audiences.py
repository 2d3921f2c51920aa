"""Custom audiences as objects: create, list, read, rename, delete, and their upload sessions."""

from typing import Any

from audience_sync.sandbox.meta.audience import DESCRIPTIONS, Audience
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.fields import Reader, Readers, chosen, page, shown
from audience_sync.sandbox.meta.graphcall import GraphCall
from audience_sync.sandbox.meta.seeds import Account
from audience_sync.sandbox.meta.sessions import Session
from audience_sync.sandbox.meta.state import State

Answer = dict[str, Any]

LONGEST_NAME = 255
SOURCES = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")
LABELS = frozenset(
    {
        "QUALIFIED_LEADS", "DISQUALIFIED_LEADS", "APP_USERS", "TRIAL_USERS", "ENGAGED_USERS", "AT_RISK", "DISENGAGED",
        "HIGH_VALUE_CUSTOMERS", "LOW_VALUE_CUSTOMERS", "CUSTOMERS", "GENERAL_CUSTOMERS", "RECENT_PURCHASERS",
        "CART_ABANDONERS", "OTHER_1", "OTHER_2", "OTHER_3",
    }
)  # fmt: skip
CHANGEABLE = ("name", "description", "opt_out_link", "audience_labels", "retention_days")
DETAILS = ("subtype", "customer_file_source", "is_value_based", "use_for_products", "usage_restriction", *CHANGEABLE)
SCOPES = ("ads_management", "ads_read")


def create(state: State, ask: GraphCall) -> Answer:
    """POST /act_X/customaudiences: an empty audience. Names need not be unique."""
    account: Account = ask.node
    ask.require("ads_management", code=294)
    if account.id in state.settings.disabled_accounts:
        raise GraphError(2654, 1713092)
    if not state.accepts_terms(account.id):
        raise GraphError(200, 1870090)
    details = _details(ask, DETAILS)
    _check_new(details)
    same = [each for each in state.audiences_of(account) if each.details == details]
    if same and ask.call.text("enable_fetch_or_create") in ("true", "1"):
        return {"id": same[0].id}
    if len(list(state.audiences_of(account))) >= state.settings.audience_limit:
        raise GraphError(2654, message="Failed to create custom audience: the ad account has its most")
    return {"id": state.new_audience(account, details).id}


def listed(state: State, ask: GraphCall) -> Answer:
    """GET /act_X/customaudiences: newest first, narrowed by `filtering`."""
    ask.require(*SCOPES)
    found = list(state.audiences_of(ask.node))
    for condition in ask.structure("filtering") or []:
        found = [each for each in found if _meets(each, condition)]
    for each in found:
        state.settle(each)
    fields = chosen(ask.call, "id")
    return page(ask.call, found, lambda each: shown(each, fields, AUDIENCE_FIELDS, "CustomAudience"))


def read(state: State, ask: GraphCall) -> Answer:
    """GET /{audience}."""
    ask.require(*SCOPES)
    return shown(ask.node, chosen(ask.call, "id"), AUDIENCE_FIELDS, "CustomAudience")


def update(state: State, ask: GraphCall) -> Answer:
    """POST /{audience}: its name, description and the like are as given."""
    ask.require("ads_management", code=294)
    changes = _details(ask, CHANGEABLE)
    _check_values(changes)
    ask.node.details.update(changes)
    ask.node.updated_at = state.clock.now()
    return {"success": True}


def delete(state: State, ask: GraphCall) -> Answer:
    """DELETE /{audience}: it is gone, with its members."""
    ask.require("ads_management", code=294)
    if "has_lookalike" in ask.node.marks:
        raise GraphError(2656)
    del state.audiences[ask.node.id]
    return {"success": True}


def sessions(state: State, ask: GraphCall) -> Answer:
    """GET /{audience}/sessions: what was uploaded in its sessions; every value is text."""
    ask.require(*SCOPES)
    wanted = ask.call.text("session_id")
    found = [each for each in state.sessions.values() if each.audience is ask.node]
    found = [each for each in found if not wanted or str(each.id) == wanted]
    return page(ask.call, found, lambda each: _session_shown(each, state.settings.match_share))


def _session_shown(session: Session, share: float) -> Answer:
    answer = {
        "session_id": session.id,
        "stage": "uploading" if session.is_open else "completed",
        "progress": 0 if session.is_open else 100,
        "num_received": session.received,
        "num_matched": round((session.received - session.invalid) * share),
        "num_invalid_entries": session.invalid,
        "start_time": int(session.started_at),
    }
    if session.finished_at is not None:
        answer["end_time"] = int(session.finished_at)
    return {name: str(value) for name, value in answer.items()}


def _details(ask: GraphCall, names: tuple[str, ...]) -> dict[str, Any]:
    params = ask.call.params
    found: dict[str, Any] = {name: params[name] for name in names if name in params}
    if "audience_labels" in found:
        found["audience_labels"] = ask.structure("audience_labels")
    if "is_value_based" in found:
        found["is_value_based"] = str(found["is_value_based"]).lower() in ("true", "1")
    if str(found.get("retention_days", "")).isdecimal():
        found["retention_days"] = int(found["retention_days"])
    return found


def _check_new(details: dict[str, Any]) -> None:
    for name in ("name", "subtype", "customer_file_source"):
        if not details.get(name):
            raise GraphError(100, message=f"The parameter {name} is required", blame=(name,))
    if details["subtype"] != "CUSTOM":
        raise GraphError(100, message="subtype must be CUSTOM", blame=("subtype",))
    if details["customer_file_source"] not in SOURCES:
        raise GraphError(100, message=f"customer_file_source must be one of {SOURCES}", blame=("customer_file_source",))
    _check_values(details)


def _check_values(details: dict[str, Any]) -> None:
    name = details.get("name", "-")
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
        raise GraphError(100, message=f"name must have 1 to {LONGEST_NAME} characters", blame=("name",))
    labels = details.get("audience_labels", [])
    if not isinstance(labels, list) or not LABELS.issuperset(labels):
        raise GraphError(100, message="Unknown audience label", blame=("audience_labels",))
    days = str(details.get("retention_days", 1))
    if not days.isdecimal() or not 1 <= int(days) <= 180:
        raise GraphError(100, message="retention_days must be 1 to 180", blame=("retention_days",))


def _meets(audience: Audience, condition: Any) -> bool:
    if not isinstance(condition, dict) or condition.get("field") not in ("name", "id", "description"):
        raise GraphError(100, message="Filtering field is invalid", blame=("filtering",))
    value = condition.get("value")
    held = audience.id if condition["field"] == "id" else str(audience.details.get(condition["field"], ""))
    match condition.get("operator"):
        case "CONTAIN":
            return str(value).lower() in held.lower()
        case "NOT_CONTAIN":
            return str(value).lower() not in held.lower()
        case "EQUAL":
            return held == str(value)
        case "IN" if isinstance(value, list):
            return held in value
        case _:
            raise GraphError(100, message="Filtering operator is invalid", blame=("filtering",))


def _detail(name: str) -> Reader:
    return lambda each: each.details.get(name)


def _status(code: int) -> dict[str, Any]:
    return {"code": code, "description": DESCRIPTIONS.get(code, "Normal")}


AUDIENCE_FIELDS: Readers = {
    "id": lambda each: each.id,
    "account_id": lambda each: each.account_id,
    **{name: _detail(name) for name in DETAILS},
    "data_source": lambda each: {
        "type": "FILE_IMPORTED",
        "sub_type": "HASHES_OR_USER_IDS" if each.source == "single" else "MULTI_HASHES",
    },
    "approximate_count_lower_bound": lambda each: each.bounds()[0],
    "approximate_count_upper_bound": lambda each: each.bounds()[1],
    "delivery_status": lambda each: _status(each.delivery_status()),
    "operation_status": lambda each: _status(each.operation_status()),
    "permission_for_actions": lambda each: {
        "can_edit": "flagged" not in each.marks,
        "can_see_insight": True,
        "can_share": True,
        "subtype_supports_lookalike": True,
        "supports_recipient_lookalike": False,
    },
    "time_created": lambda each: int(each.created_at),
    "time_updated": lambda each: int(each.updated_at),
    "time_content_updated": lambda each: int(each.content_updated_at) or None,
    "sharing_status": lambda each: {"sharing_relationship_id": 0, "status": "UNKNOWN"},
    "fields_violating_integrity_policy": lambda each: ["name"] if "flagged" in each.marks else None,
    "delete_time": lambda each: 0,
    "page_deletion_marked_delete_time": lambda each: 0,
    "owner_business": lambda each: None,
}
