"""People, businesses and ad accounts: who the caller is and which accounts can be reached."""

from typing import Any

from audience_sync.sandbox.meta import seeds
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.fields import Readers, chosen, page, shown
from audience_sync.sandbox.meta.graphcall import GraphCall
from audience_sync.sandbox.meta.seeds import Account
from audience_sync.sandbox.meta.state import State

Answer = dict[str, Any]

PERSON_FIELDS: Readers = {"id": lambda person: person.id, "name": lambda person: person.name}
BUSINESS_FIELDS: Readers = {"id": lambda each: each, "name": lambda each: seeds.BUSINESSES[each]}


def me(state: State, ask: GraphCall) -> Answer:
    """GET /me: the person or system user whose token it is."""
    return shown(ask.token.person, chosen(ask.call, "name,id"), PERSON_FIELDS, "User")


def permissions(state: State, ask: GraphCall) -> Answer:
    """GET /me/permissions: every permission that was asked for, granted or declined."""
    return {"data": [{"permission": scope, "status": status} for scope, status in ask.token.scopes.items()]}


def withdraw(state: State, ask: GraphCall) -> Answer:
    """DELETE /me/permissions[/{permission}]: the person's grant to the app is gone, or that permission of it."""
    if ask.rest and ask.rest not in ask.token.scopes:
        raise GraphError(100, message=f"Unknown permission {ask.rest}")
    for token in state.tokens.values():
        if (token.person, token.app_id) != (ask.token.person, ask.token.app_id):
            continue
        if ask.rest:
            token.scopes[ask.rest] = "declined"
        else:
            token.withdrawn = 458
    return {"success": True}


def my_accounts(state: State, ask: GraphCall) -> Answer:
    """GET /me/adaccounts and /me/assigned_ad_accounts: every account that the caller can reach."""
    ask.require("ads_management", "ads_read")
    return _accounts(state, ask, list(state.accounts().values()))


def assigned_accounts(state: State, ask: GraphCall) -> Answer:
    """GET /me/assigned_ad_accounts: for system users only."""
    return my_accounts(state, ask) if ask.token.person.is_system_user else page(ask.call, [], str)


def owned_accounts(state: State, ask: GraphCall) -> Answer:
    """GET /{business}/owned_ad_accounts."""
    ask.require("business_management")
    return _accounts(state, ask, [each for each in state.accounts().values() if each.owned])


def client_accounts(state: State, ask: GraphCall) -> Answer:
    """GET /{business}/client_ad_accounts."""
    ask.require("business_management")
    return _accounts(state, ask, [each for each in state.accounts().values() if not each.owned])


def my_businesses(state: State, ask: GraphCall) -> Answer:
    """GET /me/businesses."""
    ask.require("business_management")
    fields = chosen(ask.call, "id,name")
    return page(ask.call, list(seeds.BUSINESSES), lambda each: shown(each, fields, BUSINESS_FIELDS, "Business"))


def business(state: State, ask: GraphCall) -> Answer:
    """GET /{business}."""
    ask.require("business_management")
    return shown(ask.node, chosen(ask.call, "id,name"), BUSINESS_FIELDS, "Business")


def account(state: State, ask: GraphCall) -> Answer:
    """GET /act_X."""
    ask.require("ads_management", "ads_read")
    return shown(ask.node, chosen(ask.call, "account_id,id"), _account_fields(state, ask), "AdAccount")


def _accounts(state: State, ask: GraphCall, accounts: list[Account]) -> Answer:
    fields, readers = chosen(ask.call, "account_id,id"), _account_fields(state, ask)
    return page(ask.call, accounts, lambda each: shown(each, fields, readers, "AdAccount"))


def _account_fields(state: State, ask: GraphCall) -> Readers:
    def terms(account: Account) -> dict[str, int] | None:
        return {"custom_audience_tos": 1} if state.accepts_terms(account.id) else None

    # Meta cannot say for a system user whether a human has accepted.
    own_terms = (lambda account: None) if ask.token.person.is_system_user else terms
    return {
        "id": lambda each: each.id,
        "account_id": lambda each: each.digits,
        "name": lambda each: each.name,
        "currency": lambda each: each.currency,
        "account_status": lambda each: 2 if each.id in state.settings.disabled_accounts else 1,
        "disable_reason": lambda each: 1 if each.id in state.settings.disabled_accounts else 0,
        "timezone_id": lambda each: each.timezone[0],
        "timezone_name": lambda each: each.timezone[1],
        "timezone_offset_hours_utc": lambda each: each.timezone[2],
        "business": lambda each: {"id": seeds.BUSINESS_ID, "name": seeds.BUSINESSES[seeds.BUSINESS_ID]},
        "user_tasks": lambda each: ["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"],
        "capabilities": lambda each: ["CUSTOM_AUDIENCES"],
        "tos_accepted": terms,
        "user_tos_accepted": own_terms,
    }
