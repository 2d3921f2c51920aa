"""What PostgreSQL complains of, in our words: with the way out, without data and without secrets."""

import re

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.protocol import TookTooLong

UNREACHABLE, REFUSED = "WAREHOUSE_UNREACHABLE", "WAREHOUSE_REFUSED"
CONNECTING = (
    ("could not translate host name", UNREACHABLE, "its host is not known", "Check the host's name."),
    ("Connection refused", UNREACHABLE, "nothing answers there", "Check host and port, and that the server runs."),
    ("No such file or directory", UNREACHABLE, "nothing answers there", "Check the folder of its socket."),
    ("timeout expired", UNREACHABLE, "it does not answer in time", "Check host, port and firewalls between."),
    ("Network is unreachable", UNREACHABLE, "there is no way to it", "Check host, port and firewalls between."),
    ("No route to host", UNREACHABLE, "there is no way to it", "Check host, port and firewalls between."),
    ("password authentication failed", REFUSED, "it refuses user or password", "Check both, and give them again."),
    ("no password supplied", REFUSED, "it wants a password", "Put it into the address: user:password@host."),
    ("no pg_hba.conf entry", REFUSED, "it does not let this machine in", "Add it to pg_hba.conf, or try sslmode."),
    ("does not support SSL", REFUSED, "it does not speak TLS", "Turn TLS on there, or use sslmode=disable."),
    ("certificate", REFUSED, "its certificate is not trusted", "Check sslmode and sslrootcert."),
    ("SSL", REFUSED, "TLS with it fails", "Check sslmode: require, verify-full or disable."),
    ("role ", REFUSED, "it does not know the user", "Check the user's name."),
    ("database ", REFUSED, "it has no such database", "Check the name behind the slash."),
    ("too many", REFUSED, "it has too many connections", "Try again, or raise its limit."),
)
"""Part of libpq's text, code, what happened, and the way out. The first that fits counts."""


def not_connected(text: str, shown: str) -> Unreadable:
    """Why there is no connection."""
    for part, code, what, way_out in CONNECTING:
        if part in text:
            return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=code)
    return Unreadable(f"{shown} cannot be read.", "Look at the server's log, which says why.", code=UNREACHABLE)


def not_done(problem: Exception, seconds: float) -> AudienceSyncError:
    """Why a statement has no rows."""
    state, said = getattr(problem, "sqlstate", None) or "", _said(str(problem))
    if state == "57014" or "statement timeout" in said:
        return TookTooLong(seconds)
    if state in ("25006", "25001") or "read-only transaction" in said:
        return Invalid("The SQL writes, and the connection can only read.", "A warehouse's SQL is one SELECT.")
    if state == "42501" or "permission denied" in said:
        return Unreadable(
            f"The database does not allow it: {said}.",
            "Grant the user SELECT on it, or CREATE on the schema of its state.",
            code="WAREHOUSE_FORBIDDEN",
        )
    if state.startswith("42"):
        return Invalid(f"The SQL cannot be run: {said}{_line(str(problem))}.", "Try it in the database first.")
    if isinstance(problem, ValueError) or "ReadRecord" in said or "Expected" in said:
        return Invalid("The SQL returns a value that cannot be carried over.", "Cast rows and ranges to text.")
    reason = re.sub(r'"[^"]*"', '"…"', said) or "it says no more"
    return Unreadable(
        f"The database ended the SQL: {reason}.",
        "Look at the server's log.",
        details={"sqlstate": state} if state else {},
    )


def _said(text: str) -> str:
    """The server's own sentence, without the statement behind it and without anything quoted as a value."""
    found = re.search(r"(?:ERROR|FATAL):\s+([^\n]*)", text)
    return re.sub(r"'[^']*'", "'…'", found[1])[:300].rstrip(". ") if found else ""


def _line(text: str) -> str:
    found = re.search(r"\nLINE (\d+):", text)
    return f" (line {found[1]})" if found else ""
