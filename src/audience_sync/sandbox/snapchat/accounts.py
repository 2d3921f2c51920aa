"""Who the caller is, and the organizations and ad accounts that can be reached."""

from collections.abc import Sequence
from typing import Any

from audience_sync.sandbox.snapchat import seeds
from audience_sync.sandbox.snapchat.seeds import Account, Organization
from audience_sync.sandbox.snapchat.snapcall import Item, SnapCall
from audience_sync.sandbox.snapchat.state import State


def me(state: State, ask: SnapCall) -> Item:
    """GET /me: the person whose token it is."""
    person = seeds.PERSON
    return {
        "me": {
            "id": person.id,
            "email": person.email,
            "organization_id": seeds.BUSINESS.id,
            "display_name": person.name,
            "snapchat_username": person.username,
            "member_status": "MEMBER",
        }
    }


def organizations(state: State, ask: SnapCall) -> Item:
    """GET /me/organizations: each with its bare ad accounts inside, if asked for them."""
    with_accounts = ask.call.text("with_ad_accounts").lower() == "true"

    def shown(organization: Organization) -> Item:
        found = _organization(organization)
        return {**found, "ad_accounts": _inside(state, organization)} if with_accounts else found

    def items(things: Sequence[Organization]) -> list[Item]:
        return ask.items("organization", things, shown)

    return ask.page("organizations", seeds.ORGANIZATIONS, items)


def accounts(state: State, ask: SnapCall) -> Item:
    """GET /organizations/{id}/adaccounts."""
    if ask.id not in [each.id for each in seeds.ORGANIZATIONS]:
        raise state.not_found()
    owned = [each for each in state.accounts().values() if each.organization_id == ask.id]
    return ask.page("adaccounts", owned, lambda things: _items(state, ask, things))


def account(state: State, ask: SnapCall) -> Item:
    """GET /adaccounts/{id}."""
    return {"adaccounts": _items(state, ask, [state.account(ask.id)])}


def may_edit(state: State, account_id: str) -> bool:
    """Whether the person's role in the ad account lets it edit audiences."""
    return account_id not in state.settings.view_only_accounts


def _items(state: State, ask: SnapCall, accounts: Sequence[Account]) -> list[Item]:
    return ask.items("adaccount", accounts, lambda each: {**_account(state, each), **_details(each)})


def _inside(state: State, organization: Organization) -> list[Item]:
    owned = [each for each in state.accounts().values() if each.organization_id == organization.id]
    return [{**_account(state, each), "roles": _roles(state, each)} for each in owned]


def _organization(organization: Organization) -> dict[str, Any]:
    return {
        "id": organization.id,
        "name": organization.name,
        "type": "ENTERPRISE",
        "country": "US",
        "my_display_name": seeds.PERSON.name,
        "my_invited_email": seeds.PERSON.email,
        "roles": ["admin"],
    }


def _account(state: State, account: Account) -> Item:
    return {
        "id": account.id,
        "name": account.name,
        "currency": account.currency,
        "timezone": account.timezone,
        "status": state.settings.account_status,
    }


def _details(account: Account) -> Item:
    return {
        "type": "PARTNER",
        "organization_id": account.organization_id,
        "advertiser": account.name,
        "test": account.test,
    }


def _roles(state: State, account: Account) -> list[str]:
    return ["admin"] if may_edit(state, account.id) else ["reports"]
