"""What is left of the Google Ads API for audiences: which customers there are."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.google.adserrors import AdsError
from audience_sync.sandbox.google.columns import RESOURCES, WHOLE_NUMBERS, Row
from audience_sync.sandbox.google.errors import BadJson, GoogleError
from audience_sync.sandbox.google.gaql import Query, parse
from audience_sync.sandbox.google.schema import camel, snake
from audience_sync.sandbox.google.seeds import ADWORDS, Account
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.tokens import Token

Answer = dict[str, Any]
SEARCH_FIELDS = ("query", "page_token", "page_size", "validate_only", "search_settings", "summary_row_setting")


@dataclass(frozen=True)
class Search:
    """A query of one customer, and the rows that it finds."""

    query: Query
    token: str
    rows: Sequence[Row]


def accessible(state: State, call: Call) -> Answer:
    """GET /v26/customers:listAccessibleCustomers: the customers that gave the caller access themselves."""
    token = _token(state, call)
    return {"resourceNames": [f"customers/{each}" for each in token.grant.person.direct]}


def search(state: State, call: Call, customer_id: str) -> Answer:
    """POST …/googleAds:search: a page of rows."""
    found = _search(state, call, customer_id)
    start, rows = _start(found.token), state.settings.search_page_rows
    answer = _batch(state, found.query, found.rows[start : start + rows])
    if start + rows < len(found.rows):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"row{start + rows}".encode()).decode()
    return answer


def search_stream(state: State, call: Call, customer_id: str) -> list[Answer]:
    """POST …/googleAds:searchStream: all rows, in a list of batches."""
    found = _search(state, call, customer_id)
    size = state.settings.search_page_rows
    batches = [found.rows[at : at + size] for at in range(0, len(found.rows), size)] or [[]]
    return [{**_batch(state, found.query, rows), "requestId": "sandbox"} for rows in batches]


def _search(state: State, call: Call, customer_id: str) -> Search:
    token = _token(state, call)
    customer = _customer(state, call, token, customer_id)
    body = _body(call)
    query = parse(str(body.get("query", "")))
    columns = RESOURCES.get(query.resource)
    if columns is None:
        raise AdsError("queryError", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE")
    for field in (*query.fields, *(each.field for each in query.conditions), *(field for field, _ in query.order)):
        if field not in columns:
            raise AdsError("queryError", "UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.")
    return Search(query, str(body.get("page_token", "")), _rows(state, query, customer))


def _rows(state: State, query: Query, customer: Account) -> list[Row]:
    columns = RESOURCES[query.resource]
    rows = [row for row in _all_rows(state, query.resource, customer) if _meets(state, query, row)]
    for field, is_down in reversed(query.order):
        rows.sort(key=lambda row: columns[field](state, row), reverse=is_down)
    return rows[: query.limit]


def _all_rows(state: State, resource: str, customer: Account) -> Iterator[Row]:
    if resource == "customer":
        yield customer, customer, 0
    elif resource == "customer_client":
        for client, level in state.accounts().below(customer):
            yield customer, client, level
    elif customer.internal_id:
        # Customers without an internal id have no campaign yet, so that nothing can be learnt from one.
        yield customer, customer, 0


def _meets(state: State, query: Query, row: Row) -> bool:
    columns = RESOURCES[query.resource]
    return all(each.holds(columns[each.field](state, row)) for each in query.conditions)


def _batch(state: State, query: Query, rows: Sequence[Row]) -> Answer:
    answer: Answer = {"fieldMask": ",".join(_path(field) for field in query.fields)}
    if rows:
        answer["results"] = [_shown(state, query, row) for row in rows]
    return answer


def _shown(state: State, query: Query, row: Row) -> Answer:
    """The fields that were asked for, nested, and the names of the resources that they belong to."""
    columns = RESOURCES[query.resource]
    names = {f"{field.partition('.')[0]}.resource_name" for field in query.fields} & columns.keys()
    shown: Answer = {}
    for field in (*sorted(names | {f"{query.resource}.resource_name"}), *query.fields):
        value = columns[field](state, row)
        _put(shown, field, str(value) if field in WHOLE_NUMBERS else value)
    return shown


def _put(shown: Answer, field: str, value: Any) -> None:
    *parents, name = field.split(".")
    for parent in parents:
        shown = shown.setdefault(camel(parent), {})
    shown[camel(name)] = value


def _path(field: str) -> str:
    return ".".join(camel(part) for part in field.split("."))


def _token(state: State, call: Call) -> Token:
    token = state.tokens.access.get(call.bearer)
    if token is None:
        raise AdsError("authenticationError", "OAUTH_TOKEN_INVALID")
    if not token.is_good(state.clock.now()):
        raise AdsError(
            "authenticationError", "OAUTH_TOKEN_REVOKED" if token.grant.is_revoked else "OAUTH_TOKEN_EXPIRED"
        )
    if ADWORDS not in token.scopes:
        raise GoogleError(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    return token


def _customer(state: State, call: Call, token: Token, customer_id: str) -> Account:
    """The customer that is asked, which the caller can reach and which still works."""
    login_id = call.headers.get("login-customer-id", "")
    if login_id and not login_id.isdecimal():
        raise AdsError("headerError", "INVALID_LOGIN_CUSTOMER_ID")
    if not customer_id.isdecimal():
        raise AdsError("requestError", "INVALID_CUSTOMER_ID")
    accounts = state.accounts()
    account = accounts.get(customer_id)
    if account is None or not accounts.may_act(token.grant.person, account.id, login_id or account.id):
        is_own = account is not None and login_id in token.grant.person.direct
        combination = "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"
        raise AdsError("authorizationError", combination if is_own else "USER_PERMISSION_DENIED")
    if state.status(account) in ("CANCELED", "CLOSED"):
        raise AdsError("authorizationError", "CUSTOMER_NOT_ENABLED")
    return account


def _body(call: Call) -> Answer:
    """The body under snake_case names."""
    try:
        content = json.loads(call.body or b"{}")
    except ValueError as error:
        raise BadJson(f"Invalid JSON payload received. {error}") from error
    body: Answer = {snake(name): value for name, value in content.items()} if isinstance(content, dict) else {}
    for name in body:
        if name not in SEARCH_FIELDS:
            raise BadJson(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    if body.get("page_size"):
        raise AdsError("requestError", "PAGE_SIZE_NOT_SUPPORTED")
    return body


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("row"))
    except (binascii.Error, ValueError) as error:
        raise AdsError("requestError", "INVALID_PAGE_TOKEN") from error
