"""The rule builder's form: its fields read as a draft, and which of its buttons was pressed.

Of a group at a path there are `PATH.match` (all, any, none, not_all), `PATH.twice` (further pairs of negations) and
`PATH.bare`; of a condition `PATH.field`, `.was` (operator and field when the page was made), `.op`, `.value`, `.high`,
`.not`, `.sum`, `.days`, `.free`. A button is called `EDIT:PATH`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData

from audience_sync.errors import Invalid
from audience_sync.model.rules import ConsentState
from audience_sync.model.segments import MAX_DEPTH
from audience_sync.web.segment_controls import KNOWN, LISTS, Fields
from audience_sync.web.segment_drafts import EDITS, NEW, ROOT, Condition, Draft, Group
from audience_sync.web.visit import Visit

MOST_FIELDS = 20_000
MATCHES = {"all": ("all", 0), "any": ("any", 0), "none": ("any", 1), "not_all": ("all", 1)}
"""What the select of a group says, and what it means: how members are joined, and how often that is negated."""


@dataclass
class _Node:
    """The fields at one path, and the paths below it by their step."""

    own: dict[str, str] = field(default_factory=dict)
    below: dict[str, "_Node"] = field(default_factory=dict)

    def members(self, prefix: str) -> list["_Node"]:
        """Those whose steps are the prefix and a number, in the order of the numbers."""
        steps = {step.removeprefix(prefix): node for step, node in self.below.items() if step.startswith(prefix)}
        numbered = {int(step): node for step, node in steps.items() if _is_number(step)}
        return [node for _, node in sorted(numbered.items(), key=lambda pair: pair[0])]


async def typed(visit: Visit) -> dict[str, str]:
    """The texts of the form that was sent, by their field."""
    async with visit.request.form(max_fields=MOST_FIELDS) as sent:
        return texts_of(sent)


def texts_of(sent: FormData) -> dict[str, str]:
    """The texts among what was sent, with line breaks as everywhere else but in forms."""
    texts = {name: value.replace("\r\n", "\n") for name, value in sent.items() if isinstance(value, str)}
    if any("\0" in value for value in texts.values()):
        raise Invalid("The form holds a zero character.", "Take it out of what you pasted.")
    return texts


def pressed(texts: Mapping[str, str]) -> tuple[str, str]:
    """The edit whose button was pressed, and its path; both empty if none was."""
    for name in texts:
        edit, colon, path = name.partition(":")
        if colon and edit in EDITS:
            return edit, path
    return "", ""


def draft_of_form(texts: Mapping[str, str], fields: Fields) -> Group:
    """What was typed. Where another field was chosen, what the old one was compared with is forgotten."""
    root = _Node()
    for name, value in texts.items():
        *steps, last = name.split(".")
        if steps[:1] == [ROOT] and len(steps) <= MAX_DEPTH + 2:
            node = root
            for step in steps[1:]:
                node = node.below.setdefault(step, _Node())
            node.own[last] = value
    draft = _draft(root, fields)
    return draft if isinstance(draft, Group) else NEW


def match_of(group: Group) -> str:
    """What the select of the group says."""
    return next(name for name, (match, nots) in MATCHES.items() if (match, nots) == (group.match, group.nots % 2))


def _draft(node: _Node, fields: Fields) -> Draft | None:
    if "match" in node.own:
        return _group(node, fields)
    return _condition(node, fields) if "field" in node.own else None


def _group(node: _Node, fields: Fields) -> Group:
    match, nots = MATCHES.get(node.own["match"], MATCHES["all"])
    members = (_draft(member, fields) for member in node.members(""))
    return Group(
        match,
        nots + 2 * _count(node.own.get("twice", "")),
        tuple(member for member in members if member is not None),
        is_bare="bare" in node.own,
    )


def _condition(node: _Node, fields: Fields) -> Condition:
    own = node.own
    found = Condition(
        field=own["field"],
        op=own.get("op", ""),
        value=own.get("value", ""),
        high=own.get("high", ""),
        nots=_count(own.get("not", "")),
        sum_of=own.get("sum", ""),
        days=own.get("days", ""),
        is_free="free" in own,
    )
    if found.word == "event":
        inner = fields.of(found.name)
        where = (_draft(member, inner) for member in node.members("w"))
        found = replace(found, where=tuple(each for each in where if isinstance(each, Condition)))
    was_op, _, was_field = own.get("was", "").partition(" ")
    before = replace(found, op=was_op, field=was_field)
    return _settled(found, before, fields)


def _settled(now: Condition, before: Condition, fields: Fields) -> Condition:
    """The condition as the page shows it next, when its field or its operator may be another than before."""
    if not fields.known_ops(now.field):
        return Condition()
    if now.op not in fields.known_ops(now.field):
        now = replace(now, op=fields.ops(now.field)[0])
    if now.field != before.field:
        ops = fields.ops(now.field)
        op = now.op if now.op in ops and before.field else ops[0]
        now = Condition(field=now.field, op=op, nots=now.nots, value="1" if now.word == "event" else "")
    elif now.op != before.op:
        if fields.kind(now) != fields.kind(before):
            now = replace(now, value="", high="")
        elif now.op not in LISTS:
            now = replace(now, value=now.value.partition("\n")[0].strip())
    return replace(now, value="", high="") if now.op in KNOWN or now.op in tuple(ConsentState) else now


def _count(text: str) -> int:
    return int(text) if _is_number(text) and len(text) < 3 else 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6
