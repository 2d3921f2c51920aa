"""How TikTok shows an audience: in a list, and with its details and history."""

from datetime import UTC, datetime
from typing import Any

from audience_sync.sandbox.tiktok.audience import DAY_SECONDS, EXPIRING_DAYS, FROM_FILES, Audience, Entry
from audience_sync.sandbox.tiktok.state import State

NO_RULE = '{"inclusions": null, "exclusions": null}'


def listed_as(audience: Audience, state: State) -> dict[str, Any]:
    """An element of the list call, in which the type is `audience_type`."""
    return {**_common(audience, state), "audience_type": audience.type}


def words(audience: Audience, state: State) -> str:
    """How it stands, by the fields that the API shows: what kind it is, whether it can be used, whom TikTok knows."""
    shown = _common(audience, state)
    busy = "being computed" if audience.busy else ""
    valid, cover = str(shown["is_valid"]).lower(), f"cover_num {audience.cover_num:,}"
    return ", ".join(filter(None, (audience.type, busy, f"is_valid {valid}", cover)))


def detailed(audience: Audience, state: State, history_size: int) -> dict[str, Any]:
    """An element of the get call, in which the type is `type`; its history begins with the latest entry."""
    details = {
        **_common(audience, state),
        "type": audience.type,
        "is_auto_refresh": False,
        "rule": NO_RULE,
        "lookalike_spec": None,
        "msg": None,
        "error_msg": None,
    }
    if audience.type == FROM_FILES:
        details["audience_sub_type"] = audience.sub_type
    told = [entry for entry in audience.history if entry.at <= state.clock.now()]
    latest = sorted(told, key=lambda entry: entry.at, reverse=True)[:history_size]
    return {"audience_details": details, "audience_history": [_line(entry) for entry in latest]}


def _common(audience: Audience, state: State) -> dict[str, Any]:
    now = state.clock.now()
    large_enough = audience.cover_num >= state.settings.min_size
    return {
        "audience_id": audience.id,
        "name": audience.name,
        "calculate_type": audience.calculate_type,
        "cover_num": audience.cover_num,
        "is_valid": large_enough and not audience.busy and not audience.expired,
        "is_expiring": now < audience.expires_at <= now + EXPIRING_DAYS * DAY_SECONDS,
        "is_creator": True,
        "shared": False,
        "create_time": _moment(audience.created_at),
        "expired_time": _moment(audience.expires_at),
    }


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "action": entry.action,
        "action_detail": entry.detail,
        "editor": "open_api",
        "msg": entry.msg,
        "opt_time": _moment(entry.at),
    }


def _moment(seconds: float) -> str:
    """TikTok's form of a moment, GMT: 2026-11-24 02:00:00."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
