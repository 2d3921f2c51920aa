"""What every pretend platform offers to the rest of the sandbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

from starlette.responses import Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.members import Members


@dataclass(frozen=True)
class AudienceView:
    """One audience as the control surface shows it; `marks` are the conditions that it was put under.

    `state` is how it stands now, in the platform's own words, for the page.
    """

    id: str
    account: str
    name: str
    members: Members
    marks: frozenset[str]
    state: str = ""


class Platform(Protocol):
    """A pretend platform: it answers calls and can be looked into."""

    name: str
    faults: Mapping[str, str]
    marks: Mapping[str, str]

    def answer(self, call: Call) -> Response:
        """What the platform answers; the call has been applied."""

    def knows_fault(self, name: str) -> bool:
        """Whether `name`, with its argument, is one of the platform's own faults."""

    def audiences(self) -> list[AudienceView]:
        """Every audience that exists, oldest first."""

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The audience is, or no longer is, under the condition `mark`."""

    def settings(self) -> dict[str, Any]:
        """The platform's settings, name -> value."""

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given; ValueError says what is wrong, and then nothing changed."""

    def reset(self) -> None:
        """The platform is as new: seeds only, default settings."""


PlatformMaker = Callable[[Clock], Platform]

S = TypeVar("S")


def changed(settings: S, changes: Mapping[str, Any]) -> S:
    """The settings (a frozen dataclass) with `changes`; ValueError for a name or a type that does not fit."""
    known = {each.name: getattr(settings, each.name) for each in fields(settings)}  # type: ignore[arg-type]  # S is a dataclass.
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"There is no setting {name!r}. Settings: {', '.join(known)}.")
        if not _fits(value, known[name]):
            raise ValueError(f"{name} must be of type {type(known[name]).__name__}.")
    return replace(settings, **{name: _like(known[name], value) for name, value in changes.items()})  # type: ignore[type-var]  # As above.


def _fits(value: Any, example: Any) -> bool:
    if isinstance(example, bool):
        return isinstance(value, bool)
    if isinstance(example, int | float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(example, tuple):
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    return isinstance(value, type(example))


def _like(example: Any, value: Any) -> Any:
    return tuple(value) if isinstance(example, tuple) else value
