"""What the pretend Google knows from the start: an app, people, accounts under managers, tokens."""

from dataclasses import dataclass

AUTH = "https://www.googleapis.com/auth/"
DATA_MANAGER, ADWORDS = f"{AUTH}datamanager", f"{AUTH}adwords"
# Scopes that an app may ask for, with the words of their box on the consent page; the last ones are always granted.
SCOPES = {DATA_MANAGER: "Send and manage your customer data", ADWORDS: "See and manage your Google Ads accounts"}
IDENTITY_SCOPES = frozenset({"openid", "email", "profile", f"{AUTH}userinfo.email", f"{AUTH}userinfo.profile"})
APPS = {"sandbox-app": "sandbox-secret"}
RESERVED_NAMES = frozenset({"AdWords optimized list", "All visitors", "Google Ads optimized list"})


@dataclass(frozen=True)
class Person:
    """Someone with a Google account, or a service account; `direct` are the customers that gave them access."""

    id: str
    email: str
    direct: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """One customer. `parent` is its manager, `internal_id` the number that the web interface knows it by."""

    id: str
    name: str
    currency: str = "USD"
    time_zone: str = "America/New_York"
    parent: str = ""
    is_manager: bool = False
    is_test: bool = False
    is_hidden: bool = False
    status: str = "ENABLED"
    internal_id: str = ""


MAIN, MANAGER, TEST, CANCELED = "1234567890", "9998887777", "6660004444", "4440003333"
SHOP_DE, NORTH, SHOP_UK = "5550001111", "8887776666", "5550002222"
ACCOUNTS = (
    # This one can be reached directly and through its manager, as is usual.
    Account(MAIN, "Main Account", parent=MANAGER, internal_id="700100200"),
    Account(MANAGER, "Stratum Agency", is_manager=True),
    Account(SHOP_DE, "Shop DE", "EUR", "Europe/Berlin", parent=MANAGER, internal_id="700100201"),
    Account(NORTH, "Stratum Agency North", "GBP", "Europe/London", parent=MANAGER, is_manager=True),
    Account(SHOP_UK, "Shop UK", "GBP", "Europe/London", parent=NORTH),
    Account(TEST, "Test Account", is_test=True),
    Account(CANCELED, "Old Account", status="CANCELED"),
)
DIRECT = (MAIN, MANAGER, TEST, CANCELED)
USER = Person("108000000000000000001", "person@sandbox.example", DIRECT)
# This person can reach the clients of the manager only.
AGENT = Person("108000000000000000002", "agent@sandbox.example", (MANAGER,))
SERVICE_ACCOUNT = Person(
    "109000000000000000001", "audience-sync@sandbox-project.iam.gserviceaccount.com", (MAIN, MANAGER)
)

USER_TOKEN, USER_REFRESH_TOKEN = "SANDBOX_USER_TOKEN", "SANDBOX_REFRESH_TOKEN"  # Known to everybody.
AGENT_TOKEN, AGENT_REFRESH_TOKEN = "SANDBOX_AGENT_TOKEN", "SANDBOX_AGENT_REFRESH_TOKEN"
# Long enough to see a membership of 540 days end.
SEEDED_TOKEN_SECONDS = 3_650 * 86_400


def extra_account(place: int) -> Account:
    """A made-up client of the manager, for those who want many."""
    return Account(f"7{place:09d}", f"Extra Account {place}", parent=MANAGER)
