"""A call of the Graph API whose caller and target are known."""

from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.tokens import Token


@dataclass(frozen=True)
class GraphCall:
    """`version` as in the path (v26.0); `method` after a `method=` parameter; `node` is the object the path names.

    `rest` is what the path says after the edge.
    """

    call: Call
    version: str
    method: str
    token: Token
    node: Any = None
    rest: str = ""

    def require(self, *scopes: str, code: int = 200) -> None:
        """One of the scopes was granted to the caller, or the error `code`."""
        if not self.token.may(*scopes):
            raise GraphError(code)

    def structure(self, name: str) -> Any:
        """The parameter as JSON, or error 100."""
        try:
            return self.call.structure(name)
        except Unreadable as error:
            raise GraphError(100, message=str(error), blame=(name,)) from error
