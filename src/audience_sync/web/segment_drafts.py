"""A rule while it is being written: conditions and groups as texts, complete or not, and what a button does to them.

A place in the tree is a path as in the form's fields: `r` is the outermost group, `r.0` its first member, `r.0.w1` the
second condition on the properties of the event there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

ROOT = "r"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line. `field` is `trait:revenue`, `event:purchase`, …, empty before one was chosen; of an event, `sum_of`
    names the property that is added up and `days` how long ago it counts. `nots` counts the negations before it."""

    field: str = ""
    op: str = ""
    value: str = ""
    high: str = ""
    nots: int = 0
    sum_of: str = ""
    days: str = ""
    where: tuple["Condition", ...] = ()
    is_free: bool = False
    """Its values are not of the field's type, so they are written as in JSON."""

    @property
    def word(self) -> str:
        return self.field.partition(":")[0]

    @property
    def name(self) -> str:
        return self.field.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which all or any must hold. `is_bare`: while it has one member, only that is the rule."""

    match: str = "all"
    nots: int = 0
    members: tuple["Condition | Group", ...] = ()
    is_bare: bool = False


Draft = Condition | Group
NEW = Group(members=(Condition(),))
"""What a new segment begins with."""


def add_condition(draft: Group, path: str) -> tuple[Group, str]:
    """The draft with one more condition in that group, and its path."""
    return _added(draft, path, Condition())


def add_group(draft: Group, path: str) -> tuple[Group, str]:
    """The draft with a group of one condition in that group, and the condition's path."""
    changed, at = _added(draft, path, Group("any", members=(Condition(),)))
    return changed, f"{at}.0"


def add_property(draft: Group, path: str) -> tuple[Group, str]:
    """The draft with one more condition on the properties of that event, and its path."""
    found = at(draft, path)
    if not isinstance(found, Condition) or found.word != "event":
        return draft, path
    changed = replace(found, where=(*found.where, Condition()))
    return _with(draft, path, lambda _: changed), f"{path}.w{len(found.where)}"


def remove(draft: Group, path: str) -> tuple[Group, str]:
    """The draft without what is there, and the path of the group or event that it was in."""
    parent = path.rpartition(".")[0]
    return (_with(draft, path, lambda _: None), parent) if parent and at(draft, path) else (draft, ROOT)


EDITS: dict[str, Callable[[Group, str], tuple[Group, str]]] = {
    "add_condition": add_condition,
    "add_group": add_group,
    "add_property": add_property,
    "remove": remove,
}
"""What a button is called, and what it does to the draft at its path; the second answer is where to go on."""


def at(draft: Draft, path: str) -> Draft | None:
    """What is at the path; None when nothing is."""
    found: Draft | None = draft
    for step in path.split(".")[1:]:
        members = _members(found, step)
        number = _number(step)
        found = members[number] if number < len(members) else None
    return found


def _added(draft: Group, path: str, member: Draft) -> tuple[Group, str]:
    found = at(draft, path)
    if not isinstance(found, Group):
        return draft, path
    changed = replace(found, members=(*found.members, member))
    return _with(draft, path, lambda _: changed), f"{path}.{len(found.members)}"


def _with(draft: Group, path: str, change: Callable[[Draft], Draft | None]) -> Group:
    """The draft with what is at the path changed, or without it where that gives None."""
    changed = _changed(draft, path.split(".")[1:], change)
    return changed if isinstance(changed, Group) else draft


def _changed(draft: Draft, steps: list[str], change: Callable[[Draft], Draft | None]) -> Draft | None:
    if not steps:
        return change(draft)
    step, *rest = steps
    members, number = list(_members(draft, step)), _number(step)
    inner = _changed(members[number], rest, change)
    members[number : number + 1] = [] if inner is None else [inner]
    if isinstance(draft, Group):
        return replace(draft, members=tuple(members))
    return replace(draft, where=tuple(each for each in members if isinstance(each, Condition)))


def _members(draft: Draft | None, step: str) -> tuple[Draft, ...]:
    if isinstance(draft, Condition):
        return draft.where if step.startswith("w") else ()
    return draft.members if draft and not step.startswith("w") else ()


def _number(step: str) -> int:
    digits = step.removeprefix("w")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1_000_000
