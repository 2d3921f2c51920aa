"""docs/platforms/<platform>.md, from its card."""

from collections.abc import Mapping

from audience_sync.model.cards import PlatformCard, ReplaceWay, StatusRule
from audience_sync.model.identifiers import KeyColumn
from tools.docs.markdown import bullets, code, table
from tools.docs.markdown import page as whole

WAYS = {
    ReplaceWay.NATIVE: "by a session of the platform's own: what is not sent in it is gone afterwards",
    ReplaceWay.CLEAR: "all are sent, then everything older is removed",
    ReplaceWay.NONE: "not offered: what should not be there is removed, then all are sent",
}


def page(card: PlatformCard) -> str:
    parts = [
        f"What Audience Sync knows of {card.name}, as data; checked on **{card.checked_on}**. Its error numbers are "
        f"under [errors](../errors.md#{card.id}), its settings under [settings](../settings.md).",
        "## Facts",
        table(("Fact", "Value"), _facts(card).items()),
        card.size_note,
        "## Columns",
        "A naming key is held by the platform and can be removed. A hint only helps it to match: it travels beside a "
        "naming key, never alone ([decision 0003](../decisions/0003-match-hints-travel-beside-keys.md)).",
        table(("Identifier", "Column", "Travels", "Role", "Sent"), [*_columns(card)]),
        *_statuses(card.statuses),
        "## Sources",
        bullets(card.sources),
    ]
    return whole(card.name, f"src/audience_sync/connectors/cards/{card.id}.toml", parts)


def _facts(card: PlatformCard) -> dict[str, str]:
    return {
        "API": f"{card.api_url}, version {card.version}",
        "Login": f"{card.login_url}, scopes {', '.join(map(code, card.scopes))}",
        "Key rules": code(card.rules),
        "Rows per request": f"at most {card.max_rows:,}",
        "Characters of an audience's name": f"at most {card.max_name:,}",
        "Audiences per ad account": _at_most(card.max_audiences),
        "Matched people to deliver": f"at least {card.min_size:,}",
        "Full replace": WAYS[card.replace],
        "Members of a full replace": _at_most(card.max_replace_members),
        "Options": ", ".join(f"{code(name)} = {code(value)}" for name, value in card.options.items()) or "none",
    }


def _at_most(limit: int | None) -> str:
    return "no limit known" if limit is None else f"at most {limit:,}"


def _columns(card: PlatformCard) -> list[tuple[str, ...]]:
    return [_column(each, "always") for each in card.columns] + [
        _column(each, "only by an audience's choice") for each in card.optional
    ]


def _column(each: KeyColumn, sent: str) -> tuple[str, ...]:
    identifier = f"{each.kind}, {each.part}" if each.part else str(each.kind)
    role = "names a person" if each.names_a_person else "hint"
    return identifier, code(each.wire), "hashed" if each.hashed else "as it is", role, sent


def _statuses(statuses: Mapping[str, Mapping[int, StatusRule]]) -> list[str]:
    parts = ["## Statuses"] if statuses else []
    for subject, rules in statuses.items():
        rows = ((str(number), rule.words, rule.problem) for number, rule in sorted(rules.items()))
        parts += [f"### {subject.capitalize()}", table(("Number", "Shown as", "Problem and way out"), rows)]
    return parts
