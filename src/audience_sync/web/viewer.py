"""How the person at the browser reads numbers and times: separators of their language, the zone of their place."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, available_timezones

THIN_SPACE = "\u202f"
HARD_SPACE = "\u00a0"
SEPARATORS = {
    "en": (",", "."),
    "de": (".", ","),
    "de-ch": ("\u2019", "."),
    "de-at": (HARD_SPACE, ","),
    "fr": (THIN_SPACE, ","),
    "es": (".", ","),
    "it": (".", ","),
    "nl": (".", ","),
    "pt": (".", ","),
    "pl": (HARD_SPACE, ","),
    "sv": (HARD_SPACE, ","),
    "nb": (HARD_SPACE, ","),
    "da": (".", ","),
    "fi": (HARD_SPACE, ","),
    "cs": (HARD_SPACE, ","),
    "tr": (".", ","),
    "ja": (",", "."),
    "zh": (",", "."),
    "ko": (",", "."),
    "he": (",", "."),
}
"""Between thousands, and before decimals. Source: Unicode CLDR 46, `symbols` of each language, read 2026-11-24."""
LONGEST_HEADER = 200
ZONES = frozenset(available_timezones())
"""Read once: each reading walks through all files of the zones."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """`zone_name` is empty while only the browser knows its zone; times on the server's side are UTC then."""

    group: str = ","
    decimal: str = "."
    zone_name: str = ""
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.zone_name) if self.zone_name in ZONES else UTC


VIEWER: ContextVar[Viewer] = ContextVar("viewer", default=Viewer())  # noqa: B039  # A frozen value.
"""Whoever the page that is being rendered is for."""


def separators(accept_language: str) -> tuple[str, str]:
    """Those of the first language in the header that is known; English ones otherwise."""
    for part in accept_language[:LONGEST_HEADER].split(","):
        tag = part.partition(";")[0].strip().lower()
        for name in (tag, tag.partition("-")[0]):
            if name in SEPARATORS:
                return SEPARATORS[name]
    return SEPARATORS["en"]
