"""Platform audiences at the shell: look, change, pause; `making` begins and ends one, `relinking` moves one."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.making import Choose, Named, create, delete, link, paired, recreate, split
from audience_sync.cli.printing import AsJson, facts, heading, say, show_json, table
from audience_sync.cli.relinking import relink
from audience_sync.cli.results import matched_words, next_sync, size_unknown
from audience_sync.cli.shell import act
from audience_sync.cli.words import UNKNOWN, ago, count, interval, moment, share
from audience_sync.flows import audiences
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.views import AudienceView, Health
from audience_sync.model.guardrails import in_words
from audience_sync.model.permissions import SHELL

app = typer.Typer(no_args_is_help=True, add_completion=False)
for command in (create, link, relink, recreate, delete):
    app.command()(command)
STYLES = {Health.HEALTHY: "green", Health.ATTENTION: "yellow", Health.PAUSED: "yellow", Health.STALE: "red"}


@app.callback()
def group() -> None:
    """Create, change and delete platform audiences.

    Example: audience-sync audiences create "High Value Customers" --account act_123456789
    """


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="Part of the audience's or segment's name.")] = "", as_json: AsJson = False
) -> None:
    """List audiences with size, match, last and next sync, and health.

    Example: audience-sync audiences list --search value
    """

    async def work(app: App) -> tuple[list[AudienceView], list[tuple[str | Text, ...]]]:
        found = await _all(app, search)
        return found, [_row(app, each) for each in found]

    found, rows = act(work)
    if as_json:
        show_json(found)
    elif rows:
        headers = ("Audience", "Segment", "Platform", "Size", "Match", "Last sync", "Next sync", "Health")
        say(table(headers, rows, right=("Size", "Match")))
    else:
        say("There is no audience yet. Make one: audience-sync audiences create SEGMENT")


@app.command()
def show(audience: Named, as_json: AsJson = False) -> None:
    """Show one audience.

    Example: audience-sync audiences show "High Value Customers - Stratum"
    """
    _changed(audience, lambda app, chosen: audiences.get(app, SHELL, chosen), as_json=as_json)


@app.command()
def edit(
    audience: Named,
    name: Annotated[str | None, typer.Option(help="New name, here and on the platform.")] = None,
    description: Annotated[str | None, typer.Option(help="New description, likewise.")] = None,
    auto_sync: Annotated[bool | None, typer.Option("--auto-sync/--no-auto-sync", help="Sync by schedule.")] = None,
    every: Annotated[int | None, typer.Option("--every", help="Hours between scheduled syncs.")] = None,
    identifiers: Annotated[str | None, typer.Option(help="Kinds of keys to send, comma separated.")] = None,
    choose: Choose = None,
    most_removed: Annotated[int | None, typer.Option(help="Per cent that one sync may remove; 100: any.")] = None,
    smallest: Annotated[int | None, typer.Option(help="No sync shrinks it below this; 0: no bound.")] = None,
    largest: Annotated[int | None, typer.Option(help="No sync grows it beyond this; 0: no bound.")] = None,
    never_empty: Annotated[
        bool | None, typer.Option("--never-empty/--may-be-empty", help="No sync empties it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change an audience's name, description, schedule, kinds of keys or guardrails.

    Example: audience-sync audiences edit "High Value Customers - Stratum" --every 6 --most-removed 20
    """
    bounds = {"most_removed_percent": most_removed, "smallest": smallest, "largest": largest}
    wanted = AudienceChange(
        name,
        description,
        auto_sync,
        every,
        None if identifiers is None else split(identifiers),
        choices=paired(choose) if choose else None,
        guardrails={**bounds, "never_empty": never_empty},
    )
    _changed(audience, lambda app, chosen: audiences.change(app, SHELL, chosen, wanted), as_json=as_json)


@app.command()
def pause(audience: Named, as_json: AsJson = False) -> None:
    """Stop an audience's scheduled syncs until it is resumed.

    Example: audience-sync audiences pause "High Value Customers - Stratum"
    """
    wanted = AudienceChange(paused=True)
    _changed(audience, lambda app, chosen: audiences.change(app, SHELL, chosen, wanted), as_json=as_json)


@app.command()
def resume(audience: Named, as_json: AsJson = False) -> None:
    """Go on with an audience's scheduled syncs.

    Example: audience-sync audiences resume "High Value Customers - Stratum"
    """
    wanted = AudienceChange(paused=False)
    _changed(audience, lambda app, chosen: audiences.change(app, SHELL, chosen, wanted), as_json=as_json)


def _changed(audience: str, change: Callable[[App, str], Awaitable[AudienceView]], *, as_json: bool) -> None:
    """The audience as it is after the change."""

    async def work(app: App) -> AudienceView:
        return await change(app, await names.audience_id(app, audience))

    shown = act(work)
    if as_json:
        show_json(shown)
    else:
        say(heading(shown.name))
        say(facts(_facts(shown)))


async def _all(app: App, search: str) -> list[AudienceView]:
    found: list[AudienceView] = []
    cursor = ""
    while True:
        page = await audiences.list_audiences(app, SHELL, search=search, cursor=cursor, limit=200)
        found += page.items
        cursor = page.next_cursor
        if not cursor:
            return found


def _row(app: App, each: AudienceView) -> tuple[str | Text, ...]:
    return (
        each.name,
        each.segment_name,
        f"{each.platform_name} ({each.account})",
        count(each.size.matched),
        share(each.size.match_rate),
        ago(each.last_synced_at, app.now()),
        moment(each.next_sync_at),
        Text(each.health, style=STYLES.get(each.health, "")),
    )


def _facts(each: AudienceView) -> dict[str, str | Text]:
    shown: dict[str, str | Text] = {
        "Id": each.id,
        "Segment": each.segment_name,
        "Platform": f"{each.platform_name} ({each.account} - {each.account_name})",
        "Audience ID": each.remote_id or UNKNOWN,
        "Health": Text(each.health, style=STYLES.get(each.health, "")),
        "Matched": matched_words(each.size, size_unknown(each.platform_name, each.size)),
        "Last synced size": f"{count(each.last_synced_size)} profiles, {moment(each.last_synced_at)}",
        "Auto-sync": interval(each.interval_hours) if each.auto_sync else "off",
        "Next Sync": next_sync(each),
        "Guardrails": in_words(each.guardrails),
    }
    optional = {"Problem": each.problem, "Description": each.description, "Keys": ", ".join(each.identifiers)}
    optional["Choices"] = ", ".join(f"{name}={value}" for name, value in each.choices.items())
    optional["Note"] = " ".join(each.warnings)
    optional["Still owed"] = f"{count(each.owed)} keys" if each.owed else ""
    optional[f"View in {each.platform_name}"] = each.link
    return shown | {name: text for name, text in optional.items() if text}
