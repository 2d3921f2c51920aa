"""What Snowflake complains of, in our words: by its number, without values, without the statement."""

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.protocol import TookTooLong

UNREACHABLE, REFUSED, FORBIDDEN = "WAREHOUSE_UNREACHABLE", "WAREHOUSE_REFUSED", "WAREHOUSE_FORBIDDEN"
CONNECTING = (
    ("no such host", UNREACHABLE, "its host is not known", "Check the account's name."),
    ("connection refused", UNREACHABLE, "nothing answers there", "Check the account, and proxies between."),
    ("timeout", UNREACHABLE, "it does not answer in time", "Check the account, and firewalls between."),
    ("deadline exceeded", UNREACHABLE, "it does not answer in time", "Check the account, and firewalls between."),
    ("certificate", REFUSED, "its certificate is not trusted", "Check the machine's certificates."),
    ("PEM block", REFUSED, "its private key cannot be read", "Give the PKCS #8 key's base64, in one line."),
    ("PKCS8", REFUSED, "its private key cannot be read", "Check the key, and private_key_password."),
)
"""Part of the driver's text, code, what happened, and the way out. The first that fits counts."""
REFUSING = {
    390100: ("it refuses user or password", "Check both, and give them again."),
    390144: ("it refuses the key", "Check the user's RSA_PUBLIC_KEY, and the account's name."),
    390114: ("the token is no longer valid", "Make another, and give it."),
    390303: ("it refuses the token", "Make another, and give it."),
    390189: ("the user has no such role", "Check role=… in the address."),
    390201: ("it does not know the account, database, schema or warehouse", "Check each in the address."),
    390422: ("it does not let this machine in", "Add its address to the network policy."),
}
"""Snowflake's number, what happened, and the way out. Source: Snowflake's drivers and pages; none was met by us."""
TIMES_OVER, NO_TABLE, NO_COLUMN, NO_RIGHT, NO_WAREHOUSE = (604, 630), 2003, 904, 3001, 606


def not_connected(problem: Exception, shown: str) -> Unreadable:
    """Why there is no connection."""
    number, text = getattr(problem, "vendor_code", None) or 0, str(problem)
    if number in REFUSING:
        what, way_out = REFUSING[number]
        return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=REFUSED, details={"code": number})
    for part, code, what, way_out in CONNECTING:
        if part.lower() in text.lower():
            return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=code)
    details = {"code": number} if number else {}
    return Unreadable(
        f"{shown} cannot be read.", "Look at Snowflake's LOGIN_HISTORY.", code=UNREACHABLE, details=details
    )


def not_done(problem: Exception, seconds: float) -> AudienceSyncError:
    """Why a statement has no rows."""
    number, state = getattr(problem, "vendor_code", None) or 0, getattr(problem, "sqlstate", None) or ""
    if number in TIMES_OVER or state == "57014" or "context canceled" in str(problem):
        return TookTooLong(seconds)
    if number == NO_TABLE or state == "02000":
        return Unreadable(
            "The database has no such table or view, or does not grant it.",
            "Check the name and the role.",
            code=FORBIDDEN,
        )
    if number == NO_RIGHT or state == "42501":
        return Unreadable("The database does not allow it.", "Grant the role SELECT on it.", code=FORBIDDEN)
    if number == NO_WAREHOUSE:
        return Unreadable("No warehouse runs the SQL.", "Write warehouse=… into the address, and grant its USAGE.")
    if number == NO_COLUMN:
        return Invalid("The SQL names a column that there is not.", "Try it in Snowflake first.")
    if state.startswith("42"):
        return Invalid(f"The SQL cannot be run (Snowflake's error {number}).", "Try it in Snowflake first.")
    reason = f"error {number}" if number else "the connection broke"
    details = {"code": number} if number else {}
    return Unreadable(f"The database ended the SQL: {reason}.", "Look at Snowflake's QUERY_HISTORY.", details=details)
