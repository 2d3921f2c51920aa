"""What became of requests that Google had accepted: it tells later, and by reason only, never whom it concerns."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audience_sync.connectors.google_lists import about
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Rejected
from audience_sync.model.platforms import Receipt, Target

SEPARATOR = ","
"""Between the ids of a batch's requests in its reference."""
SUCCESS, PARTIAL_SUCCESS, FAILED = "SUCCESS", "PARTIAL_SUCCESS", "FAILED"
PREFIX = "PROCESSING_ERROR_REASON_"
RANGE_PREFIX = "MATCH_RATE_RANGE_"
RANGE = re.compile(r"(\d+)_TO_(\d+)")
LOWEST = "LESS_THAN_20"
WORDS = {
    "DENIED_CONSENT": "Their consent is recorded as denied, as Google sees it",
    "NO_CONSENT": "No consent was sent for people in the European Economic Area",
    "UNKNOWN_CONSENT": "A part of the consent was not sent for people in the European Economic Area",
    "INTERNAL_ERROR": "Google had an internal error with these members",
    "INVALID_FORMAT": "Google could not read their identifiers",
    "INVALID_MOBILE_ID_FORMAT": "The mobile ad id is not in a form that Google reads",
    "INVALID_HEX_ENCODING": "An identifier is not written in hex",
    "INVALID_SHA256_FORMAT": "An identifier is no SHA-256 hash",
    "INVALID_POSTAL_CODE": "The postal code is not one of its country",
    "INVALID_REGION_CODE": "The country is not an ISO code",
    "REQUIRED_FIELD_MISSING": "A part of an identifier is missing",
}
PASSING = frozenset({"INTERNAL_ERROR"})
"""Reasons that lie with Google, not with the members."""


def words_of(reason: str) -> str:
    """Why members were refused, in words."""
    name = reason.removeprefix(PREFIX)
    return WORDS.get(name) or name.replace("_", " ").capitalize()


async def check(api: Api, target: Target, receipt: Receipt) -> Receipt:
    """The receipt, settled when Google is done with all its requests; `invalid` has grown by those that failed then.

    Rejected when Google did not carry a request out at all, or no longer tells what became of it.
    """
    if receipt.settled:
        return receipt
    parts = [part for each in receipt.reference.split(SEPARATOR) for part in await _status(api, target, each)]
    if failed := [part for part in parts if part.get("requestStatus") == FAILED]:
        raise _failure(target, failed)
    refused = _refused(parts)
    low, high = _match(parts)
    return replace(
        receipt,
        match_low=low,
        match_high=high,
        settled=all(part.get("requestStatus") in (SUCCESS, PARTIAL_SUCCESS) for part in parts),
        invalid=(receipt.invalid or 0) + refused.total(),
        again=sum(refused[reason] for reason in refused if _passes(reason)),
        samples=tuple(sorted({*receipt.samples, *map(words_of, refused)})),
    )


def _passes(reason: str) -> bool:
    return reason.removeprefix(PREFIX) in PASSING


async def _status(api: Api, target: Target, request_id: str) -> Sequence[JsonObject]:
    """How each destination of the request stands; one that is not told yet counts as not done."""
    params = {"requestId": request_id}
    answer = await api.send(Call("GET", "requestStatus:retrieve", params, about=about(target)))
    return answer.get("requestStatusPerDestination") or [{}]


def _match(parts: Sequence[JsonObject]) -> tuple[float | None, float | None]:
    """The share of contact data that Google matched, from and to, over all requests of which it tells; else None.

    It tells a range per request, and none of one with few people, of device ids and of removals.
    """
    told = [(records, bounds) for records, said in _ingests(parts) if (bounds := _bounds(said)) and records]
    people = sum(records for records, _ in told)
    if not people:
        return None, None
    low, high = (sum(records * bounds[end] for records, bounds in told) / people / 100 for end in (0, 1))
    return low, high


def _ingests(parts: Sequence[JsonObject]) -> Iterator[tuple[int, str]]:
    """How many people each request was about, and the range of which Google speaks."""
    for part in parts:
        told = (part.get("audienceMembersIngestionStatus") or {}).get("userDataIngestionStatus") or {}
        yield int(told.get("recordCount", 0)), str(told.get("uploadMatchRateRange", ""))


def _bounds(said: str) -> tuple[int, int] | None:
    """Percent from and to; None where Google tells none."""
    name = said.removeprefix(RANGE_PREFIX)
    if found := RANGE.fullmatch(name):
        return int(found[1]), int(found[2])
    return (0, 20) if name == LOWEST else None


def _failure(target: Target, failed: Sequence[JsonObject]) -> Rejected:
    reasons = _refused(failed)
    why = "; ".join(words_of(reason) for reason in reasons) or "Google gives no reason"
    return Rejected(
        f"Google accepted a request for {about(target)} and then did not carry it out: {why}.",
        "What it was about is sent again with the next sync. If it fails again, look at Data Manager in Google Ads.",
        code="GOOGLE_REQUEST_FAILED",
        details={"reasons": sorted(reasons), "passes": bool(reasons) and all(map(_passes, reasons))},
    )


def _refused(parts: Sequence[JsonObject]) -> Counter[str]:
    """How many members failed, by reason."""
    counted = Counter[str]()
    for each in _error_counts(parts):
        counted[str(each.get("reason", ""))] += int(each.get("recordCount", 0))
    return counted


def _error_counts(parts: Sequence[JsonObject]) -> Iterator[JsonObject]:
    return (each for part in parts for each in (part.get("errorInfo") or {}).get("errorCounts") or [])
