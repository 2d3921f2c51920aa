"""What the tests of Google share: its faults by name, and a look at what its sandbox was sent and holds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from audience_sync.model.cards import FaultRule
from audience_sync.sandbox.google import seeds
from tests.contract.claims_audiences import RenameClaims
from tests.contract.claims_faults import RowClaims
from tests.contract.stage import Stage
from tests.contract.suite import ConnectorContract

HTTP = {
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL_ERROR": 500,
    "INTERNAL": 500,
    "DEADLINE_EXCEEDED": 504,
    "CANCELLED": 499,
    "UNAVAILABLE": 503,
    "ABORTED": 409,
    "UNAUTHENTICATED": 401,
    "ACCESS_TOKEN_EXPIRED": 401,
    "CREDENTIALS_MISSING": 401,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": 403,
    "PERMISSION_DENIED": 403,
    "SERVICE_DISABLED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
}
"""The status of each error of the Data Manager API that is none of 400."""
ADS = {
    "authenticationError": (
        *("OAUTH_TOKEN_EXPIRED", "OAUTH_TOKEN_INVALID", "OAUTH_TOKEN_REVOKED", "OAUTH_TOKEN_DISABLED"),
        *("GOOGLE_ACCOUNT_DELETED", "NOT_ADS_USER", "CUSTOMER_NOT_FOUND", "TWO_STEP_VERIFICATION_NOT_ENROLLED"),
    ),
    "authorizationError": (
        *("USER_PERMISSION_DENIED", "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"),
        *("CUSTOMER_NOT_ENABLED", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", "INCOMPLETE_SIGNUP", "MISSING_TOS"),
        *("CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", "PROJECT_DISABLED"),
    ),
    "notAllowlistedError": ("CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE",),
    "quotaError": ("RESOURCE_TEMPORARILY_EXHAUSTED",),
    "databaseError": ("CONCURRENT_MODIFICATION",),
    "internalError": ("TRANSIENT_ERROR",),
    "requestError": ("UNSUPPORTED_VERSION",),
}
CATEGORY = {code: category for category, codes in ADS.items() for code in codes}


class GoogleClaims(ConnectorContract, RowClaims, RenameClaims):
    """How Google's sandbox brings about what the shared claims are about."""

    platform = "google"
    token = seeds.USER_TOKEN
    account = seeds.MAIN
    app = {"google_app_id": "sandbox-app", "google_app_secret": "sandbox-secret"}  # noqa: RUF012  # Nobody changes it.
    expire_token = "expired_token"
    members_path = "audienceMembers"
    create_line = "POST.*userLists"
    addresses = ("api_url", "login_url", "token_url", "ads_url")
    taken_plain = ("90210",)

    def limit_keys(self, stage: Stage) -> Sequence[str]:
        return ["google:lists-read"]

    def faults(self, stage: Stage) -> Sequence[FaultRule]:
        """All but those of the sign-in, which no call about a list can meet: see test_google_login.py."""
        return [rule for rule in stage.connector.card.faults if str(rule.code).isupper()]

    def fault_of(self, rule: FaultRule) -> str:
        if rule.subcode:
            return "daily_limit"
        if category := CATEGORY.get(str(rule.code)):
            return f"ads_error:{category}.{rule.code}"
        return f"error:{HTTP.get(str(rule.code), 400)}/{rule.code}"


def with_options(stage: Stage, **options: str) -> Stage:
    """The stage with other settings of the platform."""
    stage.api = replace(stage.api, options={**stage.api.options, **options})
    return stage


def with_app(stage: Stage) -> Stage:
    """The stage with an app that mobile ad ids come from."""
    return with_options(stage, mobile_app_id="com.example.shop")


def sent(stage: Stage, path: str) -> list[Mapping[str, Any]]:
    """The bodies of the requests to a path, oldest first."""
    return [json.loads(each.body) for each in stage.requests(path) if each.body]


def now(stage: Stage) -> datetime:
    """The sandbox's time."""
    return datetime.fromtimestamp(stage.sandbox.world.clock.now(), UTC)


def lists(stage: Stage) -> dict[str, set[str]]:
    """The keys on each list of the sandbox, by the list's name."""
    found = stage.sandbox.world.platforms["google"].audiences()
    return {each.name: {value for _, value in each.members.all_keys()} for each in found}
