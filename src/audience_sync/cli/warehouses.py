"""Warehouses: add, look into, test, pull, change and leave them."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from audience_sync.app import App
from audience_sync.cli.failures import FAILED
from audience_sync.cli.imports import Map, mapping_of
from audience_sync.cli.names import Named, meant
from audience_sync.cli.printing import AsJson, note, say, show_json, table
from audience_sync.cli.pulling import followed
from audience_sync.cli.shell import act
from audience_sync.cli.warehouse_words import ended_words, number, pull_row, tell_look, warehouse_row
from audience_sync.cli.words import MARKS, count
from audience_sync.errors import Conflict, Invalid, Refusal
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.views import Page
from audience_sync.flows.warehousing.drafts import DEFAULT_GONE, DEFAULT_SECONDS, WarehouseDraft
from audience_sync.flows.warehousing.leaving import Left
from audience_sync.flows.warehousing.looking import Look, Tested
from audience_sync.flows.warehousing.showing import PullView, WarehouseView
from audience_sync.model.permissions import SHELL
from audience_sync.sources.warehouses.registry import KINDS

STDIN = "-"
Which = Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")]
Address = Annotated[str, typer.Option(help="Where it is. -: read it from standard input, where nobody sees it.")]
Sql = Annotated[str, typer.Option(help="The SELECT. @FILE: read it from the file.")]
From = Annotated[str, typer.Option("--table", help="Instead of SQL: all columns of this table.")]
Seconds = Annotated[float, typer.Option(help="Time limit of the SQL.")]
Gone = Annotated[int, typer.Option(help="Per cent of its profiles whose absence a pull believes.")]
Every = Annotated[int, typer.Option(help="Pull it every so many hours; 0: only when asked.")]
State = Annotated[str, typer.Option(help="A schema there that may be written to, so that only changes come.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Bring profiles in from a warehouse by your own SQL.

    A pull replaces what the warehouse gave before: who is gone from its rows leaves, and the next sync removes them.

    Example: audience-sync warehouses pull Shop
    """


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")],
    address: Address,
    sql: Sql = "",
    from_table: From = "",
    mapping: Map = None,
    seconds: Seconds = DEFAULT_SECONDS,
    gone: Gone = DEFAULT_GONE,
    every: Every = 0,
    state: State = "",
    dry: Annotated[bool, typer.Option("--dry", help="Only look; keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a warehouse. Its address is sealed, and never shown again.

    Example: echo "$DSN" | audience-sync warehouses add Shop --kind postgres --address - --table public.customers
    """
    draft = WarehouseDraft(
        name=name,
        kind=kind,
        address=_address(address),
        sql=_sql(sql),
        table=from_table,
        mapping=mapping_of(mapping or []),
        seconds=seconds,
        most_gone_percent=gone,
        interval_hours=every,
        state=state,
    )
    if dry:
        tell_look(act(lambda app: warehouses.look(app, SHELL, draft)), as_json=as_json)
        return
    made = act(lambda app: warehouses.add(app, SHELL, draft))
    _tell(made, f'{made.name} is added. audience-sync warehouses pull "{made.name}" brings its profiles.', as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List warehouses, each with its last pull.

    Example: audience-sync warehouses list
    """
    found = act(lambda app: warehouses.list_warehouses(app, SHELL))
    if as_json:
        show_json(found)
    elif found:
        headers = ("Warehouse", "Name", "Kind", "Address", "Every", "Last pull", "Rows")
        say(table(headers, map(warehouse_row, found), right=("Rows",)))
    else:
        say("There are no warehouses yet.")


@app.command()
def test(warehouse: Which, as_json: AsJson = False) -> None:
    """Ask a warehouse whether it answers, and how many rows it expects to give.

    Example: audience-sync warehouses test Shop
    """

    async def work(app: App) -> Tested:
        return await warehouses.test(app, SHELL, await _id(app, warehouse))

    seen = act(work)
    _tell(seen, f"{MARKS['completed']} {seen.answer}\nRows expected: {number(seen.estimate)}", as_json)


@app.command()
def look(warehouse: Which, as_json: AsJson = False) -> None:
    """Show its columns, what they would become, and ten masked rows.

    Example: audience-sync warehouses look Shop
    """

    async def work(app: App) -> Look:
        return await warehouses.look(app, SHELL, await _id(app, warehouse))

    tell_look(act(work), as_json=as_json)


@app.command()
def pull(
    warehouse: Which,
    believe_gone: Annotated[bool, typer.Option("--believe-gone", help="Let any number of profiles leave.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only ask for it; a worker does it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in what the warehouse gives now, and wait for it. Ctrl-C stops it; then nothing is changed.

    Example: audience-sync warehouses pull Shop
    """

    async def work(app: App) -> PullView:
        asked = await pulls.start(app, SHELL, await _id(app, warehouse), believe_gone=believe_gone)
        return asked if no_wait else await followed(app, asked, silent=as_json)

    ended = act(work)
    _tell(ended, ended_words(ended), as_json)
    if ended.status in ("failed", "cancelled"):
        raise typer.Exit(FAILED)


@app.command("pulls")
def show_pulls(
    warehouse: Which,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most pulls to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List a warehouse's pulls, the newest first.

    Example: audience-sync warehouses pulls Shop
    """

    async def work(app: App) -> Page[PullView]:
        return await pulls.list_pulls(app, SHELL, await _id(app, warehouse), limit=limit)

    found = act(work).items
    if as_json:
        show_json(found)
        return
    headers = ("Asked for", "Status", "Rows", "Taken", "Refused", "New", "Changed", "Gone", "Took", "By")
    say(table(headers, map(pull_row, found), right=headers[2:9]))
    for reason, rows in found[0].reasons.items() if found else ():
        note(f"Refused by the newest: {count(rows)} {reason}")


@app.command()
def change(
    warehouse: Which,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    address: Annotated[str | None, typer.Option(help="Another address; -: read it from standard input.")] = None,
    sql: Annotated[str | None, typer.Option(help="Another SELECT. @FILE: read it from the file.")] = None,
    from_table: Annotated[str | None, typer.Option("--table", help="Instead of SQL: all columns of a table.")] = None,
    mapping: Map = None,
    seconds: Annotated[float | None, typer.Option(help="Time limit of the SQL.")] = None,
    gone: Annotated[int | None, typer.Option(help="Per cent of its profiles whose absence is believed.")] = None,
    every: Annotated[int | None, typer.Option(help="Pull it every so many hours; 0: only when asked.")] = None,
    state: Annotated[str | None, typer.Option(help="A schema for its state; empty: read everything.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a warehouse. What is not given stays.

    Example: audience-sync warehouses change Shop --every 6
    """
    wanted: dict[str, Any] = {
        "name": name,
        "address": None if address is None else _address(address),
        "sql": None if sql is None else _sql(sql),
        "table": from_table,
        "mapping": None if mapping is None else mapping_of(mapping),
        "seconds": seconds,
        "most_gone_percent": gone,
        "interval_hours": every,
        "state": state,
    }

    async def work(app: App) -> WarehouseView:
        return await warehouses.change(app, SHELL, await _id(app, warehouse), **wanted)

    changed = act(work)
    _tell(changed, f"{changed.name} is changed.", as_json)


@app.command()
def cancel(warehouse: Which, as_json: AsJson = False) -> None:
    """Stop a warehouse's pull. Nothing is changed by it.

    Example: audience-sync warehouses cancel Shop
    """

    async def work(app: App) -> PullView:
        newest = (await pulls.list_pulls(app, SHELL, await _id(app, warehouse), limit=1)).items
        if not newest:
            raise Conflict("There is no pull of this warehouse.", "Nothing is left to cancel.", code="PULL_ENDED")
        return await pulls.cancel(app, SHELL, newest[0].id)

    _tell(act(work), "The pull is stopping.", as_json)


@app.command()
def delete(
    warehouse: Which,
    profiles: Annotated[bool, typer.Option("--profiles", help="Its profiles leave with it.")] = False,
) -> None:
    """Delete a warehouse. Its profiles stay, as if they had been imported, unless they are to go.

    The tables of its state are dropped in the warehouse, if it can be reached.

    Example: audience-sync warehouses delete Shop --profiles
    """

    async def work(app: App) -> Left:
        return await warehouses.delete(app, SHELL, await _id(app, warehouse), delete_profiles=profiles)

    left = act(work)
    say(f"{warehouse} is deleted, and {count(left.profiles)} profiles with it.")
    if left.states.told:
        (note if left.states.problem else say)(left.states.told)


async def _id(app: App, text: str) -> str:
    known = await warehouses.list_warehouses(app, SHELL)
    return meant(text, [Named(each.id, each.name) for each in known], "warehouse")


def _address(text: str) -> str:
    """The address; one with a password comes on standard input, for everybody here can read a command line."""
    if text != STDIN:
        if re.search(r"://[^/@]*:[^/@]+@|password=|[?&](token|private_key|credentials)=", text):
            raise Refusal(
                "A password on the command line can be seen by everybody on this machine.",
                "Use --address - and give the address on standard input.",
                code="PASSWORD_EXPOSED",
            )
        return text
    if sys.stdin.isatty():
        return str(typer.prompt("Address", hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _sql(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text("utf-8")
    except (OSError, UnicodeError):
        raise Invalid(f"{text[1:]} cannot be read as text.", "Check its name.") from None


def _tell(what: object, words: str, as_json: bool) -> None:
    if as_json:
        show_json(what)
    else:
        say(words)
