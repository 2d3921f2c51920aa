"""A call of the Marketing API whose caller is known, and the parts of its answer: items and pages."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.snapchat.errors import SnapError
from audience_sync.sandbox.snapchat.settings import Settings
from audience_sync.sandbox.snapchat.tokens import Token

Item = dict[str, Any]
T = TypeVar("T")

FEWEST, MOST = 50, 1_000
# An address that no caller may follow with its token.
ELSEWHERE = "https://elsewhere.example"


@dataclass(frozen=True)
class SnapCall:
    """`id` is the one that the path names, or nothing."""

    call: Call
    token: Token
    settings: Settings
    id: str = ""

    def entities(self, plural: str, most: int) -> list[Item]:
        """The entities in the body, at least one and at most `most`, or the refusal."""
        found = self.call.structure(plural)
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise SnapError("E2006", f"{plural} is a required field")
        if len(found) > most:
            raise SnapError(message=f"At most {most} {plural} can be sent in a request")
        return found

    def items(self, single: str, things: Sequence[T], do: Callable[[T], Item]) -> list[Item]:
        """One item for each thing; one that is refused says so in its place and has changed nothing.

        The fault sub_error refuses the last of them.
        """
        last = len(things) - 1
        return [self._item(single, thing, do, (place, place == last)) for place, thing in enumerate(things)]

    def page(self, plural: str, things: Sequence[T], show: Callable[[Sequence[T]], list[Item]]) -> Item:
        """One page of the things and the absolute address of the next; without a limit all of them, in no order."""
        limit = self._limit()
        if not limit:
            return {plural: show(sorted(things, key=_shuffle)), "paging": {}}
        start = self.call.whole("cursor", 0)
        paging = {"next_link": self._next_link(start + limit)} if start + limit < len(things) else {}
        return {plural: show(things[start : start + limit]), "paging": paging}

    def _item(self, single: str, thing: T, do: Callable[[T], Item], where: tuple[int, bool]) -> Item:
        place, is_last = where
        try:
            if is_last and "sub_error" in self.call.faults:
                raise SnapError(self.call.faults["sub_error"])
            return {"sub_request_status": "SUCCESS", single: do(thing)}
        except SnapError as refused:
            return refused.item(self.settings.undocumented_code, f"{single} {place}")

    def _limit(self) -> int:
        """How many things are on a page, 0 for all of them."""
        asked = self.call.whole("limit", 0)
        if "limit" in self.call.params and not FEWEST <= asked <= MOST:
            raise SnapError(message=f"limit must be {FEWEST} to {MOST}")
        shortest = [each for each in (asked, self.settings.page_size) if each]
        return min(shortest, default=0)

    def _next_link(self, cursor: int) -> str:
        kept = [(name, value) for name, value in parse_qsl(self.call.query) if name != "cursor"]
        root = ELSEWHERE if "foreign_link" in self.call.faults else self.call.root
        return f"{root}{self.call.path}?{urlencode([*kept, ('cursor', cursor)])}"


def required(entity: Mapping[str, Any], *names: str) -> None:
    """Every field is there, or the refusal E2006 for the first that is not."""
    for name in names:
        if entity.get(name) in (None, ""):
            raise SnapError("E2006", f"{name} is a required field")


def _shuffle(thing: object) -> int:
    return zlib.crc32(repr(getattr(thing, "id", thing)).encode())
