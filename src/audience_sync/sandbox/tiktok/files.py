"""Customer files: how they are uploaded, and the rows in them."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from audience_sync.sandbox.call import UploadedFile
from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.audience import MULTIPLE_TYPES, Part
from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.state import State, StoredFile

# TikTok's own numbers for the types: those with one number are one type by two names.
TYPES = {
    "EMAIL_SHA256": 8, "PHONE_SHA256": 9, "IDFA_SHA256": 15, "IDFA_MD5": 12, "GAID_SHA256": 16, "GAID_MD5": 13,
    "FIRST_SHA256": 6, "FIRST_MD5": 7, "MAID_SHA256": 6, "MAID_MD5": 7, MULTIPLE_TYPES: 100,
}  # fmt: skip
COLUMNS = frozenset({"EMAIL_SHA256", "PHONE_SHA256", "MAID", "MAID_SHA256", "MAID_MD5"})
MOST_REPEATS = 3
SUFFIXES = (".csv", ".txt")
_VALUES = {
    "SHA256": re.compile(r"[0-9a-f]{64}").fullmatch,
    "MD5": re.compile(r"[0-9a-f]{32}").fullmatch,
    "MAID": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch,
}


def upload(state: State, ask: Ask) -> dict[str, Any]:
    """POST /dmp/custom_audience/file/upload/: the file is kept for the ad account, under the path that is answered."""
    advertiser_id = ask.advertiser()
    calculate_type = ask.call.text("calculate_type")
    if calculate_type not in TYPES:
        raise TikTokError(40909)
    file = ask.call.files.get("file")
    if file is None:
        raise TikTokError(40002, "file: Missing data for required field")
    _check_file(state, file, ask.text("file_signature"))
    if calculate_type == MULTIPLE_TYPES:
        _header(_lines(file.content)[0])
    expires_at = state.clock.now() + state.settings.file_seconds
    return {"file_path": state.keep(StoredFile(advertiser_id, calculate_type, file.content, expires_at))}


def parts_of(state: State, paths: Iterable[str], advertiser_id: str, calculate_type: str) -> list[Part]:
    """The rows of the files; codes 40905 for one that this ad account has not, 40910 for one whose time is over."""
    return [_part(_stored(state, path, advertiser_id, calculate_type).content, calculate_type) for path in paths]


def _stored(state: State, path: str, advertiser_id: str, calculate_type: str) -> StoredFile:
    file = state.files.get(path)
    if file is None or file.advertiser_id != advertiser_id:
        raise TikTokError(40905, f"The file {path} does not exist")
    if state.clock.now() >= file.expires_at:
        raise TikTokError(40910, f"The file {path} is expired")
    if TYPES[file.calculate_type] != TYPES[calculate_type]:
        raise TikTokError(40909, "The calculate_type of the file is not that of the audience")
    return file


def _check_file(state: State, file: UploadedFile, signature: str) -> None:
    if not file.name.endswith(SUFFIXES):
        raise TikTokError(40908, "The file must be a .csv or a .txt")
    if not file.content.strip():
        raise TikTokError(40906)
    if len(file.content) > state.settings.most_file_bytes:
        raise TikTokError(40907)
    if hashlib.md5(file.content, usedforsecurity=False).hexdigest() != signature:
        raise TikTokError(40900)


def _part(content: bytes, calculate_type: str) -> Part:
    lines = _lines(content)
    if calculate_type == MULTIPLE_TYPES:
        return _read(_header(lines[0]), lines[1:])
    # A file of one type needs no header, but may have one.
    has_header = lines[0].upper().removeprefix("#") in (*TYPES, *COLUMNS)
    return _read((calculate_type,), lines[1:] if has_header else lines)


def _read(kinds: tuple[str, ...], lines: list[str]) -> Part:
    checks = [_VALUES[kind.rpartition("_")[2]] for kind in kinds]
    rows = []
    for line in lines:
        cells = tuple(cell.strip() for cell in line.split(","))
        right = len(cells) == len(kinds) and any(cells)
        if right and all(not cell or check(cell) for cell, check in zip(cells, checks, strict=True)):
            rows.append(cells)
    return Part(kinds, rows, len(lines) - len(rows))


def _header(line: str) -> tuple[str, ...]:
    """The columns of a file of multiple types; code 40915 where its first line does not name them."""
    kinds = tuple(cell.strip().upper() for cell in line.split(","))
    if not COLUMNS.issuperset(kinds) or max(Counter(kinds).values()) > MOST_REPEATS:
        raise TikTokError(40915, "The header of the file is not correct")
    return kinds


def _lines(content: bytes) -> list[str]:
    return [line for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]
