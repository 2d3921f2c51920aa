"""Warehouses and pulls in words."""

from rich.text import Text

from audience_sync.cli.printing import note, say, show_json, table
from audience_sync.cli.words import MARKS, STYLES, UNKNOWN, count, duration, moment
from audience_sync.flows.warehousing.looking import Look
from audience_sync.flows.warehousing.showing import PullView, WarehouseView


def far(pull: PullView) -> str:
    """How far it is, in one line."""
    of = f" of about {count(pull.total)}" if pull.total else ""
    step = (pull.step or pull.status).capitalize()
    return f"{step}: {count(pull.rows)}{of} rows, {count(pull.rows_per_second)} a second"


def ended_words(pull: PullView) -> str:
    """What it did, or why it did nothing."""
    mark = MARKS.get(pull.status, "–")
    if pull.status == "completed":
        figures = f"{count(pull.created)} new, {count(pull.updated)} changed, {count(pull.unchanged)} unchanged"
        came = f" ({count(pull.fetched)} came)" if pull.fetched < pull.rows else ""
        lines = [
            f"{mark} {count(pull.rows)} rows{came} in {duration(pull.seconds)}: {figures}, {count(pull.removed)} gone"
        ]
        return "\n".join([*lines, *(f"Refused: {count(n)} {reason}" for reason, n in pull.reasons.items())])
    if pull.status == "failed":
        return f"{mark} {pull.error.get('message', '')} {pull.error.get('hint', '')}".strip()
    return f"{mark} The pull is {pull.status}."


def tell_look(seen: Look, *, as_json: bool) -> None:
    """The look is told as tables, or as JSON."""
    if as_json:
        show_json(seen)
        return
    say(f"{MARKS['completed']} {seen.answer} Rows expected: {number(seen.estimate)}")
    columns = [(each.name, each.type, each.field, "guessed" if each.guessed else "mapped") for each in seen.columns]
    say(table(("Column", "Type", "Becomes", ""), columns))
    say(table([each.name for each in seen.columns], seen.rows))
    if seen.problem:
        note(seen.problem)


def number(rows: int | None) -> str:
    """The number of rows; a dash when nobody can tell."""
    return UNKNOWN if rows is None else count(rows)


def _status(pull: PullView) -> Text:
    return Text(f"{MARKS.get(pull.status, '–')} {pull.status.capitalize()}", style=STYLES.get(pull.status, ""))


def warehouse_row(each: WarehouseView) -> tuple[str | Text, ...]:
    """A line of the list of warehouses."""
    last = each.last_pull
    every = f"{each.interval_hours} h" if each.interval_hours else UNKNOWN
    shown = _status(last) if last else UNKNOWN
    return each.id[:8], each.name, each.kind, each.address, every, shown, count(last.rows) if last else UNKNOWN


def pull_row(each: PullView) -> tuple[str | Text, ...]:
    """A line of the list of pulls."""
    numbers = (each.rows, each.taken, each.refused, each.created, each.updated, each.removed)
    return moment(each.created_at), _status(each), *map(count, numbers), duration(each.seconds), each.by
