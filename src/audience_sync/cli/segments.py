"""Segments: list, create from rules, SQL or a list, look into, show, delete."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, facts, heading, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import REASONS, UNKNOWN, count, moment, share
from audience_sync.errors import Invalid
from audience_sync.flows import segments
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.flows.sizes import Size
from audience_sync.model.permissions import SHELL
from audience_sync.model.segments import ListKind
from audience_sync.sources.protocol import Preview

STDIN = "-"
Named = Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")]
Rules = Annotated[str, typer.Option(help="File of rules as JSON, or - for standard input.")]
Sql = Annotated[str, typer.Option(help="A SELECT that gives profile_id, or a file of it.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Create segments and look into them.

    Example: audience-sync segments create "Big spenders" --sql "SELECT profile_id FROM traits WHERE revenue >= 500"
    """


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List segments with their sizes.

    Example: audience-sync segments list
    """
    found = act(_all)
    if as_json:
        show_json(found)
    elif found:
        say(segments_table(found))
    else:
        say("There is no segment yet. Make one: audience-sync segments create NAME --rules FILE")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The segment's name.")],
    rules: Rules = "",
    sql: Sql = "",
    ids: Annotated[Path | None, typer.Option(help="File of profile ids, one a line.")] = None,
    emails: Annotated[Path | None, typer.Option(help="File of e-mail addresses.")] = None,
    phones: Annotated[Path | None, typer.Option(help="File of phone numbers.")] = None,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    as_json: AsJson = False,
) -> None:
    """Create a segment by rules, by SQL, or as a fixed list.

    Rules are JSON such as {"trait": "revenue", "op": "at_least", "value": 500}, nested with "all", "any" and "not".

    Example: audience-sync segments create "High Value Customers" --rules rules.json
    """
    lists = {ListKind.PROFILE_ID: ids, ListKind.EMAIL: emails, ListKind.PHONE: phones}
    given = {kind: path for kind, path in lists.items() if path}
    if len(given) + bool(rules) + bool(sql) != 1:
        raise Invalid("Say who is in it, in one way.", "Use one of --rules, --sql, --ids, --emails, --phones.")
    definition = None if given else _definition(rules, sql)

    async def work(app: App) -> SegmentView:
        if definition is not None:
            return await segments.create(app, SHELL, SegmentDraft(name, definition, description))
        kind, path = next(iter(given.items()))
        return await segments.create_list(app, SHELL, name, kind, values=path, description=description)

    _shown(act(work), as_json=as_json)


@app.command()
def preview(
    segment: Annotated[str, typer.Argument(help="A segment there is; or leave it out and give rules or SQL.")] = "",
    rules: Rules = "",
    sql: Sql = "",
    as_json: AsJson = False,
) -> None:
    """Show how many profiles a segment has or would have, what can be sent of them, and some of them, masked.

    Example: audience-sync segments preview --sql "SELECT profile_id FROM traits WHERE purchases > 3"
    """
    if bool(segment) + bool(rules) + bool(sql) != 1:
        raise Invalid("Say what to look into, in one way.", "Name a segment, or use --rules or --sql.")
    definition = None if segment else _definition(rules, sql)

    async def work(app: App) -> Preview:
        if definition is not None:
            return await segments.preview(app, SHELL, definition)
        found = await segments.get(app, SHELL, await names.segment_id(app, segment))
        return await segments.preview(app, SHELL, found.definition)

    seen = act(work)
    if as_json:
        show_json(seen)
    else:
        say(Group(*_preview_parts(seen)))


@app.command()
def show(segment: Named, as_json: AsJson = False) -> None:
    """Show one segment.

    Example: audience-sync segments show "High Value Customers"
    """

    async def work(app: App) -> SegmentView:
        return await segments.get(app, SHELL, await names.segment_id(app, segment))

    _shown(act(work), as_json=as_json)


@app.command()
def delete(segment: Named, as_json: AsJson = False) -> None:
    """Delete a segment that no audience is kept equal to.

    Example: audience-sync segments delete "Old list"
    """

    async def work(app: App) -> str:
        chosen = await names.segment_id(app, segment)
        await segments.delete(app, SHELL, chosen)
        return chosen

    gone = act(work)
    if as_json:
        show_json({"deleted": gone})
    else:
        say(f"The segment {segment} is deleted.")


def segments_table(found: Sequence[SegmentView]) -> Table:
    """Segments with their sizes."""
    headers = ("Segment", "Profiles", "May be sent", "Audiences", "As of")
    return table(headers, map(_row, found), right=headers[1:4])


async def _all(app: App) -> list[SegmentView]:
    found: list[SegmentView] = []
    after = ""
    while True:
        page = await segments.list_segments(app, SHELL, after=after, limit=200)
        found += page.items
        after = page.next_cursor
        if not after:
            return found


def _definition(rules: str, sql: str) -> Mapping[str, Any]:
    """The JSON of a segment. Bare rules are taken for what stands under "rules"."""
    if sql:
        path = Path(sql)
        # A statement can be longer than a path may be, so the first word is looked at first.
        is_file = not sql.lstrip().lower().startswith(("select", "with", "(")) and path.is_file()
        return {"type": "sql", "sql": path.read_text("utf-8") if is_file else sql}
    try:
        found = json.loads(sys.stdin.read() if rules == STDIN else Path(rules).read_text("utf-8"))
    except OSError as problem:
        raise Invalid(f"{rules} cannot be read: {problem.strerror}.", "Check its name.") from None
    except ValueError as problem:
        raise Invalid(
            f"{rules} is not JSON: {problem}.", 'Such as {"trait": "revenue", "op": "at_least", "value": 500}'
        ) from None
    return found if isinstance(found, dict) and "type" in found else {"type": "rules", "rules": found}


def _row(each: SegmentView) -> tuple[str, ...]:
    size = each.size
    return each.name, count(size.profiles), count(size.eligible), str(each.audiences), moment(size.as_of)


def _shown(found: SegmentView, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    say(heading(found.name))
    say(facts(_facts(found)))


def _facts(found: SegmentView) -> dict[str, str | Text]:
    return {
        "Id": found.id,
        "Profiles": _size_words(found.size),
        "May be sent": _eligible_words(found.size),
        "Audiences": str(found.audiences),
        "Definition": json.dumps(dict(found.definition), ensure_ascii=False),
        "Created": f"{moment(found.created_at)} by {found.created_by}",
    }


def _size_words(size: Size) -> str:
    if size.profiles is None:
        return f"{UNKNOWN} ({size.problem})"
    return f"{count(size.profiles)} as of {moment(size.as_of)}"


def _eligible_words(size: Size) -> str:
    withheld = ", ".join(f"{count(number)} withheld: {REASONS.get(why, why)}" for why, number in size.withheld.items())
    return f"{count(size.eligible)}{f' ({withheld})' if withheld else ''}"


def _preview_parts(seen: Preview) -> Iterator[RenderableType]:
    yield heading(f"{count(seen.size)} profiles as of {moment(seen.as_of)}")
    yield Text(f"May be sent: {_eligible_words(Size(seen.as_of, seen.size, seen.eligible, seen.withheld))}")
    for kind, number in seen.coverage.items():
        part = share(number / seen.size) if seen.size else UNKNOWN
        yield Text(f"• with {kind.replace('_', ' ')}: {count(number)} ({part})")
    rows = [(each.profile_id, "yes" if each.eligible else "no", _masked(each.identifiers)) for each in seen.sample]
    if rows:
        yield Text("")
        yield table(("Profile", "May be sent", "Identifiers, masked"), rows)


def _masked(identifiers: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{kind} {' '.join(values)}" for kind, values in identifiers.items())
