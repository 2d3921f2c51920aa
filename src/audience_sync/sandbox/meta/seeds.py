"""What the pretend Meta knows from the start: apps, people, businesses, ad accounts, tokens."""

from dataclasses import dataclass

from audience_sync.sandbox.meta.tokens import SYSTEM_USER_SECONDS, Person, Token

USER = Person("1000123", "Sandbox Person")
SYSTEM_USER = Person("1000456", "Sandbox System User", is_system_user=True)
INTEGRATION = Person("1000789", "Sandbox Business Integration", is_system_user=True)
APPS = {"sandbox-app": "sandbox-secret"}
SCOPES = ("ads_management", "ads_read", "business_management")
BUSINESSES = {"445566778899": "Stratum Business"}
BUSINESS_ID = "445566778899"
# Facebook Login for Business: configuration -> seconds that its tokens live, 0 = for ever.
CONFIGURATIONS = {"sandbox-config": 0, "sandbox-config-60-days": SYSTEM_USER_SECONDS}
NEW_YORK = (1, "America/New_York", -5)
BERLIN = (47, "Europe/Berlin", 1)


@dataclass(frozen=True)
class Account:
    """One ad account; `timezone` is Meta's number, the name and the offset from UTC in hours."""

    digits: str
    name: str
    currency: str = "USD"
    timezone: tuple[int, str, int] = NEW_YORK
    owned: bool = True

    @property
    def id(self) -> str:
        return f"act_{self.digits}"


ACCOUNTS = (
    Account("123456789", "Main Account"),
    Account("987654321", "Secondary Account", "EUR", BERLIN),
    Account("111222333", "Test Account", owned=False),
)


def extra_account(place: int) -> Account:
    """A made-up account, for those who want many."""
    return Account(f"9{place:011d}", f"Extra Account {place}")


def tokens(now: float) -> list[Token]:
    """The tokens that everyone knows."""
    granted = dict.fromkeys(SCOPES, "granted")
    lives = {
        "SANDBOX_USER_TOKEN": (USER, 60 * 86_400),
        "SANDBOX_SYSTEM_USER_TOKEN": (SYSTEM_USER, 0),
        "SANDBOX_SYSTEM_USER_TOKEN_60_DAYS": (SYSTEM_USER, SYSTEM_USER_SECONDS),
    }
    return [
        Token(value, person, "sandbox-app", dict(granted), now, now + seconds if seconds else 0.0)
        for value, (person, seconds) in lives.items()
    ]
