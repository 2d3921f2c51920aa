"""What can be set about the pretend TikTok."""

from dataclasses import dataclass

MOST_MATCHES = 10.0


@dataclass(frozen=True)
class Settings:
    """Numbers with a unit in their name; what no document tells has a setting, and short times make a demo quick.

    `match_share` is how many users TikTok finds per person, 0.0-10.0: one identifier may match several users.
    `min_size` counts matched users for `is_valid`, and people for a file operation, which is refused as soon as it is
    asked for with `refuse_small_at_once` and otherwise fails later. `drop_person`: a delete takes all identifiers of
    the person away, not only the one named. `requests_per_second` and `requests_per_minute` (0 = no limit) are per app.
    `dropped_permissions` are taken from every token; `withdrawn_accounts` and `read_only_accounts` are what the person
    took back from the app, or may only look at.
    """

    app_name: str = "Stratum AI"
    match_share: float = 0.88
    processing_seconds: float = 3.0
    min_size: int = 1_000
    refuse_small_at_once: bool = False
    drop_person: bool = False
    late_failure_seconds: float = 60.0
    audience_limit: int = 400
    most_rows: int = 10_000
    most_ids: int = 60_000
    most_file_bytes: int = 50 * 1024 * 1024
    file_seconds: float = 86_400.0
    code_seconds: float = 3_600.0
    requests_per_second: float = 0.0
    requests_per_minute: int = 0
    streaming_allowed: bool = True
    dropped_permissions: tuple[str, ...] = ()
    withdrawn_accounts: tuple[str, ...] = ()
    read_only_accounts: tuple[str, ...] = ()
    disabled_accounts: tuple[str, ...] = ()
    extra_accounts: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.match_share <= MOST_MATCHES:
            raise ValueError("match_share must be between 0 and 10.")
        if not all(each.isdecimal() for each in self.dropped_permissions):
            raise ValueError("dropped_permissions are numbers as text: 30, 31.")
