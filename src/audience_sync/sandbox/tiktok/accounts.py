"""Who the caller is, and what TikTok says about ad accounts."""

from collections.abc import Callable, Mapping
from typing import Any

from audience_sync.sandbox.tiktok import seeds
from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.seeds import Account
from audience_sync.sandbox.tiktok.state import State

Answer = dict[str, Any]
MOST_ACCOUNTS = 100
CREATED_AT = 1_700_000_000

FIELDS: Mapping[str, Callable[[State, Account], Any]] = {
    "advertiser_id": lambda state, each: each.id,
    "name": lambda state, each: each.name,
    "company": lambda state, each: "Stratum Business",
    "status": lambda state, each: "STATUS_DISABLE" if each.id in state.settings.disabled_accounts else "STATUS_ENABLE",
    "role": lambda state, each: "ROLE_ADVERTISER",
    "currency": lambda state, each: each.currency,
    "timezone": lambda state, each: each.timezone,
    "display_timezone": lambda state, each: each.timezone,
    "country": lambda state, each: each.country,
    "language": lambda state, each: "en",
    "industry": lambda state, each: "292701",
    "balance": lambda state, each: 0,
    "create_time": lambda state, each: CREATED_AT,
    "owner_bc_id": lambda state, each: each.business,
    "advertiser_account_type": lambda state, each: "AUCTION",
    "rejection_reason": lambda state, each: "",
    "email": lambda state, each: "s*****x@example.com",
    "cellphone_number": lambda state, each: "+1*******00",
}


def user_info(state: State, ask: Ask) -> Answer:
    """GET /user/info/: the person whose token it is."""
    return {
        "core_user_id": seeds.PERSON_ID,
        "display_name": seeds.PERSON,
        "email": "s*****x@example.com",
        "create_time": CREATED_AT,
    }


def info(state: State, ask: Ask) -> Answer:
    """GET /advertiser/info/: the fields asked for of each ad account named, or all of them."""
    named = [ask.allowed(each) for each in ask.texts("advertiser_ids", most=MOST_ACCOUNTS)]
    fields = ask.texts("fields", most=len(FIELDS)) if ask.has("fields") else list(FIELDS)
    unknown = [each for each in fields if each not in FIELDS]
    if unknown:
        raise TikTokError(40002, f"fields: {unknown[0]} is not a field")
    accounts = state.accounts()
    return {"list": [{name: FIELDS[name](state, accounts[each]) for name in fields} for each in named]}
