"""A call of the Business API whose caller is known, and its parameters as TikTok checks them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.state import State, Token


@dataclass(frozen=True)
class Ask:
    """`path` as in the documents (/segment/mapping/); whatever is wrong with a parameter is code 40002."""

    call: Call
    path: str
    state: State
    token: Token
    writes: bool = False

    def advertiser(self) -> str:
        """The ad account that the call names; code 40001 where the token does not reach it."""
        return self.allowed(self.text("advertiser_id"))

    def allowed(self, advertiser_id: str) -> str:
        """The ad account; code 40001 where the token does not reach it, or may not change what it changes."""
        read_only = self.writes and advertiser_id in self.state.settings.read_only_accounts
        if read_only or advertiser_id not in self.state.reached(self.token):
            words = f"The advertiser {advertiser_id} does not grant {self.path}:{self.call.method} permission"
            raise TikTokError(40001, words)
        return advertiser_id

    def text(self, name: str, default: str | None = None, *, longest: int = 1_000) -> str:
        """The parameter as text of 1 to `longest` characters; ids are text too, never numbers."""
        value = self.call.params.get(name, default)
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise TikTokError(40002, f"{name}: Length must be between 1 and {longest}, as a string")
        return value

    def word(self, name: str, default: str | None, choices: Collection[str]) -> str:
        """The parameter as one of the choices."""
        value = self.text(name, default)
        if value not in choices:
            raise TikTokError(40002, f"{name}: Must be one of {', '.join(sorted(choices))}")
        return value

    def texts(self, name: str, *, most: int) -> list[str]:
        """The parameter as 1 to `most` texts: a JSON list, which a query holds as JSON text."""
        value = self.structure(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise TikTokError(40002, f"{name}: Not a valid list of strings")
        if not 1 <= len(value) <= most:
            raise TikTokError(40002, f"{name}: Length must be between 1 and {most}")
        return value

    def whole(self, name: str, default: int, *, most: int) -> int:
        """The parameter as a whole number from 1 to `most`."""
        try:
            value = self.call.whole(name, default)
        except Unreadable as error:
            raise TikTokError(40002, f"{name}: Not a valid integer") from error
        if not 1 <= value <= most:
            raise TikTokError(40002, f"{name}: Must be between 1 and {most}")
        return value

    def structure(self, name: str) -> Any:
        """The parameter as JSON; None where it is missing."""
        try:
            return self.call.structure(name)
        except Unreadable as error:
            raise TikTokError(40002, f"{name}: Not valid JSON") from error

    def has(self, name: str) -> bool:
        """Whether the parameter was sent with a value; the SDK sends null for what it was not given."""
        return self.call.params.get(name) is not None
