"""What Spark complains of, in our words: with the way out, without data and without secrets."""

import re

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable

UNREACHABLE, REFUSED = "WAREHOUSE_UNREACHABLE", "WAREHOUSE_REFUSED"
TLS = "Check use_ssl; a token is sent only over TLS, or to localhost."
CONNECTING = (
    ("StatusCode.UNAUTHENTICATED", REFUSED, "it refuses the token", "Check the token, and give it again."),
    ("StatusCode.PERMISSION_DENIED", REFUSED, "it does not let this token in", "Check what its user may do there."),
    ("DNS resolution failed", UNREACHABLE, "its host is not known", "Check the host's name."),
    ("Connection refused", UNREACHABLE, "nothing answers there", "Check host and port, and that the server runs."),
    ("imed out", UNREACHABLE, "it does not answer in time", "Check host, port and firewalls between."),
    ("CERTIFICATE", REFUSED, "its certificate is not trusted", "Check the host's name and its certificate."),
    ("andshake", REFUSED, "TLS with it fails", TLS),
    ("SSL", REFUSED, "TLS with it fails", TLS),
    ("StatusCode.DEADLINE", UNREACHABLE, "it does not answer in time", "Check host, port and firewalls between."),
    ("StatusCode.UNAVAILABLE", UNREACHABLE, "there is no way to it", f"Check host and port. {TLS}"),
)
"""Part of the client's text, code, what happened, and the way out. The first that fits counts."""
NAMES = ("relationName", "objectName", "routineName", "schemaName", "catalogName")
"""Parameters of an error that are names in the statement, which is the user's own."""


def not_connected(problem: Exception, shown: str) -> Unreadable:
    """Why there is no connection."""
    text = f"{_status(problem)} {problem}"
    for part, code, what, way_out in CONNECTING:
        if part in text:
            return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=code)
    return Unreadable(f"{shown} cannot be read.", "Look at the server's log, which says why.", code=UNREACHABLE)


def not_done(problem: Exception) -> AudienceSyncError:
    """Why a statement has no rows."""
    condition, state = _condition(problem), _state(problem)
    if state == "42501" or "PERMISSION" in condition or _status(problem) == "StatusCode.PERMISSION_DENIED":
        return Unreadable(
            f"Spark does not allow it{_named(problem)}.", "Grant the user SELECT on it.", code="WAREHOUSE_FORBIDDEN"
        )
    if state.startswith("42"):
        return Invalid(f"The SQL cannot be run: {_said(condition)}{_named(problem)}.", "Try it in Spark first.")
    if state.startswith("22"):
        return Invalid(f"The SQL fails on a value: {_said(condition)}.", "Use try_cast, try_divide and their like.")
    if state.startswith("0A"):
        return Invalid(f"Spark cannot hand this over: {_said(condition)}.", "Cast the column to string.")
    if "maxResultSize" in str(problem):
        return Unreadable(
            "The rows are more than the server hands out at once.", "Raise its spark.driver.maxResultSize, or set 0."
        )
    return _ended(problem, condition, state)


def _ended(problem: Exception, condition: str, state: str) -> Unreadable:
    if not condition and _status(problem) == "StatusCode.UNAVAILABLE":
        return Unreadable("The connection to Spark was lost.", "Look whether the server runs.", code=UNREACHABLE)
    reason = _said(condition) if condition else "it says no more"
    details = {name: value for name, value in (("condition", condition), ("sqlstate", state)) if value}
    return Unreadable(f"Spark ended the SQL: {reason}.", "Look at the server's log.", details=details)


def _condition(problem: Exception) -> str:
    """Spark's own name of what is wrong, in which there is no value; `` where it gives none."""
    name = str(problem.getCondition() or "") if hasattr(problem, "getCondition") else ""
    return name if re.fullmatch(r"[A-Z0-9_.]{1,200}", name) else ""


def _state(problem: Exception) -> str:
    state = str(problem.getSqlState() or "") if hasattr(problem, "getSqlState") else ""
    return state if re.fullmatch(r"[A-Z0-9]{5}", state) else ""


def _status(problem: Exception) -> str:
    return str(problem.getGrpcStatusCode()) if hasattr(problem, "getGrpcStatusCode") else ""


def _said(condition: str) -> str:
    """`TABLE_OR_VIEW_NOT_FOUND` as it is read: table or view not found."""
    return condition.partition(".")[0].replace("_", " ").lower() or "it says no more"


def _named(problem: Exception) -> str:
    given = (problem.getMessageParameters() or {}) if hasattr(problem, "getMessageParameters") else {}
    return next((f" ({given[name][:200]})" for name in NAMES if given.get(name)), "")
