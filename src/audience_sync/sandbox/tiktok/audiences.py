"""The file way, and what both ways share: create, update, delete, get, list."""

import math
from collections.abc import Mapping
from typing import Any

from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.audience import FROM_FILES, Action, Audience, Operation, Part, too_small
from audience_sync.sandbox.tiktok.errors import NOT_EDITABLE, TikTokError
from audience_sync.sandbox.tiktok.files import TYPES, parts_of
from audience_sync.sandbox.tiktok.state import State
from audience_sync.sandbox.tiktok.views import detailed, listed_as

Answer = dict[str, Any]
LONGEST_NAME = 128
MOST_FILES = 500
PATH_LENGTH = 16
MOST_IDS = 100
MOST_PAGE_ROWS = 100
LAST_PAGE = 1_000_000
SUB_TYPES = ("NORMAL", "REACH_FREQUENCY")
UPDATES: Mapping[str, Action] = {"APPEND": "append", "REMOVE": "remove", "REPLACE": "replace"}
# The creation knows the mixed device ids by their older name only.
CREATED_TYPES = TYPES.keys() - {"MAID_SHA256", "MAID_MD5"}


def create(state: State, ask: Ask) -> Answer:
    """POST /dmp/custom_audience/create/: an audience that will have the rows of the files."""
    advertiser_id = ask.advertiser()
    name = ask.text("custom_audience_name", longest=LONGEST_NAME)
    calculate_type = ask.text("calculate_type")
    if calculate_type not in CREATED_TYPES:
        raise TikTokError(40909)
    sub_type = ask.word("audience_sub_type", "NORMAL", SUB_TYPES)
    retention = ask.whole("retention_in_days", 1, most=365) if ask.has("retention_in_days") else None
    parts = _parts(ask, advertiser_id, calculate_type)
    now = state.clock.now()
    made = Audience(
        state.new_id(advertiser_id), advertiser_id, name, FROM_FILES, calculate_type, now, sub_type, retention
    )
    made.changed(now, state.settings.processing_seconds, Operation("create", parts))
    state.add(made)
    return {"custom_audience_id": made.id}


def update(state: State, ask: Ask) -> Answer:
    """POST /dmp/custom_audience/update/: another name, and members that will change. No action means REPLACE."""
    advertiser_id = ask.advertiser()
    found = _own(state, ask.text("custom_audience_id"), advertiser_id)
    if found.type != FROM_FILES:
        raise TikTokError(40002, f"The audience {found.id} was not created from files")
    if ask.has("audience_sub_type"):
        return _widen(found, ask.word("audience_sub_type", None, SUB_TYPES))
    action = ask.word("action", "REPLACE", UPDATES)
    _check_editable(found, action)
    if not ask.has("file_paths") and not ask.has("custom_audience_name"):
        raise TikTokError(40002, "file_paths or custom_audience_name is required")
    name = ask.text("custom_audience_name", found.name, longest=LONGEST_NAME)
    if ask.has("file_paths"):
        _begin(state, found, Operation(UPDATES[action], _parts(ask, advertiser_id, found.calculate_type)))
    found.name = name
    return {}


def delete(state: State, ask: Ask) -> Answer:
    """POST /dmp/custom_audience/delete/: audiences of either kind are gone; or none, where one is in use."""
    advertiser_id = ask.advertiser()
    found = [_own(state, each, advertiser_id) for each in ask.texts("custom_audience_ids", most=MOST_IDS)]
    if any("in_use" in each.marks for each in found):
        raise TikTokError(40002, "The audience is in use by ad groups")
    for each in found:
        state.audiences.pop(each.id, None)
    return {}


def get(state: State, ask: Ask) -> Answer:
    """GET /dmp/custom_audience/get/: everything about the audiences named, with their latest history."""
    advertiser_id = ask.advertiser()
    named = ask.texts("custom_audience_ids", most=MOST_IDS)
    history_size = ask.whole("history_size", 100, most=100)
    found = [_own(state, each, advertiser_id) for each in named]
    return {"list": [detailed(each, state, history_size) for each in found]}


def listed(state: State, ask: Ask) -> Answer:
    """GET /dmp/custom_audience/list/: the ad account's audiences, newest first, page by page."""
    advertiser_id = ask.advertiser()
    page, size = ask.whole("page", 1, most=LAST_PAGE), ask.whole("page_size", 10, most=MOST_PAGE_ROWS)
    named = ask.texts("custom_audience_ids", most=MOST_IDS) if ask.has("custom_audience_ids") else None
    found = [each for each in reversed(state.audiences.values()) if each.advertiser_id == advertiser_id]
    found = [each for each in found if named is None or each.id in named]
    for each in found:
        state.settle(each)
    totals = {"total_number": len(found), "total_page": math.ceil(len(found) / size)}
    rows = found[(page - 1) * size : page * size]
    return {"list": [listed_as(each, state) for each in rows], "page_info": {"page": page, "page_size": size, **totals}}


def _begin(state: State, found: Audience, operation: Operation) -> None:
    """The operation is accepted, even if it will fail, unless a setting wants it to be refused at once."""
    settings = state.settings
    if settings.refuse_small_at_once:
        after = operation.applied_to(found.members, whole_person=settings.drop_person)
        if after.people < settings.min_size:
            raise TikTokError(40002, too_small(settings.min_size))
    found.changed(state.clock.now(), settings.processing_seconds, operation)


def _check_editable(found: Audience, action: str) -> None:
    if action == "REPLACE" and found.pending is not None and found.pending.action == "replace":
        raise TikTokError(40002, "A replace is in progress. We advise at most one replace a day.")
    if not found.editable:
        raise TikTokError(40002, NOT_EDITABLE)


def _widen(found: Audience, sub_type: str) -> Answer:
    """The audience has the sub type; everything else that the call says is ignored."""
    if (found.sub_type, sub_type) == ("REACH_FREQUENCY", "NORMAL"):
        raise TikTokError(40002, "audience_sub_type: REACH_FREQUENCY cannot be changed")
    found.sub_type = sub_type
    return {}


def _own(state: State, audience_id: str, advertiser_id: str) -> Audience:
    found = state.audience(audience_id)
    if found.advertiser_id != advertiser_id:
        raise TikTokError(40002, f"The audience {audience_id} does not belong to the advertiser")
    return found


def _parts(ask: Ask, advertiser_id: str, calculate_type: str) -> list[Part]:
    paths = ask.texts("file_paths", most=MOST_FILES)
    if not all(len(path) == PATH_LENGTH for path in paths):
        raise TikTokError(40002, f"file_paths: Each must have {PATH_LENGTH} characters")
    return parts_of(ask.state, paths, advertiser_id, calculate_type)
