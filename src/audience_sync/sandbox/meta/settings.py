"""What can be set about the pretend Meta."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Numbers with a unit in their name; the defaults are short where Meta takes hours, so that a demo is quick.

    `match_share` is the share (0.0-1.0) of people whom Meta knows. `requests_per_second` (0 = no limit) and
    `calls_per_hour` are per ad account; `limit_error` is what a caller over `requests_per_second` is told.
    `drop_person`: a removal takes the whole row of a named key away, not only the key. `oldest_version` is the
    oldest Marketing API that still answers. `terms_missing` and `disabled_accounts` hold act_ ids.
    """

    app_name: str = "Stratum AI"
    match_share: float = 0.88
    processing_seconds: float = 3.0
    drop_person: bool = False
    require_proof: bool = False
    oldest_version: int = 25
    audience_limit: int = 500
    replace_limit: int = 100_000_000
    session_seconds: float = 5_400.0
    code_seconds: float = 600.0
    short_token_seconds: int = 5_000
    long_token_seconds: int = 5_183_944
    requests_per_second: float = 0.0
    limit_error: str = "613/1487742"
    calls_per_hour: int = 190_000
    terms_missing: tuple[str, ...] = ()
    disabled_accounts: tuple[str, ...] = ()
    extra_accounts: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.match_share <= 1:
            raise ValueError("match_share must be between 0 and 1.")
        if not re.fullmatch(r"\d+(/\d+)?", self.limit_error):
            raise ValueError("limit_error must be a code, or a code/subcode.")
