"""What a Google Ads account needs before it takes customer lists in."""

from audience_sync.connectors import google_accounts, google_login
from audience_sync.connectors.google_accounts import ENABLED, PROBLEMS
from audience_sync.connectors.google_wire import CARD
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import JsonObject
from audience_sync.errors import ActionNeeded
from audience_sync.model.platforms import Readiness, ReadinessState

QUERY = (
    "SELECT customer.id, customer.status, customer.test_account, customer.contains_eu_political_advertising, "
    "customer.conversion_tracking_setting.accepted_customer_data_terms FROM customer LIMIT 1"
)
ACCESS_LINK = "https://ads.google.com/aw/accountaccess/users"
CAMPAIGNS_LINK = "https://ads.google.com/aw/campaigns"
POLICY_LINK = "https://support.google.com/adspolicy/answer/6299717"
DECLARED = frozenset({"CONTAINS_EU_POLITICAL_ADVERTISING", "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"})
MISSING, OK, UNKNOWN = ReadinessState.MISSING, ReadinessState.OK, ReadinessState.UNKNOWN


async def readiness(api: Api, account: str) -> list[Readiness]:
    """Scopes, the account's state, its terms and declarations, and the app that mobile ad ids need."""
    granted = (await google_login.inspect(api)).scopes
    try:
        customer = await _customer(api, account)
    except ActionNeeded as refused:
        return [_scopes(granted), Readiness("account", "Account is enabled", MISSING, str(refused), ACCESS_LINK)]
    return [_scopes(granted), _account(customer), _terms(customer), _politics(customer), _eligible(), _mobile(api)]


async def _customer(api: Api, account: str) -> JsonObject:
    row: JsonObject = await anext(google_accounts.search(api, account, QUERY, login=api.via), {})
    return dict(row.get("customer") or {})


def _scopes(granted: tuple[str, ...]) -> Readiness:
    label = "May manage customer lists and see accounts"
    missing = [scope.rpartition("/")[2] for scope in CARD.scopes if scope not in granted]
    if not missing:
        return Readiness("scopes", label, OK)
    return Readiness("scopes", label, MISSING, f"Connect Google again and leave {', '.join(missing)} ticked.")


def _account(customer: JsonObject) -> Readiness:
    label, status = "Account is enabled", str(customer.get("status", ""))
    if status != ENABLED:
        words = PROBLEMS.get(status, "Google does not say that this account is enabled.")
        return Readiness("account", label, MISSING if status in PROBLEMS else UNKNOWN, words, ACCESS_LINK)
    words = "It is a test account: its lists reach nobody." if customer.get("testAccount") else ""
    return Readiness("account", label, OK, words)


def _terms(customer: JsonObject) -> Readiness:
    """Only a yes is certain: what Google shows may be a manager's, and what is false may be left out."""
    label = "Customer data terms accepted"
    if (customer.get("conversionTrackingSetting") or {}).get("acceptedCustomerDataTerms"):
        return Readiness("terms", label, OK)
    words = "Google does not say that they are. Somebody must accept them once in Google Ads."
    return Readiness("terms", label, UNKNOWN, words, CARD.terms_link)


def _politics(customer: JsonObject) -> Readiness:
    label = "EU political advertising declared"
    said = customer.get("containsEuPoliticalAdvertising")
    if said in DECLARED:
        return Readiness("eu_political_advertising", label, OK)
    words = "Accounts with campaigns in the EU must say whether they advertise politically."
    return Readiness("eu_political_advertising", label, MISSING if said else UNKNOWN, words, CAMPAIGNS_LINK)


def _eligible() -> Readiness:
    words = "Google tells no program: new accounts may use lists for observation and exclusion only, not for targeting."
    return Readiness("eligibility", "May target customer lists", UNKNOWN, words, POLICY_LINK)


def _mobile(api: Api) -> Readiness:
    label = "App for mobile ad ids"
    if api.options.get("mobile_app_id"):
        return Readiness("mobile_app", label, OK)
    words = "Mobile ad ids cannot be sent. If they are wanted, set AUDIENCE_SYNC_GOOGLE_MOBILE_APP_ID."
    return Readiness("mobile_app", label, UNKNOWN, words)
