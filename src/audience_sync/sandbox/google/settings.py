"""What can be set about the pretend Google."""

from dataclasses import dataclass

LONGEST_MEMBERSHIP_SECONDS = 540 * 86_400
STATUS_DAYS = 50


@dataclass(frozen=True)
class Settings:
    """Numbers with a unit in their name; the defaults are short where Google takes hours, so that a demo is quick.

    People: `match_share` is the share (0.0-1.0) of people whom Google knows; uploads of fewer than `eligible_records`
    get no match range, lists of fewer than `smallest_size` matched people no size. `drop_person`: a removal takes the
    whole member of a named key away, not only the key. `shuffled`: what a list has waiting is done together, the
    latest request first, since Google promises no order.

    Sign-in: `token_seconds` an access token lives, `refresh_token_seconds` a refresh token (0 = for ever; seven days
    for an app in testing). `invalid_grant`: no refresh token is good any more. `dropped_scopes` are never granted.
    `service_account_key` is the public key (PEM) of the service account; without one it cannot sign in.

    Accounts: each of the tuples holds customer ids. Limits: `requests_per_minute` for each kind of call (Google's is
    300; 0 = none), `requests_per_second` for all calls of the Data Manager API together (0 = none).

    Answers: at most `most_violations` are reported, under `audience_members.audience_members[n]` with `long_paths`;
    `sparse` leaves fields with default values out.
    """

    app_name: str = "Stratum AI"
    match_share: float = 0.72
    processing_seconds: float = 3.0
    eligible_records: int = 100
    smallest_size: int = 100
    drop_person: bool = False
    shuffled: bool = False
    code_seconds: float = 600.0
    token_seconds: int = 3_599
    refresh_token_seconds: int = 0
    invalid_grant: bool = False
    dropped_scopes: tuple[str, ...] = ()
    service_account_key: str = ""
    terms_missing: tuple[str, ...] = ()
    ineligible_accounts: tuple[str, ...] = ()
    undeclared_accounts: tuple[str, ...] = ()
    suspended_accounts: tuple[str, ...] = ()
    extra_accounts: int = 0
    search_page_rows: int = 10_000
    longest_name: int = 255
    requests_per_minute: int = 0
    requests_per_second: float = 0.0
    most_violations: int = 100
    long_paths: bool = False
    sparse: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.match_share <= 1:
            raise ValueError("match_share must be between 0 and 1.")
        if self.search_page_rows < 1 or self.most_violations < 1:
            raise ValueError("search_page_rows and most_violations must be at least 1.")
