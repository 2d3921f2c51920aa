"""What tests must know of each pretend platform to play on it: who signs in, which account, what keys are called."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pretend:
    """One platform in its sandbox. `kinds`: our column -> the names that the sandbox holds its keys under."""

    id: str
    token: str
    account: str
    kinds: Mapping[str, tuple[str, ...]]
    kind: str = "user"
    settings: Mapping[str, object] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    sandbox: Mapping[str, object] = field(default_factory=dict)
    """Settings of the sandbox that small audiences need."""
    plus_is_kept: bool = False
    """Phones are hashed with their plus."""
    tags_are_cut: bool = False
    """Dots and +tags of e-mails go."""
    devices_hashed: bool = True

    def app(self) -> dict[str, object]:
        """Settings that lead the platform's connector to its sandbox."""
        addresses = ["api_url", "login_url", *(["ads_url", "token_url"] if self.id == "google" else [])]
        return {
            f"{self.id}_app_id": "sandbox-app",
            f"{self.id}_app_secret": "sandbox-secret",
            f"{self.id}_requests_per_second": 100_000.0,
            **{f"{self.id}_{name}": "http://sandbox" for name in addresses},
            **self.settings,
        }

    def email(self, text: str) -> str:
        local, _, domain = text.strip().lower().partition("@")
        if self.tags_are_cut:
            local = local.partition("+")[0].replace(".", "")
        return _sha256(f"{local}@{domain}")

    def phone(self, digits: str) -> str:
        return _sha256(f"+{digits}" if self.plus_is_kept else digits)

    def device(self, text: str) -> str:
        return _sha256(text.strip().lower()) if self.devices_hashed else text.strip().lower()


META = Pretend(
    "meta",
    "SANDBOX_SYSTEM_USER_TOKEN",
    "act_123456789",
    {"email": ("EMAIL",), "phone": ("PHONE",), "mobile_ad_id": ("MADID",)},
    kind="pasted_system_user",
    devices_hashed=False,
)
GOOGLE = Pretend(
    "google",
    "SANDBOX_USER_TOKEN",
    "1234567890",
    {"email": ("emailAddress",), "phone": ("phoneNumber",)},
    settings={"google_first_check_seconds": 600.0},
    plus_is_kept=True,
)
TIKTOK = Pretend(
    "tiktok",
    "SANDBOX_TOKEN",
    "7000000000000000101",
    {
        "email": ("EMAIL_SHA256",),
        "phone": ("PHONE_SHA256",),
        "mobile_ad_id": ("IDFA_SHA256", "AAID_SHA256"),
    },
    plus_is_kept=True,
    tags_are_cut=True,
)
SNAPCHAT = Pretend(
    "snapchat",
    "SANDBOX_TOKEN",
    "8adc3db7-8148-4fbf-999c-8d2266369d74",
    {"email": ("EMAIL_SHA256",), "phone": ("PHONE_SHA256",), "mobile_ad_id": ("MOBILE_AD_ID_SHA256",)},
    settings={"snapchat_app_requests_per_second": 100_000.0},
)
PRETENDS = {each.id: each for each in (META, GOOGLE, TIKTOK, SNAPCHAT)}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
