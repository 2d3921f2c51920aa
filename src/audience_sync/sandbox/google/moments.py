"""Moments as Google writes them: RFC 3339 text outside, unix seconds inside."""

import re
from datetime import datetime
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)").fullmatch


def moment_text(value: Any) -> str:
    """The value, which is an RFC 3339 moment; ValueError otherwise."""
    if not isinstance(value, str) or not _MOMENT(value):
        raise ValueError("not a moment")
    unix(value)
    return value


def unix(moment: str) -> float:
    """The moment in unix seconds, to the microsecond."""
    return datetime.fromisoformat(moment.upper()).timestamp()
