"""Google's dialect: the bearer token, the quotas, and the error envelopes of its three services."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from audience_sync.connectors.cards import load_card
from audience_sync.connectors.faults import Fault, redact
from audience_sync.connectors.wire import Answer, Call, JsonObject, Turn

CARD = load_card("google")
KNOWN = frozenset(rule.code for rule in CARD.faults)
ROW_REASONS = frozenset(
    {
        "REQUIRED_FIELD_MISSING",
        "INVALID_FORMAT",
        "INVALID_HEX_ENCODING",
        "INVALID_BASE64_ENCODING",
        "INVALID_SHA256_FORMAT",
        "INVALID_POSTAL_CODE",
        "INVALID_REGION_CODE",
        "INVALID_ENUM_VALUE",
        "INVALID_AUDIENCE_MEMBER",
        "INVALID_MOBILE_ID_FORMAT",
        "FIELD_VALUE_TOO_LONG",
    }
)
"""Reasons for which a member is refused, and with it its whole request."""
PASSING = frozenset({"ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "RESOURCE_EXHAUSTED", "UNAVAILABLE"})
TOO_MANY = 429
UNSAID_SECONDS = 30.0
"""Wait for a quota of a minute where Google does not say how long."""
PER_DAY = "PER_DAY"
MIDNIGHT_UTC_HOUR = 8
"""Daily quotas begin again at midnight in California: at 08:00 UTC, in summer an hour earlier."""

_MEMBER = re.compile(r"audience_?members\[(\d+)\]", re.IGNORECASE)
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign(_token: str, _app_secret: str) -> dict[str, str]:
    """Nothing: the bearer token is all the proof that Google wants."""
    return {}


def turns(call: Call, _connection: str, options: Mapping[str, str]) -> list[Turn]:
    """Google counts per Cloud project, and each of five kinds of call apart; signing in is not counted."""
    quota = _quota(call)
    return [Turn(f"google:{quota}", float(options["requests_per_second"]))] if quota else []


def _quota(call: Call) -> str:
    if "/customers" in call.path:
        return "ads"
    if "/userLists" in call.path:
        return "lists-read" if call.method == "GET" else "lists"
    if call.path.startswith("requestStatus"):
        return "status"
    return "ingest" if call.path.startswith("audienceMembers") else ""


def fault_in(answer: Answer) -> Fault | None:
    """The error in the answer's envelope; that of the sign-in is a bare word, the others' google.rpc.Status."""
    said = (answer.body or {}).get("error")
    if isinstance(said, str):
        return Fault(said, title=redact(str((answer.body or {}).get("error_description", ""))))
    return _fault(said) if isinstance(said, dict) else None


def _fault(said: JsonObject) -> Fault:
    details, status = _details(said), str(said.get("status", ""))
    violations = _violations(details)
    code = _code([*_reasons(details, violations), status])
    about_rows = code in ROW_REASONS and all(_is_about_members(each) for each in violations)
    rows = {number: str(each.get("reason")) for each in violations for number in _rows(each)} if about_rows else {}
    return Fault(
        code=code,
        subcode=PER_DAY if _is_daily(details) else None,
        trace=_trace(details),
        transient=status in PASSING,
        title=redact(str(said.get("message", ""))),
        fields=tuple(sorted({_field(each) for each in violations} - {""})),
        about_rows=about_rows,
        rows=tuple(sorted(rows)),
        reasons=tuple(sorted(set(rows.values()))),
    )


def _details(said: JsonObject) -> list[JsonObject]:
    return [each for each in said.get("details") or [] if isinstance(each, dict)]


def _violations(details: Sequence[JsonObject]) -> list[JsonObject]:
    return [each for detail in details for each in detail.get("fieldViolations") or [] if isinstance(each, dict)]


def _reasons(details: Sequence[JsonObject], violations: Sequence[JsonObject]) -> list[str]:
    """Why, the most telling first: what concerns the whole request, single members, then the error as a whole."""
    named = [str(each["reason"]) for each in violations if each.get("reason")]
    ads = [str(code) for error in _ads_errors(details) for code in (error.get("errorCode") or {}).values()]
    whole = [str(detail["reason"]) for detail in details if detail.get("reason")]
    return sorted(named, key=ROW_REASONS.__contains__) + ads + whole


def _ads_errors(details: Sequence[JsonObject]) -> Iterator[JsonObject]:
    return (each for detail in details for each in detail.get("errors") or [] if isinstance(each, dict))


def _code(candidates: Sequence[str]) -> str:
    """The first of them that the card knows, else the first: a status is known where its reason is new to us."""
    return next((each for each in candidates if each in KNOWN), candidates[0])


def _is_about_members(violation: JsonObject) -> bool:
    """Whether the blamed field is a member's, as a missing encoding or destination is not."""
    field = str(violation.get("field", "")).lower()
    return not field or "member" in field


def _rows(violation: JsonObject) -> list[int]:
    return [int(number) for number in _MEMBER.findall(str(violation.get("field", "")))][:1]


def _field(violation: JsonObject) -> str:
    name = re.sub(r"\[\d+\]", "[]", str(violation.get("field", "")))
    return name if re.fullmatch(r"[\w.\[\]-]{1,120}", name) else ""


def _trace(details: Sequence[JsonObject]) -> str:
    return next((str(detail["requestId"]) for detail in details if detail.get("requestId")), "")


def _is_daily(details: Sequence[JsonObject]) -> bool:
    limits = [str((detail.get("metadata") or {}).get("quota_limit", "")) for detail in details]
    return any("PerDay" in limit for limit in limits)


def pause(answer: Answer) -> float:
    """Seconds that an exhausted quota asks everybody to wait: as it says, else by its kind."""
    said = (answer.body or {}).get("error")
    if answer.status != TOO_MANY or not isinstance(said, dict):
        return 0.0
    details = _details(said)
    asked = max((_seconds(text) for text in _delays(details)), default=0.0)
    return asked or (_until_midnight(datetime.now(UTC)) if _is_daily(details) else UNSAID_SECONDS)


def _delays(details: Sequence[JsonObject]) -> Iterator[Any]:
    for detail in details:
        yield detail.get("retryDelay")
    for error in _ads_errors(details):
        yield ((error.get("details") or {}).get("quotaErrorDetails") or {}).get("retryDelay")


def _seconds(duration: Any) -> float:
    """A google.protobuf.Duration as JSON has it, such as `7.5s`."""
    found = _SECONDS.fullmatch(duration) if isinstance(duration, str) else None
    return float(found[1]) if found else 0.0


def _until_midnight(now: datetime) -> float:
    today = now.replace(hour=MIDNIGHT_UTC_HOUR, minute=0, second=0, microsecond=0)
    return ((today if today > now else today + timedelta(days=1)) - now).total_seconds()
