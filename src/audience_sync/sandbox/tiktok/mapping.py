"""The body of a mapping call, checked the way TikTok does: who joins or leaves which audiences."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.errors import TikTokError

# The order in which rows are kept, whatever the order of a call's id_schema.
STREAMED_KINDS = ("EMAIL_SHA256", "PHONE_SHA256", "IDFA_SHA256", "IDFA_MD5", "AAID_SHA256", "AAID_MD5")
HASHES = {"SHA256": re.compile(r"[0-9a-f]{64}").fullmatch, "MD5": re.compile(r"[0-9a-f]{32}").fullmatch}
_RAW = re.compile(r".*@.*|\+?[\d\s().-]{6,20}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """`rows` under STREAMED_KINDS by the audience that they join or leave; a missing identifier is empty text."""

    action: str
    rows: dict[str, list[Cells]]


def read_mapping(ask: Ask) -> Mapping:
    """The call's mapping; the whole call is refused for any identifier that is not as it must be."""
    action = ask.word("action", "add", ("add", "delete"))
    kinds = _schema(ask)
    rows: defaultdict[str, list[Cells]] = defaultdict(list)
    for person in _people(ask, len(kinds)):
        for audience_id, cells in _by_audience(kinds, person).items():
            rows[audience_id].append(tuple(cells))
    return Mapping(action, dict(rows))


def _schema(ask: Ask) -> list[str]:
    kinds = [kind.upper() for kind in ask.texts("id_schema", most=len(STREAMED_KINDS))]
    unknown = [kind for kind in kinds if kind not in STREAMED_KINDS]
    if unknown:
        raise TikTokError(40002, f"id_schema: {unknown[0]} is not supported")
    if len(set(kinds)) < len(kinds):
        raise TikTokError(40002, "id_schema: The same type appears twice")
    return kinds


def _people(ask: Ask, width: int) -> list[list[dict[str, Any]]]:
    batch = ask.structure("batch_data")
    settings = ask.state.settings
    if not isinstance(batch, list) or not 1 <= len(batch) <= settings.most_rows:
        raise TikTokError(40061, f"batch_data: The batch size must be between 1 and {settings.most_rows}")
    if not all(isinstance(person, list) and len(person) == width for person in batch):
        raise TikTokError(40002, "batch_data: Each row must be as long as id_schema")
    if not all(isinstance(identifier, dict) for person in batch for identifier in person):
        raise TikTokError(40002, "batch_data: Each id must be an object")
    if sum(bool(identifier) for person in batch for identifier in person) > settings.most_ids:
        raise TikTokError(40011, f"batch_data: At most {settings.most_ids} ids can be sent at once")
    return batch


def _by_audience(kinds: list[str], person: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The person's cells for each audience; every identifier names its own audiences."""
    found: dict[str, list[str]] = {}
    for kind, identifier in zip(kinds, person, strict=True):
        if not identifier:
            continue
        value = _checked(kind, identifier.get("id"))
        for audience_id in _audience_ids(identifier.get("audience_ids")):
            found.setdefault(audience_id, [""] * len(STREAMED_KINDS))[STREAMED_KINDS.index(kind)] = value
    return found


def _checked(kind: str, value: Any) -> str:
    if isinstance(value, str) and HASHES[kind.partition("_")[2]](value):
        return value
    if isinstance(value, str) and _RAW(value):
        raise TikTokError(40062, f"batch_data: An id of type {kind} is not hashed")
    raise TikTokError(40002, f"batch_data: An id of type {kind} is not a lower-case hexadecimal hash")


def _audience_ids(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise TikTokError(40002, "batch_data: audience_ids must be a list of strings")
    return value
