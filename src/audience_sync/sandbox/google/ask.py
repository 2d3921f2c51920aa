"""A call of the Data Manager API whose caller is known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.google.errors import BadJson, GoogleError, invalid
from audience_sync.sandbox.google.schema import Message, read, snake
from audience_sync.sandbox.google.seeds import Account, Person
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.tokens import Token

# What Google's front end understands on every address.
SYSTEM_PARAMETERS = frozenset(
    {
        "$.xgafv", "$alt", "$callback", "$fields", "$key", "$prettyPrint", "access_token", "alt", "callback", "fields",
        "key", "oauth_token", "prettyPrint", "quotaUser", "uploadType", "upload_protocol",
    }
)  # fmt: skip
GOOGLE_ADS = "GOOGLE_ADS"


@dataclass(frozen=True)
class Ask:
    """`query` holds the parameters of the address, `method` and `call` are as received."""

    call: Call
    token: Token
    query: Mapping[str, str]

    @property
    def person(self) -> Person:
        """Whose token it is."""
        return self.token.grant.person

    @property
    def wants_numbers(self) -> bool:
        """Whether enums are to be answered by their number."""
        alt = self.query.get("$alt") or self.query.get("alt") or ""
        return "enum-encoding=int" in alt.replace(" ", "")

    def body(self, message: Message) -> dict[str, Any]:
        """The body as the message, under camelCase names."""
        try:
            content = json.loads(self.call.body or b"{}")
        except ValueError as error:
            raise BadJson(f"Invalid JSON payload received. {error}") from error
        found: dict[str, Any] = read(message, content)
        return found

    def only(self, *parameters: str) -> None:
        """The address has no other parameters than these and those that every address has."""
        for name in self.query:
            if name not in SYSTEM_PARAMETERS and snake(name) not in parameters:
                raise BadJson(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                    "Field could not be found in request message."
                )

    def parameter(self, name: str) -> str:
        """The parameter of that snake_case name, in whichever spelling it came."""
        return next((value for given, value in self.query.items() if snake(given) == name), "")


def asked(state: State, call: Call, scope: str) -> Ask:
    """The call with its caller; GoogleError where the token is missing, dead, or not for this API."""
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    value = call.bearer or query.get("access_token", "")
    if not value:
        raise GoogleError(401, "CREDENTIALS_MISSING")
    token = state.tokens.access.get(value)
    if token is None or not token.is_good(state.clock.now()):
        raise GoogleError(401, "ACCESS_TOKEN_EXPIRED")
    if scope not in token.scopes:
        raise GoogleError(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    return Ask(call, token, query)


def operated(state: State, ask: Ask, account_id: str, login_id: str) -> Account:
    """The customer, for which the caller may act by way of `login_id` (""= directly)."""
    accounts = state.accounts()
    account = accounts.get(account_id)
    if account is None:
        raise GoogleError(403, "PERMISSION_DENIED")
    if not accounts.may_act(ask.person, account.id, login_id or account.id):
        if login_id in ask.person.direct:
            raise invalid("login_account", "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH")
        raise GoogleError(403, "PERMISSION_DENIED")
    if state.status(account) != "ENABLED":
        raise GoogleError(403, "PERMISSION_DENIED")
    return account


def login_header(call: Call) -> str:
    """The customer id in the login-account header, or nothing; GoogleError where it is no account's name."""
    name = call.headers.get("login-account", "")
    if not name:
        return ""
    match name.split("/"):
        case ["accountTypes", "GOOGLE_ADS", "accounts", account_id] if account_id.isdecimal():
            return account_id
        case _:
            raise invalid("login-account", "INVALID_RESOURCE_NAME")
