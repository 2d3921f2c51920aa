"""Every setting, read once from `AUDIENCE_SYNC_*`; wrong ones end the start with a clear SetupError."""

import os
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from audience_sync.errors import SetupError

PREFIX = "AUDIENCE_SYNC_"
TEST_PREFIX = "AUDIENCE_SYNC_TEST_"
"""What only the tests read; not settings of the product."""


class ConsentPolicy(StrEnum):
    """Which profiles may be sent to an ad platform."""

    GRANTED = "granted"
    """Only those whose consent for advertising is recorded as granted."""
    NOT_DENIED = "not_denied"
    """All but those whose consent is recorded as denied."""


class Settings(BaseSettings):
    """Frozen. Field names are the environment's, without the prefix and in lower case."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_nested_delimiter=None)

    data_dir: Path = Field(
        Path("data"),
        description="Folder of the database, the profiles and the ledger. Kept private (mode 0700).",
    )
    database_url: str = Field(
        "",
        description="PostgreSQL as postgresql://user:password@host/name. Empty: SQLite in the data folder.",
    )
    profiles_bucket: str = Field(
        "",
        description="Bucket of the built-in store: s3://name/prefix?endpoint_override=…&region=…, or gs://name/prefix, "
        "see bucket.md. Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, from Google's application "
        "default credentials, or from the machine's role. "
        "Empty: the data folder.",
    )
    secret_keys: str = Field(
        "",
        description="Key ring of the vault: `id:base64 of 32 bytes`, comma separated. The first one seals, all open. "
        "Empty: one is made in the data folder.",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Where browsers reach this installation; OAuth comes back to it."
    )
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `serve` listens on.")
    worker_id: str = Field(
        "", description="Name of this worker, unique and stable across restarts. Empty: host name and slot."
    )
    memory_limit_mb: int = Field(1024, ge=128, description="Memory that one sync's engine may use, in MiB.")
    threads: int = Field(0, ge=0, description="Threads of one sync's engine. 0: all cores.")
    default_country: str = Field(
        "",
        pattern=r"^([A-Z]{2})?$",
        description="ISO country of phones that carry no country code and whose profile has no country. "
        "Empty: such phones are withheld.",
    )
    consent_purpose: str = Field(
        "ads",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Name of the consent that a sync to an ad platform needs.",
    )
    consent_policy: ConsentPolicy = Field(
        ConsentPolicy.GRANTED,
        description="`granted`: send only profiles with recorded consent. `not_denied`: send all but those who denied.",
    )
    audience_suffix: str = Field("Stratum", description="Audiences are named `<segment> - <suffix>`.")
    app_name: str = Field("Stratum AI", description="The name by which this installation is shown on consent pages.")
    sql_seconds: float = Field(60, gt=0, description="Time limit of a segment's SQL, in seconds.")
    warehouse_dir: str = Field(
        "",
        description="Folder whose files warehouses of the kinds `files`, `delta` and `iceberg` may read. Empty: none.",
    )
    fold_seconds: float = Field(
        60, ge=0, description="Seconds after which profiles and events that came by the API are folded into the store."
    )
    fold_rows: int = Field(
        50_000, ge=1, le=1_000_000, description="So many waiting rows are folded earlier, and at most so many at once."
    )
    export_hours: int = Field(24, ge=1, le=720, description="Hours after which an export's file and link are gone.")
    keep_plans_hours: int = Field(24, ge=1, description="Plans that were never run are dropped after this time.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged.")
    log_format: str = Field("auto", pattern="^(auto|json|console)$", description="`auto`: JSON unless at a terminal.")
    metrics_token: str = Field("", description="Bearer token of GET /metrics. Empty: the route is closed.")
    meta_app_id: str = Field("", description="App id of the Meta app.")
    meta_app_secret: str = Field("", description="App secret of the Meta app; also proves each call.")
    meta_config_id: str = Field(
        "", description="Configuration id of Facebook Login for Business. Empty: plain login with scopes."
    )
    meta_api_url: str = Field("", description="Where the Graph API is reached. Empty: the address on Meta's card.")
    meta_login_url: str = Field("", description="Where Meta's login dialog is. Empty: the address on Meta's card.")
    meta_version: str = Field("", description="Graph version, such as v26.0. Empty: the version on Meta's card.")
    meta_customer_file_source: str = Field(
        "USER_PROVIDED_ONLY",
        pattern="^(USER_PROVIDED_ONLY|PARTNER_PROVIDED_ONLY|BOTH_USER_AND_PARTNER_PROVIDED)$",
        description="Where the customers' details come from, as Meta asks.",
    )
    meta_requests_per_second: float = Field(
        5.0, gt=0, description="Most requests per second and ad account to Meta, over all workers."
    )

    meta_audience_link: str = Field(
        "", description="Template of an audience's page in Meta: {account}, {audience}. Empty: the one on Meta's card."
    )
    google_app_id: str = Field("", description="Client id of the Google Cloud project's OAuth client.")
    google_app_secret: str = Field("", description="Client secret of that OAuth client.")
    google_api_url: str = Field("", description="Where the Data Manager API is reached. Empty: the card's address.")
    google_login_url: str = Field("", description="Where Google's consent page is. Empty: the card's address.")
    google_token_url: str = Field("", description="Where Google gives tokens. Empty: the card's address.")
    google_version: str = Field("", description="Version of the Data Manager API. Empty: the card's.")
    google_ads_url: str = Field("", description="Where the Google Ads API is reached. Empty: the card's address.")
    google_ads_version: str = Field("", description="Version of the Google Ads API. Empty: the card's.")
    google_requests_per_second: float = Field(
        5.0, gt=0, description="Most requests per second and quota (300 a minute each) to Google, over all workers."
    )
    google_ad_user_data: str = Field(
        "CONSENT_GRANTED",
        pattern="^CONSENT_(GRANTED|STATUS_UNSPECIFIED)$",
        description="What is said of the members' consent to send user data. Those who denied it are never sent.",
    )
    google_ad_personalization: str = Field(
        "CONSENT_GRANTED",
        pattern="^CONSENT_(GRANTED|STATUS_UNSPECIFIED)$",
        description="What is said of the members' consent to personalised ads. Those who denied it are never sent.",
    )
    google_mobile_app_id: str = Field(
        "", description="App id that Google wants for lists of mobile ad ids. Empty: mobile ad ids are not sent."
    )
    google_mobile_key_space: str = Field(
        "ANDROID", pattern="^(IOS|ANDROID)$", description="Whose mobile ad ids the app's are."
    )
    google_first_check_seconds: float = Field(
        1800.0, gt=0, description="When Google is first asked what became of a request; it advises half an hour."
    )
    google_clock_margin_seconds: float = Field(
        120.0, ge=0, description="How far our clock may be ahead of Google's when a replace removes what is older."
    )
    google_audience_link: str = Field(
        "", description="Template of an audience's page in Google Ads: {account}, {audience}. Empty: the card's."
    )
    tiktok_app_id: str = Field("", description="App id of the TikTok developer app.")
    tiktok_app_secret: str = Field("", description="Secret of the TikTok developer app.")
    tiktok_api_url: str = Field("", description="Where TikTok's Business API is reached. Empty: the card's address.")
    tiktok_login_url: str = Field("", description="Where TikTok's consent page is. Empty: the card's address.")
    tiktok_version: str = Field("", description="Version of the Business API. Empty: the card's.")
    tiktok_requests_per_second: float = Field(
        10.0, gt=0, description="Most requests per second of the app to TikTok, over all workers and accounts."
    )
    tiktok_rows_per_request: int = Field(
        1000, ge=1, le=10000, description="People per streaming request; TikTok documents no figure."
    )
    tiktok_email_form: str = Field(
        "",
        pattern="^(|no_tag|plain)$",
        description="Form of e-mails. Empty: without +tag and dots, as TikTok's documents say. `no_tag`: dots stay. "
        "`plain`: only lower case.",
    )
    tiktok_phone_form: str = Field(
        "",
        pattern="^(|digits|both)$",
        description="Form of phones. Empty: E.164 with +. `digits`: without +. `both`: one key of each.",
    )
    tiktok_mobile_ids: str = Field(
        "both",
        pattern="^(both|idfa|aaid)$",
        description="As whose mobile ad ids they are sent in the streaming API: Apple's, Android's, or both.",
    )
    tiktok_audience_link: str = Field(
        "", description="Template of an audience's page in TikTok: {account}, {audience}. Empty: the card's."
    )
    snapchat_app_id: str = Field("", description="Client id of the Snapchat OAuth app.")
    snapchat_app_secret: str = Field("", description="Client secret of the Snapchat OAuth app.")
    snapchat_api_url: str = Field(
        "", description="Where Snapchat's Marketing API is reached. Empty: the card's address."
    )
    snapchat_login_url: str = Field("", description="Where Snapchat's consent page is. Empty: the card's address.")
    snapchat_version: str = Field("", description="Version of the Marketing API. Empty: the card's.")
    snapchat_requests_per_second: float = Field(
        8.0, gt=0, description="Most requests per second and connection to Snapchat, over all workers."
    )
    snapchat_app_requests_per_second: float = Field(
        15.0, gt=0, description="Most requests per second of the app to Snapchat, over all connections."
    )
    snapchat_retention_days: int = Field(
        9999,
        ge=1,
        le=9999,
        description="Days that a member stays after being added; 9999: for ever. Else everybody is sent again in time.",
    )
    snapchat_audience_link: str = Field(
        "", description="Template of an audience's page in Snapchat: {account}, {audience}. Empty: the card's."
    )
    linkedin_app_id: str = Field("", description="Client id of the LinkedIn app (experimental).")
    linkedin_app_secret: str = Field("", description="Client secret of the LinkedIn app.")
    linkedin_api_url: str = Field("", description="Where LinkedIn's API is reached. Empty: the card's address.")
    linkedin_login_url: str = Field("", description="Where LinkedIn's consent page is. Empty: the card's address.")
    linkedin_version: str = Field("", description="LinkedIn-Version (YYYYMM). Empty: the card's.")
    linkedin_requests_per_second: float = Field(
        2.0, gt=0, description="Most requests per second and ad account to LinkedIn, over all workers."
    )
    linkedin_source_platform: str = Field(
        "",
        description="The word for this app among LinkedIn's source platforms, which LinkedIn tells when it approves "
        "the app for audiences. Empty: no audience can be made there.",
    )
    linkedin_audience_link: str = Field(
        "", description="Template of an audience's page in LinkedIn: {account}, {audience}. Empty: the card's."
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// (or be empty for SQLite)")
        return url

    @cached_property
    def is_postgres(self) -> bool:
        return self.database_url.startswith(("postgresql://", "postgres://"))

    @property
    def profiles_dir(self) -> Path:
        return self.data_dir / "profiles"

    @property
    def exports_dir(self) -> Path:
        return self.data_dir / "exports"

    @property
    def ledger_dir(self) -> Path:
        return self.data_dir / "ledger"

    def of_platform(self, platform: str, name: str) -> str:
        """A platform's own setting as text, `` when it has none of that name."""
        return str(getattr(self, f"{platform}_{name}", ""))


def load_settings(**overrides: object) -> Settings:
    """The settings of this process, or SetupError naming each wrong one and what it should be."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates what comes in.
    except ValidationError as problem:
        raise SetupError(_words(problem), "docs/settings.md lists every setting.") from None
    _refuse_unknown()
    return settings


def _words(problem: ValidationError) -> str:
    parts = (f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in problem.errors(include_input=False))
    return "These settings are wrong: " + "; ".join(parts) + "."


def _refuse_unknown() -> None:
    """A misspelt setting would be ignored silently, so it is refused."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known
    )
    if unknown:
        raise SetupError(f"Unknown settings: {', '.join(unknown)}.", "docs/settings.md lists every setting.")
