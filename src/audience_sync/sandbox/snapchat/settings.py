"""What can be set about the pretend Snapchat, above all what no document says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Numbers with a unit in their name; the defaults are short where Snapchat takes hours, so that a demo is quick.

    Size: `match_share` is the share (0.0-1.0) of members whom Snapchat knows; below `min_size` matched members a
    segment has TOO_FEW_USERS and shows no size. There is no `drop_person`: a call names one kind of identifier, so
    Snapchat cannot tell that two of them are one person.

    Pace: `requests_per_second` is per access token (Snapchat: 10), `app_requests_per_second` per app (Snapchat: 20);
    0 = no limit. `limit_as_html`: the 429 is a web page.

    Where documents are silent or at odds: `refuse_pending` (an upload before a segment is ACTIVE fails),
    `refused_status` and `refused_http` (the request_status and, when every item was refused, the HTTP status of an
    answer with refused items), `not_found_http`, `undocumented_code` (the error code of refusals for which none is
    known), `rename_allowed`, `retention_changeable`, `omit_refresh_token` (a refresh answers without one).

    `page_size` shortens every page (0 = as asked). `view_only_accounts` holds ids of ad accounts in which the
    person's role may not edit audiences.
    """

    app_name: str = "Stratum AI"
    match_share: float = 0.88
    min_size: int = 1_000
    activation_seconds: float = 2.0
    refuse_pending: bool = False
    processing_seconds: float = 3.0
    token_seconds: int = 3_600
    code_seconds: float = 600.0
    rotate_refresh_tokens: bool = False
    omit_refresh_token: bool = False
    requests_per_second: float = 0.0
    app_requests_per_second: float = 0.0
    limit_as_html: bool = False
    lower_case_status: bool = False
    refused_status: str = "SUCCESS"
    refused_http: int = 200
    not_found_http: int = 404
    undocumented_code: str = "E0000"
    rename_allowed: bool = True
    retention_changeable: bool = True
    page_size: int = 0
    segment_limit: int = 1_000
    account_status: str = "ACTIVE"
    view_only_accounts: tuple[str, ...] = ()
    extra_accounts: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.match_share <= 1:
            raise ValueError("match_share must be between 0 and 1.")
        if self.refused_status not in ("SUCCESS", "ERROR"):
            raise ValueError("refused_status must be SUCCESS or ERROR.")
