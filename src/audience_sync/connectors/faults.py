"""Turns what a platform's error envelope says into one of our errors, by the card's table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from audience_sync import errors
from audience_sync.errors import AudienceSyncError, RetryLater
from audience_sync.model.cards import FaultRule, PlatformCard

ANY_CODE = 0

_SECRETS = re.compile(
    r"""[\w.+-]+@[\w.-]+            # an e-mail address
      | \b[0-9A-Fa-f]{32,}\b        # a hash or a signature
      | \b(?=\w*\d)\w{20,}\b        # a token
      | \+?\d[\d\s().-]{6,}\d       # a phone number, or an id that looks like one
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, by the platform's ids; `name` is the account's name for people, if known."""

    account: str = ""
    audience: str = ""
    name: str = ""

    def __str__(self) -> str:
        account = self.name or (f"ad account {self.account}" if self.account else "")
        audience = f"audience {self.audience}" if self.audience else ""
        return " in ".join(filter(None, (audience, account))) or "this connection"


@dataclass(frozen=True, slots=True)
class Fault:
    """A platform's error envelope without the caller's parameters. `title` is its text for people, already redacted."""

    code: int | str
    subcode: int | str | None = None
    trace: str = ""
    transient: bool = False
    title: str = ""
    fields: tuple[str, ...] = ()
    """Names of the parameters that it blames, never their values."""
    about_rows: bool = False
    """Whether some rows of a batch may be at fault, so that the others can still be sent without them."""
    rows: tuple[int, ...] = ()
    """The rows of the request that it blames, from 0, where it says so."""
    reasons: tuple[str, ...] = ()
    """Why it blames them, in the platform's words, without what is in them."""


def redact(text: str) -> str:
    """The text without anything that may be an identifier, a hash, a token or an id."""
    return _SECRETS.sub("[…]", text)[:300]


def rule_of(card: PlatformCard, fault: Fault) -> FaultRule:
    """The most specific row for the fault; of an unknown one, whether it passes by itself decides."""
    rows = {(rule.code, rule.subcode): rule for rule in card.faults}
    wanted = (
        (fault.code, fault.subcode),
        (ANY_CODE, fault.subcode),
        (ANY_CODE, fault.code),
        (fault.code, None),
    )
    found = (rows[key] for key in wanted if key in rows)
    return next(found, None) or _unknown(card, fault)


def _unknown(card: PlatformCard, fault: Fault) -> FaultRule:
    said = f": {fault.title}" if fault.title else f" (its error {fault.code})."
    prefix = card.id.upper()
    if fault.transient:
        text = f"{card.name} could not answer for {{subject}}{_literal(said)}"
        return FaultRule(
            fault.code, None, "RetryLater", f"{prefix}_BUSY", text, "It is tried again by itself.", 60, True
        )
    text = f"{card.name} refused {{subject}}{_literal(said)}"
    hint = f"If that does not say what to do, ask {card.name}'s support with the details of the run."
    return FaultRule(fault.code, None, "Rejected", f"{prefix}_REFUSED", text, hint)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def error_of(card: PlatformCard, fault: Fault, subject: Subject, *, after_seconds: float = 0.0) -> AudienceSyncError:
    """The error to raise, in words about the subject. `after_seconds` is the platform's own wait, if longer."""
    rule = rule_of(card, fault)
    words = {"subject": str(subject), "terms_link": card.terms_link.format(account=subject.account)}
    message, hint = rule.message.format(**words), rule.hint.format(**words)
    details = details_of(fault)
    if rule.kind == RetryLater.__name__:
        wait = max(rule.after_seconds, after_seconds)
        return RetryLater(message, hint, after_seconds=wait, code=rule.name, details=details)
    error: type[AudienceSyncError] = getattr(errors, _kind(rule, subject))
    return error(message, hint, code=rule.name, details=details)


def _kind(rule: FaultRule, subject: Subject) -> str:
    # Platforms say "no such object" for an ad account, too; then no audience is gone and a person must restore access.
    gone = rule.kind == errors.AudienceGone.__name__
    return errors.ActionNeeded.__name__ if gone and not subject.audience else rule.kind


def details_of(fault: Fault) -> Mapping[str, object]:
    """What the platform's support asks for; nothing that was sent."""
    said = {
        "code": fault.code,
        "subcode": fault.subcode,
        "trace": fault.trace,
        "fields": list(fault.fields),
        "about_rows": fault.about_rows,
        "rows": list(fault.rows),
        "reasons": list(fault.reasons),
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], False)}
