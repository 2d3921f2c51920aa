"""What the pretend Snapchat knows from the start: an app, a person, organizations, ad accounts, tokens."""

import uuid
from dataclasses import dataclass

APPS = {"sandbox-app": "sandbox-secret"}
# Lives for ever, so that a test which travels in time needs no login; tokens from the login live an hour.
TOKEN = "SANDBOX_TOKEN"  # noqa: S105  # Known to everybody: it opens the sandbox only.
EXPIRED_TOKEN = "SANDBOX_EXPIRED_TOKEN"  # noqa: S105  # As above.
REFRESH_TOKEN = "SANDBOX_REFRESH_TOKEN"  # noqa: S105  # As above.


@dataclass(frozen=True)
class Person:
    """Who signs in."""

    id: str = "2f1c9a54-7d6e-4f0b-9a53-6c1d0e8b7a21"
    email: str = "person@example.com"
    name: str = "Sandbox Person"
    username: str = "sandboxperson"


@dataclass(frozen=True)
class Organization:
    """An organization that the person belongs to."""

    id: str
    name: str


@dataclass(frozen=True)
class Account:
    """One ad account of an organization. The ads of a `test` account never serve."""

    id: str
    name: str
    organization_id: str
    currency: str = "USD"
    timezone: str = "America/Los_Angeles"
    test: bool = False


PERSON = Person()
BUSINESS = Organization("40d6719b-da09-410b-9185-0cc9c0dfed1d", "Stratum Business")
AGENCY = Organization("507d7a57-94de-4239-8a74-e93c00ca53e6", "Stratum Agency")
ORGANIZATIONS = (BUSINESS, AGENCY)
ACCOUNTS = (
    Account("8adc3db7-8148-4fbf-999c-8d2266369d74", "Main Account", BUSINESS.id),
    Account("123b9ca6-92f2-49c3-a3ed-0ea58afb467e", "Secondary Account", BUSINESS.id, "EUR", "Europe/Berlin"),
    Account("22ada972-f2be-4d06-8a7e-3b8f0c1f5a10", "Test Account", AGENCY.id, test=True),
)


def extra_account(place: int) -> Account:
    """A made-up account, for those who want many."""
    return Account(str(uuid.uuid5(uuid.NAMESPACE_OID, f"account {place}")), f"Extra Account {place}", BUSINESS.id)
