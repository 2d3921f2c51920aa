"""Numbers, shares, times and sizes as people read them: the filters of every template."""

from datetime import datetime, timedelta

from markupsafe import Markup, escape

from audience_sync.flows.views import PlanView
from audience_sync.model.guardrails import LABELS, in_words
from audience_sync.web.viewer import VIEWER

UNKNOWN = "—"
STEPS = ((60, "minute"), (3600, "hour"), (86_400, "day"))
"""From how many seconds on a time is told in which unit."""
KILO = 1024


def number(value: float | None, decimals: int = 0) -> str:
    """`1,234`; `—` when it is unknown."""
    if value is None:
        return UNKNOWN
    viewer = VIEWER.get()
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    whole = whole.replace(",", viewer.group).replace("-", "\u2212")
    return f"{whole}{viewer.decimal}{rest}" if rest else whole


def signed(value: int | None) -> str:
    """`+68`, `−12`, `0`; `—` when it is unknown."""
    return f"+{number(value)}" if value and value > 0 else number(value)


def share(value: float | None) -> str:
    """A share 0.0-1.0 as `88.1%`; `—` when it is unknown."""
    return UNKNOWN if value is None else f"{number(value * 100, 1)}%"


def size(value: int | None) -> str:
    """Bytes as `245 KB`, `1.2 MB`."""
    if value is None:
        return UNKNOWN
    amount, units = float(value), iter(("bytes", "KB", "MB", "GB"))
    unit = next(units)
    while amount >= KILO and unit != "GB":
        amount, unit = amount / KILO, next(units)
    return f"{number(amount, 0 if unit in ('bytes', 'KB') or amount >= 100 else 1)} {unit}"


def duration(seconds: float | None) -> str:
    """`4.2 seconds`, `15 seconds`, `3 min 20 s`, `2 h 5 min`; `—` when it is unknown."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{number(seconds, 1)} seconds"
    if seconds < 60:
        return f"{number(seconds)} seconds"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60} min"


def brief(seconds: float | None) -> str:
    """`4.2s`, `15s`, `3m 20s`, `2h 5m`, for a column of a table; `—` when it is unknown."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{number(seconds, 1 if seconds < 10 else 0)}s"
    if seconds < 3600:
        return f"{int(seconds) // 60}m {int(seconds) % 60}s"
    return f"{int(seconds) // 3600}h {int(seconds) % 3600 // 60}m"


def exact(moment: datetime | None) -> str:
    """`Jan 16, 2024 14:30` in the viewer's zone; `—` for none."""
    if moment is None:
        return UNKNOWN
    local = moment.astimezone(VIEWER.get().zone)
    return f"{local:%b} {local.day}, {local:%Y %H:%M}"


def relative(moment: datetime | None) -> str:
    """`2 hours ago`, `in 3 days`, `just now`; `never` for none."""
    if moment is None:
        return "never"
    seconds = (VIEWER.get().now - moment).total_seconds()
    if abs(seconds) < 45:
        return "just now" if seconds >= 0 else "in a moment"
    amount = _in_words(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def when(moment: datetime | None) -> Markup | str:
    """`2 hours ago` as a `<time>` whose title is the exact time; the browser puts it into the viewer's zone."""
    return _time(moment, relative(moment), "relative")


def at(moment: datetime | None) -> Markup | str:
    """`Jan 16, 2024 14:30` as a `<time>`; the browser puts it into the viewer's zone."""
    return _time(moment, exact(moment), "exact")


def second(moment: datetime | None) -> Markup | str:
    """`Jan 15, 2024 14:30:00` as a `<time>`; the browser puts it into the viewer's zone."""
    return _time(moment, f"{exact(moment)}{_local(moment, ':%S')}", "second")


def clock(moment: datetime | None) -> Markup | str:
    """`14:30:04` as a `<time>`; the browser puts it into the viewer's zone."""
    return _time(moment, _local(moment, "%H:%M:%S") or UNKNOWN, "clock")


def plural(count: int, one: str, many: str = "") -> str:
    """`1 profile`, `1,234 profiles`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def changes(plan: PlanView) -> str:
    """`+68 added, −12 removed, 7 changed`, in profiles; what is none is left out, `None` if all are."""
    parts = [
        (plan.added, f"{signed(plan.added)} added"),
        (plan.removed, f"{signed(-plan.removed)} removed"),
        (plan.changed, f"{number(plan.changed)} changed"),
        (plan.resent, f"{number(plan.resent)} sent again"),
    ]
    return ", ".join(said for count, said in parts if count) or "None"


def _time(moment: datetime | None, words: str, shape: str) -> Markup | str:
    if moment is None:
        return words
    zone = VIEWER.get().zone_name or "UTC"
    return Markup('<time datetime="{}" data-time="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), shape, f"{exact(moment)} ({zone})", escape(words)
    )


def _local(moment: datetime | None, form: str) -> str:
    return moment.astimezone(VIEWER.get().zone).strftime(form) if moment else ""


def _in_words(seconds: float) -> str:
    per, unit = next(((per, unit) for per, unit in reversed(STEPS) if seconds >= per), STEPS[0])
    amount = max(1, round(timedelta(seconds=seconds) / timedelta(seconds=per)))
    return plural(amount, unit)


FILTERS = {
    "number": number,
    "signed": signed,
    "share": share,
    "size": size,
    "duration": duration,
    "brief": brief,
    "exact": exact,
    "relative": relative,
    "when": when,
    "at": at,
    "second": second,
    "clock": clock,
    "plural": plural,
    "changes": changes,
    "guardrail": LABELS.__getitem__,
    "guardrails": in_words,
}
