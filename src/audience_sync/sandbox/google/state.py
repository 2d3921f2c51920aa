"""Everything that the pretend Google remembers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.accounts import Accounts
from audience_sync.sandbox.google.requests import Request
from audience_sync.sandbox.google.seeds import Account
from audience_sync.sandbox.google.settings import Settings
from audience_sync.sandbox.google.tokens import Tokens
from audience_sync.sandbox.google.usage import Usage
from audience_sync.sandbox.google.userlist import UserList

FIRST_LIST_ID = 8_100_000_001


@dataclass
class State:
    """The memory. `requests` are the member requests that were accepted, by their id."""

    clock: Clock
    settings: Settings = field(default_factory=Settings)
    apps: dict[str, str] = field(default_factory=lambda: dict(seeds.APPS))
    seeded: dict[str, Account] = field(default_factory=lambda: {each.id: each for each in seeds.ACCOUNTS})
    tokens: Tokens = field(default_factory=Tokens)
    lists: dict[str, UserList] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    _next_id: int = FIRST_LIST_ID

    def __post_init__(self) -> None:
        self.tokens.seed(self.clock.now())

    def accounts(self) -> Accounts:
        """The tree of customers as of now."""
        extra = [seeds.extra_account(place) for place in range(1, self.settings.extra_accounts + 1)]
        return Accounts({**self.seeded, **{each.id: each for each in extra}})

    def status(self, account: Account) -> str:
        """The customer's status."""
        return "SUSPENDED" if account.id in self.settings.suspended_accounts else account.status

    def new_list(self, account_id: str, details: dict[str, Any]) -> UserList:
        """The list exists and is empty."""
        made = UserList(str(self._next_id), account_id, details)
        self._next_id += 1
        self.lists[made.id] = made
        return made

    def find(self, account_id: str, list_id: str) -> UserList | None:
        """The account's list of that id, with everything done that was due by now."""
        found = self.lists.get(list_id)
        if found is None or found.account_id != account_id:
            return None
        self.settle(found)
        return found

    def lists_of(self, account_id: str) -> Iterator[UserList]:
        """The account's lists, oldest first."""
        return (each for each in self.lists.values() if each.account_id == account_id)

    def settle(self, found: UserList) -> None:
        """What was due for the list by now is done."""
        found.settle(self.clock.now(), self.settings)
