"""What the pretend TikTok knows from the start: apps, a person, ad accounts, a token."""

from dataclasses import dataclass

APPS = {"sandbox-app": "sandbox-secret"}
PERSON = "Sandbox Person"
PERSON_ID = "7000000000000000900"
TOKEN = "SANDBOX_TOKEN"  # noqa: S105  # Known to everybody: it opens the pretend TikTok only.
OWN_BUSINESS, OTHER_BUSINESS = "7000000000000000801", "7000000000000000802"

# The numbers of TikTok's permissions.
AD_ACCOUNTS, AUDIENCES, READ_AUDIENCES, WRITE_AUDIENCES = 1, 3, 30, 31
SCOPE = (AD_ACCOUNTS, AUDIENCES, READ_AUDIENCES, WRITE_AUDIENCES)


@dataclass(frozen=True)
class Account:
    """One ad account ("advertiser") and the Business Center that owns it; `timezone` as TikTok names them."""

    id: str
    name: str
    currency: str = "USD"
    timezone: str = "Etc/GMT+5"
    country: str = "US"
    business: str = OWN_BUSINESS


ACCOUNTS = (
    Account("7000000000000000101", "Main Account"),
    Account("7000000000000000102", "Secondary Account", "EUR", "Etc/GMT-1", "DE"),
    Account("7000000000000000103", "Test Account", business=OTHER_BUSINESS),
)


def extra_account(place: int) -> Account:
    """A made-up account, for those who want many."""
    return Account(f"71{place:017d}", f"Extra Account {place}")
