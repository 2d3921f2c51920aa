"""What BigQuery complains of, in our words: by its reason, without values, without the statement."""

import re

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.protocol import TookTooLong

UNREACHABLE, REFUSED, FORBIDDEN = "WAREHOUSE_UNREACHABLE", "WAREHOUSE_REFUSED", "WAREHOUSE_FORBIDDEN"
CONNECTING = (
    ("invalid_grant", REFUSED, "Google refuses the key", "Make another key for the service account, and give it."),
    ("cannot fetch token: 4", REFUSED, "Google refuses the key", "Make another key for the service account."),
    ("private key", REFUSED, "its key cannot be read", "Give the key file as it was downloaded, in base64."),
    ("no such host", UNREACHABLE, "Google's host is not known here", "Check the machine's DNS and proxies."),
    ("connection refused", UNREACHABLE, "nothing answers there", "Check the machine's proxies and firewalls."),
    ("certificate", REFUSED, "Google's certificate is not trusted", "Check the machine's certificates and proxies."),
    ("accessDenied", REFUSED, "the service account may not run jobs", "Grant it roles/bigquery.jobUser."),
    ("notFound", REFUSED, "it has no such project or dataset", "Check both in the address."),
    ("context canceled", UNREACHABLE, "it does not answer in time", "Check firewalls and proxies between."),
)
"""Part of the driver's text, code, what happened, and the way out. The first that fits counts."""
FORBIDDING = {
    "accessDenied": ("The database does not allow it.", "Grant the service account roles/bigquery.dataViewer on it."),
    "notFound": ("The database has no such table, or not in this location.", "Check the name, and location=…."),
}
ENDING = {
    "bytesBilledLimitExceeded": ("it would read more than max_gib allows", "Make it read less, or raise max_gib."),
    "quotaExceeded": ("the project's quota is used up", "Raise it, or wait."),
    "rateLimitExceeded": ("it has too many jobs", "Try again."),
    "resourcesExceeded": ("it needs more than BigQuery gives a job", "Make it read or sort less."),
    "responseTooLarge": ("its result is too large", "Make it return less."),
    "billingNotEnabled": ("the project has no billing", "Enable it."),
}
"""BigQuery's reason, what happened, and the way out. Source: its page "Error messages"; none was met by us."""


def not_connected(problem: Exception, shown: str) -> Unreadable:
    """Why there is no connection."""
    text = str(problem)
    for part, code, what, way_out in CONNECTING:
        if part in text:
            return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=code)
    return Unreadable(f"{shown} cannot be read.", "Look at the project's audit log.", code=UNREACHABLE)


def not_done(problem: Exception, seconds: float) -> AudienceSyncError:
    """Why a statement has no rows."""
    text, reason = str(problem), _reason(str(problem))
    if reason in ("timeout", "stopped") or "context canceled" in text or "deadline exceeded" in text:
        return TookTooLong(seconds)
    if reason in FORBIDDING:
        what, way_out = FORBIDDING[reason]
        return Unreadable(what, way_out, code=FORBIDDEN)
    if "readSessionUser" in text:
        return Unreadable(
            "The service account may not read results.", "Grant it roles/bigquery.readSessionUser.", code=FORBIDDEN
        )
    if reason in ("invalidQuery", "invalid"):
        return Invalid(f"The SQL cannot be run{_place(text)}.", "Try it in BigQuery's console first.")
    if reason in ENDING:
        what, way_out = ENDING[reason]
        return Unreadable(f"The database ended the SQL: {what}.", way_out, details={"reason": reason})
    details = {"reason": reason} if reason else {}
    said = reason or "the connection broke"
    return Unreadable(f"The database ended the SQL: {said}.", "Look at the project's job history.", details=details)


def _reason(text: str) -> str:
    """The word that BigQuery's errors end with, as Google's Go library writes them, or that its jobs' errors hold."""
    found = re.search(r"googleapi: Error \d+: .*, (\w+)\s*$", text, re.DOTALL) or re.search(r'Reason: "(\w+)"', text)
    return found[1] if found else ""


def _place(text: str) -> str:
    found = re.search(r"at \[(\d+):(\d+)\]", text)
    return f" (line {found[1]}, character {found[2]})" if found else ""
