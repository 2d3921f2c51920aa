"""Segments as objects: create, list, read, change, delete."""

from datetime import UTC, datetime
from typing import Any

from audience_sync.sandbox.snapchat.accounts import may_edit
from audience_sync.sandbox.snapchat.errors import SnapError
from audience_sync.sandbox.snapchat.seeds import Account
from audience_sync.sandbox.snapchat.segment import Segment
from audience_sync.sandbox.snapchat.snapcall import Item, SnapCall, required
from audience_sync.sandbox.snapchat.state import State

MOST_SEGMENTS = 15
LONGEST_NAME = 375


def create(state: State, ask: SnapCall) -> Item:
    """POST /adaccounts/{id}/segments: up to fifteen empty segments. Names need not be unique."""
    account = state.account(ask.id)
    check_role(state, account.id)
    wanted = ask.entities("segments", MOST_SEGMENTS)
    return {"segments": ask.items("segment", wanted, lambda each: shown(state, _made(state, account, each)))}


def listed(state: State, ask: SnapCall) -> Item:
    """GET /adaccounts/{id}/segments: by creation when paged."""
    found = list(state.segments_of(state.account(ask.id)))
    return ask.page("segments", found, lambda things: ask.items("segment", things, lambda each: shown(state, each)))


def read(state: State, ask: SnapCall) -> Item:
    """GET /segments/{id}."""
    return {"segments": ask.items("segment", [state.segment(ask.id)], lambda each: shown(state, each))}


def update(state: State, ask: SnapCall) -> Item:
    """PUT /adaccounts/{id}/segments: name, description and retention of each are as given."""
    account = state.account(ask.id)
    check_role(state, account.id)
    wanted = ask.entities("segments", MOST_SEGMENTS)
    return {"segments": ask.items("segment", wanted, lambda each: shown(state, _changed(state, account, each)))}


def delete(state: State, ask: SnapCall) -> Item:
    """DELETE /segments/{id}: it is gone, with its members; no segment is in the answer."""

    def deleted(segment: Segment) -> Item:
        check_editable(state, segment)
        del state.segments[segment.id]
        return {}

    items = ask.items("segment", [state.segment(ask.id)], deleted)
    return {"segments": [each for each in items if each["sub_request_status"] == "ERROR"]}


def shown(state: State, segment: Segment) -> Item:
    """The segment as Snapchat shows it now."""
    state.settle(segment)
    settings, account = state.settings, state.accounts()[segment.account_id]
    return {
        "id": segment.id,
        "created_at": _time(segment.created_at),
        "updated_at": _time(segment.updated_at),
        "name": segment.name,
        "description": segment.description,
        "ad_account_id": segment.account_id,
        "organization_id": account.organization_id,
        "status": segment.status(state.clock.now(), settings.activation_seconds),
        "source_type": "FIRST_PARTY",
        "retention_in_days": segment.retention_in_days,
        "approximate_number_users": segment.shown_size(settings.min_size),
        "upload_status": segment.upload_status(),
        "targetable_status": segment.targetable_status(settings.min_size),
        "visible_to": [f"AdAccountEntity_{segment.account_id}"],
    }


def check_role(state: State, account_id: str) -> None:
    """The caller may edit the audiences of the ad account, or the refusal E3002."""
    if not may_edit(state, account_id):
        raise SnapError("E3002")


def check_editable(state: State, segment: Segment) -> None:
    """The caller may edit this segment, or the refusal E3002."""
    check_role(state, segment.account_id)
    if "no_role" in segment.marks:
        raise SnapError("E3002")


def _made(state: State, account: Account, wanted: Item) -> Segment:
    required(wanted, "name", "ad_account_id", "source_type", "retention_in_days")
    _check_values(wanted)
    if wanted["ad_account_id"] != account.id:
        raise SnapError(message="ad_account_id is not the ad account of the path")
    if wanted["source_type"] != "FIRST_PARTY":
        raise SnapError(message="source_type must be FIRST_PARTY for a customer list")
    if len(list(state.segments_of(account))) >= state.settings.segment_limit:
        raise SnapError(message="The ad account has its most segments")
    name, description = wanted["name"], wanted.get("description", "")
    return state.new_segment(account, name, description, wanted["retention_in_days"])


def _changed(state: State, account: Account, wanted: Item) -> Segment:
    required(wanted, "id")
    segment = state.segment(str(wanted["id"]))
    if segment.account_id != account.id:
        raise state.not_found()
    check_editable(state, segment)
    _check_values(wanted)
    _check_fixed(state, segment, wanted)
    segment.name = wanted.get("name", segment.name)
    segment.description = wanted.get("description", segment.description)
    segment.retention_in_days = wanted.get("retention_in_days", segment.retention_in_days)
    segment.updated_at = state.clock.now()
    return segment


def _check_values(wanted: Item) -> None:
    name, days = wanted.get("name", "-"), wanted.get("retention_in_days", 1)
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise SnapError(message=f"name must have 1 to {LONGEST_NAME} characters")
    if not isinstance(wanted.get("description", ""), str):
        raise SnapError(message="description must be text")
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise SnapError(message="retention_in_days must be a whole number of days")


def _check_fixed(state: State, segment: Segment, wanted: Item) -> None:
    """Nothing that cannot change is changed, or the refusal E2023."""
    now: dict[str, Any] = {"source_type": "FIRST_PARTY", "ad_account_id": segment.account_id}
    if not state.settings.rename_allowed:
        now["name"] = segment.name
    if not state.settings.retention_changeable:
        now["retention_in_days"] = segment.retention_in_days
    for field, value in now.items():
        if wanted.get(field, value) != value:
            raise SnapError("E2023", f"{field} cannot be changed once it is set")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
