"""The streaming way: audiences without files, and who joins and leaves them."""

from typing import Any

from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.audience import LATE_WORDS, MULTIPLE_TYPES, STREAMED, Audience, Entry
from audience_sync.sandbox.tiktok.errors import NOT_EDITABLE, TikTokError
from audience_sync.sandbox.tiktok.mapping import STREAMED_KINDS, Mapping, read_mapping
from audience_sync.sandbox.tiktok.state import State

Answer = dict[str, Any]
LONGEST_NAME = 70
MOST_ADVERTISERS = 50


def audience(state: State, ask: Ask) -> Answer:
    """POST /segment/audience/: an empty audience, or one that is gone with its members."""
    _check_allowed(state)
    advertiser_id = ask.advertiser()
    if ask.word("action", "create", ("create", "delete")) == "create":
        return {"audience_id": _created(state, advertiser_id, ask.text("custom_audience_name")).id}
    found = _streamed(state, ask.text("delete_audience_id"), [advertiser_id])
    if "in_use" in found.marks:
        raise TikTokError(40002, "The audience is in use by ad groups")
    del state.audiences[found.id]
    return {}


def mapping(state: State, ask: Ask) -> Answer:
    """POST /segment/mapping/: every identifier is, or is no longer, in its audiences; or nothing has changed."""
    _check_allowed(state)
    advertiser_ids = [ask.allowed(each) for each in ask.texts("advertiser_ids", most=MOST_ADVERTISERS)]
    accounts = state.accounts()
    if len({accounts[each].business for each in advertiser_ids}) > 1:
        raise TikTokError(40002, "advertiser_ids: The advertisers are not of the same business account")
    wanted = read_mapping(ask)
    _check_poison(ask, wanted)
    for found in [_open(state, each, advertiser_ids) for each in wanted.rows]:
        if "late_failure" in ask.call.faults or "fails_late" in found.marks:
            state.fail_late(found, wanted.action, LATE_WORDS)
        else:
            _apply(state, found, wanted)
    return {}


def _created(state: State, advertiser_id: str, name: str) -> Audience:
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 3] + "..."
    now = state.clock.now()
    made = Audience(state.new_id(advertiser_id), advertiser_id, name, STREAMED, MULTIPLE_TYPES, now)
    made.history.append(Entry("create", now))
    state.add(made)
    return made


def _apply(state: State, found: Audience, wanted: Mapping) -> None:
    rows = wanted.rows[found.id]
    if wanted.action == "add":
        found.members.add(STREAMED_KINDS, rows)
    else:
        found.members.remove(STREAMED_KINDS, rows, whole_person=state.settings.drop_person)
    found.changed(state.clock.now(), state.settings.processing_seconds)


def _open(state: State, audience_id: str, advertiser_ids: list[str]) -> Audience:
    """The streaming audience, which is not over: of an expired one only deleting is left."""
    found = _streamed(state, audience_id, advertiser_ids)
    if found.expired:
        raise TikTokError(40002, NOT_EDITABLE)
    return found


def _streamed(state: State, audience_id: str, advertiser_ids: list[str]) -> Audience:
    found = state.audience(audience_id)
    if found.advertiser_id not in advertiser_ids:
        raise TikTokError(40002, f"The audience {audience_id} does not belong to the advertiser")
    if found.type != STREAMED:
        raise TikTokError(40002, f"The audience {audience_id} was not created by the segment API")
    return found


def _check_allowed(state: State) -> None:
    if not state.settings.streaming_allowed:
        raise TikTokError(40118)


def _check_poison(ask: Ask, wanted: Mapping) -> None:
    poisons = set(ask.call.faults.get("poison", "").split(",")) - {""}
    if any(poisons.intersection(row) for rows in wanted.rows.values() for row in rows):
        raise TikTokError(40002, "batch_data: An id is not valid")
