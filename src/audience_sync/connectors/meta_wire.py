"""Meta's dialect: proofs of the app secret, the error envelope, the usage headers, the pages."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from audience_sync.connectors.cards import load_card
from audience_sync.connectors.faults import Fault, Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Answer, Call, JsonObject, Turn

CARD = load_card("meta")
UNKNOWN = 1
INVALID = 100
WRONG_SECRET = 104
SECRET_REFUSED = {INVALID: "appsecret_proof", UNKNOWN: "client secret"}
"""Codes that mean many things, and the words that tell that it is the app secret."""
SLOW_PERCENT = 75
FULL_PERCENT = 95
SLOW_SECONDS = 2.0
FULL_SECONDS = 300.0
OUR_USES = frozenset({"custom_audience", "ads_management"})
"""Business use cases whose quota our calls spend; the others have limits of their own."""


def app_secret_proof(token: str, app_secret: str, at: int | None = None) -> dict[str, str]:
    """The parameters that prove that the caller knows the app secret; with `at` (unix seconds) good for five minutes.

    Source: https://developers.facebook.com/docs/facebook-login/security, read 2026-11-24.
    """
    message = token if at is None else f"{token}|{at}"
    proof = hmac.new(app_secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return {"appsecret_proof": proof} | ({} if at is None else {"appsecret_time": str(at)})


def sign(token: str, app_secret: str, *, timed: bool) -> dict[str, str]:
    """The proof of one call; nothing without a token and a secret."""
    if not token or not app_secret:
        return {}
    return app_secret_proof(token, app_secret, int(time.time()) if timed else None)


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def turns(call: Call, _connection: str, options: Mapping[str, str]) -> list[Turn]:
    """Meta counts per ad account and app."""
    return [Turn(f"meta:{call.about.account or 'app'}", float(options["requests_per_second"]))]


def fault_in(answer: Answer) -> Fault | None:
    """The error in the answer's envelope. Its status and its texts decide nothing: Meta says that they may change."""
    body = answer.body or {}
    said = body.get("error")
    if isinstance(said, dict):
        return _fault(said)
    # A change that was not made and not explained either: the vendor's own client fails on this one.
    return Fault(UNKNOWN) if body.get("success") is False else None


def _fault(said: JsonObject) -> Fault:
    code = _number(said.get("code")) or UNKNOWN
    if code in SECRET_REFUSED and SECRET_REFUSED[code] in str(said.get("message")):
        code = WRONG_SECRET
    subcode, fields = _number(said.get("error_subcode")), _blamed(said.get("error_data"))
    return Fault(
        code=UNKNOWN if code < 0 else code,
        subcode=subcode,
        trace=str(said.get("fbtrace_id") or ""),
        transient=said.get("is_transient") is True,
        title=redact(str(said.get("error_user_title") or "")),
        fields=fields,
        about_rows=code == INVALID and subcode is None and all(field.startswith("payload") for field in fields),
    )


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and re.fullmatch(r"-?\d+", str(value)) else None


def _blamed(error_data: Any) -> tuple[str, ...]:
    """The names of the blamed parameters; `error_data` comes as an object or as its JSON text."""
    found = _json(error_data) if isinstance(error_data, str) else error_data
    specs = found.get("blame_field_specs") if isinstance(found, dict) else None
    names = [".".join(map(str, spec)) for spec in specs or [] if isinstance(spec, list)]
    return tuple(name for name in names if re.fullmatch(r"[a-z_.]{1,60}", name))


def pause(answer: Answer) -> float:
    """Seconds to hold this ad account back: slower from 75 % of a quota, paused from 95 % or when Meta says so."""
    waits = [_business_wait(answer.headers), _account_wait(answer.headers), _app_wait(answer.headers)]
    return max(waits)


def _business_wait(headers: Mapping[str, str]) -> float:
    uses = _header(headers, "x-business-use-case-usage")
    rows = [row for rows in uses.values() if isinstance(rows, list) for row in rows if isinstance(row, dict)]
    ours = [row for row in rows if row.get("type") in OUR_USES]
    minutes = max((_amount(row.get("estimated_time_to_regain_access")) for row in ours), default=0.0)
    return minutes * 60 or max((_call_wait(row) for row in ours), default=0.0)


def _account_wait(headers: Mapping[str, str]) -> float:
    usage = _header(headers, "x-ad-account-usage")
    percent = _amount(usage.get("acc_id_util_pct"))
    reset_seconds = _amount(usage.get("reset_time_duration"))
    return reset_seconds if reset_seconds and percent >= FULL_PERCENT else _percent_wait(percent)


def _app_wait(headers: Mapping[str, str]) -> float:
    return _call_wait(_header(headers, "x-app-usage"))


def _call_wait(usage: JsonObject) -> float:
    return _percent_wait(max(_amount(usage.get(name)) for name in ("call_count", "total_cputime", "total_time")))


def _percent_wait(percent: float) -> float:
    if percent >= FULL_PERCENT:
        return FULL_SECONDS
    return SLOW_SECONDS if percent >= SLOW_PERCENT else 0.0


def _amount(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0


def _header(headers: Mapping[str, str], name: str) -> JsonObject:
    found = _json(headers.get(name, ""))
    return found if isinstance(found, dict) else {}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def pages(api: Api, path: str, about: Subject, **params: str) -> AsyncIterator[JsonObject]:
    """Every object of an edge, page by page.

    Follows the cursor, never the `next` address: that one could lead our token to another host. `next` only tells
    whether there is more, because the last page has cursors, too.
    """
    after: dict[str, str] = {}
    while True:
        page = await api.get(path, about, **params, **after)
        for row in page.get("data", []):
            yield row
        paging = page.get("paging", {})
        if "next" not in paging:
            return
        after = {"after": paging["cursors"]["after"]}
