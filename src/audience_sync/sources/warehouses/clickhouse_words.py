"""What ClickHouse complains of, in our words: by its number, without values, without the statement."""

import re

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.protocol import TookTooLong

UNREACHABLE, REFUSED, FORBIDDEN = "WAREHOUSE_UNREACHABLE", "WAREHOUSE_REFUSED", "WAREHOUSE_FORBIDDEN"
CONNECTING = (
    ("Failed to resolve", UNREACHABLE, "its host is not known", "Check the host's name."),
    ("Connection refused", UNREACHABLE, "nothing answers there", "Check host and port, and that the server runs."),
    ("timed out", UNREACHABLE, "it does not answer in time", "Check host, port and firewalls between."),
    ("unreachable", UNREACHABLE, "there is no way to it", "Check host, port and firewalls between."),
    ("No route to host", UNREACHABLE, "there is no way to it", "Check host, port and firewalls between."),
    ("CERTIFICATE_VERIFY_FAILED", REFUSED, "its certificate is not trusted", "Give ca_cert=… in the address."),
    ("SSL", REFUSED, "TLS with it fails", "Check scheme and port: https with 8443, http with 8123."),
    ("ca_cert", REFUSED, "the file of ca_cert cannot be read", "Check its path."),
)
"""Part of the transport's text, code, what happened, and the way out. The first that fits counts."""
REFUSING = {
    192: ("it does not know the user", "Check the user's name."),
    193: ("it refuses user or password", "Check both, and give them again."),
    194: ("it wants a password", "Put it into the address: user:password@host."),
    516: ("it refuses user or password", "Check both, and give them again."),
    195: ("it does not let this machine in", "Add its address to the user's HOST."),
    81: ("it has no such database", "Check the name behind the slash."),
    202: ("it has too many statements", "Try again, or raise its limit."),
    512: ("it does not grant the role", "Check role=… in the address."),
}
ENDED = {
    241: ("it needs more memory than the server allows", "Make it read less, or raise max_memory_usage."),
    158: ("it reads more rows than the server allows", "Make it read less, or raise max_rows_to_read."),
    396: ("it gives more rows than the server allows", "Raise max_result_rows for the user."),
    307: ("it reads more bytes than the server allows", "Make it read less, or raise max_bytes_to_read."),
    201: ("the user's quota is used up", "Raise it, or wait."),
    202: ("it has too many statements", "Try again, or raise its limit."),
    394: ("somebody cancelled it there", "Pull again."),
}
NAMES = {
    47: (r"identifier [`']([\w.]+)[`']", "There is no column {}."),
    60: (r"(?:Table |expression identifier [`'])([\w.]+)", "There is no table {}."),
    46: (r"[Ff]unction (?:with name )?[`']?(\w+)", "There is no function {}."),
    81: (r"Database ([\w.]+)", "There is no database {}."),
}
"""A complaint's number, where the name is in its text, and what is said of it. A name alone is no value."""
TIMES_OVER, SYNTAX, READ_ONLY, NOT_GRANTED = (159, 160, 209), 62, 164, 497


def not_connected(problem: Exception, shown: str) -> Unreadable:
    """Why there is no connection."""
    number, text = _number(str(problem), problem), str(problem)
    if number in REFUSING:
        what, way_out = REFUSING[number]
        return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=REFUSED)
    for part, code, what, way_out in CONNECTING:
        if part in text:
            return Unreadable(f"{shown} cannot be read: {what}.", way_out, code=code)
    return Unreadable(f"{shown} cannot be read.", "Check that it is ClickHouse's HTTP interface.", code=UNREACHABLE)


def not_done(problem: Exception, tail: bytes, seconds: float) -> AudienceSyncError:
    """Why a statement has no rows, or not all of them; `tail` is the last of an answer that broke off."""
    text = tail.decode(errors="replace") if b"DB::Exception" in tail else str(problem)
    number = _number(text, problem)
    if number in TIMES_OVER or (number == 0 and "timed out" in text):
        return TookTooLong(seconds)
    if number == READ_ONLY:
        return Invalid(
            "The SQL writes, changes a setting or reaches outside, and the connection can only read.",
            "A warehouse's SQL is one SELECT, without SETTINGS.",
        )
    if number == NOT_GRANTED:
        return Unreadable(f"The database does not allow it{_grant(text)}.", "Grant it to the user.", code=FORBIDDEN)
    if number == SYNTAX:
        return Invalid(f"The SQL cannot be run: its syntax is wrong{_place(text)}.", "Try it in the database first.")
    if number in NAMES:
        found = re.search(NAMES[number][0], text)
        return Invalid(NAMES[number][1].format(found[1] if found else "of that name"), "Check the SQL.")
    if number in ENDED:
        return Unreadable(f"The database ended the SQL: {ENDED[number][0]}.", ENDED[number][1])
    return _unforeseen(number, text)


def _unforeseen(number: int, text: str) -> Unreadable:
    names = re.findall(r"\(([A-Z][A-Z0-9_]+)\)", text)
    reason = f"{names[-1] if names else 'error'} ({number})" if number else "the connection broke"
    details = {"code": number} if number else {}
    return Unreadable(f"The database ended the SQL: {reason}.", "Look at the server's log.", details=details)


def _number(text: str, problem: Exception) -> int:
    """ClickHouse's own number of the complaint; 0 when it has none."""
    known = getattr(problem, "code", None)
    found = re.search(r"Code: (\d+)\. DB::Exception", text)
    return int(known or (found[1] if found else 0))


def _grant(text: str) -> str:
    found = re.search(r"grant ([A-Z ]+)(?:\([^)]*\))? ON ([\w.*]+)", text)
    return f": {found[1].strip()} on {found[2].rstrip('.')}" if found else ""


def _place(text: str) -> str:
    found = re.search(r"\(line (\d+), col (\d+)\)", text)
    return f" (line {found[1]}, character {found[2]})" if found else ""
