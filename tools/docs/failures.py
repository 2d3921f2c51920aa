"""docs/errors.md, from the classes, the source and the cards."""

from collections.abc import Iterable

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.errors import AudienceSyncError
from audience_sync.model.cards import FaultRule, PlatformCard
from tools.docs.found import Found, own_classes, special
from tools.docs.markdown import code, table
from tools.docs.markdown import page as whole

INTRO = """Every failure says what happened, to what, and the way out. Its **code** is stable and for programs. REST
answers with `{"error": {"code", "message", "hint", "details"}}` and the HTTP status below; the command line prints the
same words and ends with exit code 3 for a setup error, 2 for a refusal and 1 for the rest. `…` stands for what is known
only when it happens."""
CLASSES = "What to do next decides the class. These codes are used where nothing more precise is known."
MEANINGS = {
    "RetryLater": "It goes on by itself; minutes are waited in the database, not in memory.",
    "Reconnect": "The connection is broken and its audiences' auto-sync waits. Reconnecting resumes it.",
    "ActionNeeded": "Somebody must do something on the platform; then sync again.",
    "AudienceGone": "The audience is stale: create it again, link another one, or unlink it.",
    "TooSmall": "What could not be removed stays owed and is part of the next plan.",
    "SessionLost": "A replace starts again from its first batch by itself.",
    "Rejected": "Said in the platform's words, without anything that was sent.",
    "SetupError": "A setting is missing or wrong.",
}


def page() -> str:
    parts = [INTRO, "## By class", CLASSES, _classes(own_classes()), "## Our own codes", _special(special())]
    for connector in CONNECTORS.values():
        parts += [f"## {connector.card.name}", _platform(connector.card), _faults(connector.card.faults)]
    return whole("Errors", "src/audience_sync/errors.py, the source and the cards", parts)


def _classes(kinds: Iterable[type[AudienceSyncError]]) -> str:
    rows = ((code(kind.code), str(kind.status), kind.__name__, (kind.__doc__ or "").splitlines()[0]) for kind in kinds)
    return table(("Code", "HTTP", "Class", "Meaning"), rows)


def _special(found: Iterable[Found]) -> str:
    return table(("Code", "HTTP", "What is said", "Way out"), map(_row, found))


def _row(found: Found) -> tuple[str, str, str, str]:
    return code(found.code), str(found.status or "command line only"), found.message, found.hint


def _platform(card: PlatformCard) -> str:
    kinds = sorted({rule.kind for rule in card.faults}, key=list(MEANINGS).index)
    lines = "\n".join(f"- **{kind}**: {MEANINGS[kind]}" for kind in kinds)
    return (
        f"{card.name}'s error numbers and what they ask of us (from its [card](platforms/{card.id}.md)). "
        f"A number that is not listed is retried when {card.name} calls it passing, and rejected otherwise.\n\n{lines}"
    )


def _faults(rules: Iterable[FaultRule]) -> str:
    return table(("Code", "Number", "Class", "What is said", "Way out"), map(_fault, sorted(rules, key=_by_name)))


def _by_name(rule: FaultRule) -> tuple[str, str, str]:
    return rule.name, str(rule.code), str(rule.subcode or "")


def _fault(rule: FaultRule) -> tuple[str, str, str, str, str]:
    number = f"{rule.code or 'any'}" + (f"/{rule.subcode}" if rule.subcode is not None else "")
    return code(rule.name), number, rule.kind, _told(rule.message), _told(rule.hint)


def _told(text: str) -> str:
    return text.replace("{subject}", "…").replace("{terms_link}", "…")
