"""What every platform's connector can do: a Protocol, no inheritance, no state."""

from collections.abc import Mapping
from typing import Protocol

import pyarrow as pa

from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Dialect
from audience_sync.model.cards import Way
from audience_sync.model.platforms import Action, Batch, Facts, Found, Grant, Readiness, Receipt, RemoteAccount, Target


class Connector(Dialect, Protocol):
    """One platform on the wire. It does not normalise, hash, batch, retry, refresh, log, count or store."""

    def login_url(self, api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Where to send the person's browser to grant access."""
        ...

    async def exchange(self, api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant behind a code, as long-lived as the platform gives, with scopes and expiry read back."""
        ...

    async def inspect(self, api: Api) -> Grant:
        """The present state of the token that `api` carries; Reconnect when it is no longer valid."""
        ...

    async def renew(self, api: Api, grant: Grant) -> Grant | None:
        """A longer-lived grant, or None where nothing is gained or only a person can renew it."""
        ...

    async def revoke(self, api: Api, grant: Grant) -> None:
        """The grant is withdrawn on the platform, unless somebody pasted it."""
        ...

    async def readiness(self, api: Api, account: str) -> list[Readiness]:
        """What must be in order before the account takes audiences in: each in order, missing or not known."""
        ...

    def way(self, choices: Mapping[str, str]) -> Way:
        """How an audience with these choices is kept equal."""
        ...

    async def accounts(self, api: Api) -> list[RemoteAccount]:
        """Every ad account that the grant reaches, also those that cannot be used, with the reason."""
        ...

    async def audiences(self, api: Api, account: str) -> list[Found]:
        """All audiences of the account: to link, to adopt after a lost create, to find orphans."""
        ...

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty list. After a RetryLater it may exist: look for it before asking again."""
        ...

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None: ...

    async def delete(self, api: Api, target: Target) -> None:
        """The list is not on the platform, whoever deleted it."""
        ...

    def prepare(self, action: Action, rows: pa.Table) -> object:
        """What `upload` needs of a batch's rows, for its `made`: pure and slow, so it may run ahead in a thread.

        None where it hangs on more than the rows.
        """
        ...

    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        """The platform has received the batch. After a lost answer it is sent again with a higher `attempt`.

        SessionLost: the session of a replace is over; all its batches are sent again, from the first, in a new one.
        """
        ...

    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        """The receipt as it stands now: settled or not; SessionLost when a replace did not complete.

        Ask after the action's last batch. Receipts with the same `reference` settle together: one question will do.
        Rejected when the platform did not apply the batch after all.
        """
        ...

    async def measure(self, api: Api, target: Target) -> Facts: ...
