"""Snapchat's dialect: the envelope and what hides inside it, the two rate limits, the pages."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from audience_sync.connectors.cards import load_card
from audience_sync.connectors.faults import ANY_CODE, Fault, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Answer, Call, JsonObject, Turn
from audience_sync.errors import Rejected

CARD = load_card("snapchat")
KNOWN_CODES = frozenset(rule.code for rule in CARD.faults)
SUCCESS = "success"
"""Printed in lower case by the documents and in upper case by Snapchat."""
REASON = re.compile(r"Error code: (E\d+)(?:, message: (.*))?")
PER_PAGE = "1000"


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def turns(_call: Call, connection: str, options: Mapping[str, str]) -> list[Turn]:
    """Snapchat counts per access token and, more generously, per app."""
    return [
        Turn(f"snapchat:{connection or 'login'}", float(options["requests_per_second"])),
        Turn("snapchat:app", float(options["app_requests_per_second"])),
    ]


def fault_in(answer: Answer) -> Fault | None:
    """The error of the request, of its login, or the first that one of its items hides behind any status."""
    if answer.status in (401, 429) and not _is_login_error(answer.body or {}):
        # An expired token is answered with a bare word, too many requests with a page or with nothing.
        return Fault(ANY_CODE, str(answer.status))
    if answer.body is None:
        return None
    if _is_login_error(answer.body):
        return Fault(str(answer.body["error"]), title=redact(str(answer.body.get("error_description", ""))))
    if answer.body.get("error_code"):
        return _whole(answer.body, answer.status)
    return _hidden(answer.body, answer.status) or _unnamed(answer.body, answer.status)


def _is_login_error(body: JsonObject) -> bool:
    """The form of RFC 6749, which only the token address speaks."""
    return isinstance(body.get("error"), str) and "request_status" not in body


def _whole(body: JsonObject, status: int) -> Fault:
    return _fault(str(body.get("error_code") or ""), str(body.get("debug_message") or ""), body, status)


def _unnamed(body: JsonObject, status: int) -> Fault | None:
    failed = status >= 400 or not _is_success(body.get("request_status", SUCCESS))
    return _whole(body, status) if failed else None


def _hidden(body: JsonObject, status: int) -> Fault | None:
    item = next(_refused(body), None)
    if item is None:
        return None
    reason = str(item.get("sub_request_error_reason", ""))
    found = REASON.search(reason)
    code, text = (found[1], found[2] or "") if found else ("", reason)
    return _fault(code, text, body, status)


def _refused(body: JsonObject) -> Iterator[JsonObject]:
    lists = (value for value in body.values() if isinstance(value, list))
    items = (item for items in lists for item in items if isinstance(item, dict))
    return (item for item in items if not _is_success(item.get("sub_request_status", SUCCESS)))


def _is_success(status: Any) -> bool:
    return str(status).lower() == SUCCESS


def _fault(code: str, text: str, body: JsonObject, status: int) -> Fault:
    """A code that the card knows decides; of another one the HTTP status does."""
    return Fault(
        code=code or ANY_CODE,
        subcode=None if code in KNOWN_CODES else str(status),
        trace=str(body.get("request_id", "")),
        transient=status >= 500,
        title=redact(text),
        # No list of Snapchat's codes is public, so an unknown refusal may be about a value.
        about_rows=status in (200, 400) and code not in KNOWN_CODES,
    )


async def pages(api: Api, call: Call, plural: str, single: str) -> AsyncIterator[JsonObject]:
    """Every entity of a list, page by page. The next page's address is followed on our own host only."""
    call = replace(call, params={**call.params, "limit": PER_PAGE})
    while True:
        page = await api.send(call)
        for item in page.get(plural, []):
            yield item[single]
        link = (page.get("paging") or {}).get("next_link")
        if not link:
            return
        call = replace(call, path=_own(api, str(link)), params=dict(parse_qsl(urlsplit(link).query)))


def _own(api: Api, link: str) -> str:
    """The address without its query; Rejected when our token would travel to another host with it."""
    there, here = urlsplit(link), urlsplit(api.base_url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise Rejected(
            "Snapchat's next page is at an address that is not Snapchat's API.",
            "Check AUDIENCE_SYNC_SNAPCHAT_API_URL; otherwise please report this.",
            code="SNAPCHAT_FOREIGN_PAGE",
        )
    return there._replace(query="", fragment="").geturl()
