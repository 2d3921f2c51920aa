"""The tree of managers and their clients: who may reach which customer, by way of which."""

from collections.abc import Iterator, Mapping

from audience_sync.sandbox.google.seeds import Account, Person


class Accounts:
    """Every customer by its id."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    def get(self, account_id: str) -> Account | None:
        """The customer of that id."""
        return self._accounts.get(account_id)

    def below(self, top: Account) -> Iterator[tuple[Account, int]]:
        """The customer and every client below it, each with its level; 0 is the customer itself."""
        return self._below(top, 0)

    def holds(self, top_id: str, account_id: str) -> bool:
        """Whether the customer is `top_id` itself or a client at any level below it."""
        seen: Account | None = self.get(account_id)
        while seen is not None and seen.id != top_id:
            seen = self.get(seen.parent)
        return seen is not None

    def may_act(self, person: Person, account_id: str, login_id: str) -> bool:
        """Whether the person may act for the customer, signed in at `login_id`: a customer that gave them access."""
        return login_id in person.direct and self.holds(login_id, account_id)

    def _below(self, top: Account, level: int) -> Iterator[tuple[Account, int]]:
        yield top, level
        for each in self._accounts.values():
            if each.parent == top.id:
                yield from self._below(each, level + 1)
