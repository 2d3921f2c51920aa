"""Did anything raw leave? Every request that the pretend platforms received is searched for the people's own words."""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from audience_sync.sandbox.recorder import Recorded

WORD = re.compile(rb"[0-9a-z]+(?:[.@+-][0-9a-z]+)*")
SHORTEST_PHONE = 7
"""Digits; a shorter run of them may be any number."""


def raw_words(profiles: Iterable[Path]) -> set[bytes]:
    """Every e-mail address and telephone number of the files, in small letters and digits."""
    return {word.encode() for path in profiles for row in _rows(path) for word in _words(row)}


def leaks(requests: Iterable[Recorded], raw: set[bytes]) -> int:
    """Words of the requests' addresses and bodies that are somebody's e-mail address or telephone number."""
    return sum(
        word in raw or b"@" in word
        for request in requests
        for text in (request.query.encode(), request.body)
        for word in WORD.findall(text.lower().replace(b"%40", b"@"))
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _words(row: dict[str, str]) -> Iterator[str]:
    email, digits = row.get("email", "").strip().lower(), re.sub(r"\D", "", row.get("phone", ""))
    if "@" in email:
        yield email
    if len(digits.lstrip("0")) >= SHORTEST_PHONE:
        yield from (digits, digits.lstrip("0"))
