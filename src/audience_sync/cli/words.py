"""Numbers, times and states as people read them; what is not known is a dash."""

from datetime import datetime

UNKNOWN = "—"
MARKS = {
    "completed": "✓",
    "partial": "!",
    "failed": "✗",
    "cancelled": "–",
    "running": "⟳",
    "settling": "⟳",
    "queued": "•",
}
STATUSES = {
    "completed": "Completed",
    "partial": "Completed with issues",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "running": "Running",
    "settling": "Waiting on platform",
    "queued": "Queued",
}
STYLES = {"completed": "green", "partial": "yellow", "failed": "red", "cancelled": "yellow"}
OPERATIONS = {
    "create": "Create",
    "update": "Update (Incremental)",
    "replace": "Replace (Full)",
    "delete": "Delete",
}
TRIGGERS = {"manual": "Manual", "scheduled": "Scheduled", "api": "API"}
REASONS = {"no_consent": "no consent", "no_usable_identifier": "no usable identifier"}
"""Why profiles are withheld."""
INTERVALS = {1: "every hour", 24: "every 24 hours", 168: "every week"}
MINUTE, HOUR, DAY = 60, 3600, 86_400
SHORT_SECONDS = 10


def count(number: int | None) -> str:
    """1,234"""
    return UNKNOWN if number is None else f"{number:,}"


def signed(number: int) -> str:
    """+68, -12, 0"""
    return f"{number:+,}" if number else "0"


def share(part: float | None) -> str:
    """88.1%"""
    return UNKNOWN if part is None else f"{part:.1%}"


def moment(at: datetime | None) -> str:
    """Jan 16, 2024 14:30, in the zone of this machine."""
    if at is None:
        return UNKNOWN
    local = at.astimezone()
    return f"{local:%b} {local.day}, {local:%Y %H:%M}"


def clock(at: datetime | None) -> str:
    """14:30:04"""
    return UNKNOWN if at is None else f"{at.astimezone():%H:%M:%S}"


def day(at: datetime | None) -> str:
    """Jan 15"""
    if at is None:
        return UNKNOWN
    local = at.astimezone()
    return f"{local:%b} {local.day}"


def duration(seconds: float | None) -> str:
    """4.2 seconds, 2 minutes 5 seconds, 1 hour 3 minutes"""
    if seconds is None:
        return UNKNOWN
    if seconds < MINUTE:
        return f"{seconds:.1f} seconds"
    if seconds < HOUR:
        return f"{_many(seconds // MINUTE, 'minute')} {_many(seconds % MINUTE, 'second')}"
    return f"{_many(seconds // HOUR, 'hour')} {_many(seconds % HOUR // MINUTE, 'minute')}"


def short_duration(seconds: float | None) -> str:
    """4.2s, 15s, 2m 5s, 1h 3m"""
    if seconds is None:
        return UNKNOWN
    if seconds < SHORT_SECONDS:
        return f"{seconds:.1f}s"
    if seconds < MINUTE:
        return f"{seconds:.0f}s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f}m {seconds % MINUTE:.0f}s"
    return f"{seconds // HOUR:.0f}h {seconds % HOUR // MINUTE:.0f}m"


def about_seconds(seconds: float) -> str:
    """less than a second, about 4.2 seconds"""
    return "less than a second" if seconds < 1 else f"about {duration(seconds)}"


def ago(at: datetime | None, now: datetime) -> str:
    """2 hours ago, 1 day ago"""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return "just now"
    for size, unit in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            return f"{_many(seconds // size, unit)} ago"
    return "just now"


def interval(hours: int) -> str:
    """every 24 hours"""
    return INTERVALS.get(hours, f"every {hours} hours")


def size_bytes(number: float) -> str:
    """12.3 GiB"""
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:,.1f} GiB"


def file_size(number: int) -> str:
    """245 KB: of a thousand bytes each, as people see it where they save files."""
    size = float(number)
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def _many(number: float, unit: str) -> str:
    return f"{number:.0f} {unit}" + ("" if round(number) == 1 else "s")
