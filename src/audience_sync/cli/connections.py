"""Connected platforms: list them, choose ad accounts, ask the platform again, end a connection."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import accounts, names
from audience_sync.cli.printing import AsJson, heading, note, say, show_json
from audience_sync.cli.shell import act
from audience_sync.cli.words import moment
from audience_sync.errors import Refusal
from audience_sync.flows import connect, tokens
from audience_sync.flows import connections as flow
from audience_sync.flows.connect import PlatformState
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.connections import Disconnected
from audience_sync.flows.expiry import Health
from audience_sync.model.permissions import SHELL

STATES = {Health.LIVE: ("Connected", "green"), Health.BROKEN: ("Broken", "red")}
Which = Annotated[str, typer.Argument(help="The connection's id, its name, or the platform if it has only one.")]
app = typer.Typer(add_completion=False)
for command in (accounts.check, accounts.orphans, accounts.adopt, accounts.delete_orphan):
    app.command()(command)


@app.callback(invoke_without_command=True)
def connections(context: typer.Context, as_json: AsJson = False) -> None:
    """List platforms, connections and ad accounts.

    Example: audience-sync connections
    """
    if context.invoked_subcommand:
        return

    async def work(app: App) -> list[PlatformState]:
        return await connect.platforms(app, SHELL)

    found = act(work)
    if as_json:
        show_json(found)
    else:
        say(platforms_block(found))


@app.command()
def choose(
    connection: Which,
    accounts: Annotated[list[str], typer.Argument(help="Ids of ad accounts: exactly these are used.")],
    as_json: AsJson = False,
) -> None:
    """Choose the ad accounts that audiences can be made in.

    Example: audience-sync connections choose meta act_123456789 act_987654321
    """

    async def work(app: App) -> ConnectionView:
        return await flow.choose_accounts(app, SHELL, await connection_id(app, connection), accounts)

    _shown(act(work), as_json=as_json)


@app.command()
def refresh(connection: Which, as_json: AsJson = False) -> None:
    """Ask the platform again what a connection may do, and list its ad accounts anew.

    Example: audience-sync connections refresh meta
    """

    async def work(app: App) -> ConnectionView:
        return await tokens.refresh(app, SHELL, await connection_id(app, connection))

    _shown(act(work), as_json=as_json)


def disconnect(
    connection: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a connection.

    Its audiences stay on the platform as they are, and wait until it is connected again.

    Example: audience-sync disconnect meta
    """

    async def work(app: App) -> Disconnected:
        chosen = await connection_id(app, connection)
        affected = await flow.affected(app, SHELL, chosen)
        if affected:
            note(f"These audiences will no longer be synced: {', '.join(each.name for each in affected)}.")
        if not yes and not typer.confirm("Disconnect?", err=True):
            raise Refusal("Nothing was disconnected.", code="NOT_CONFIRMED")
        return await flow.disconnect(app, SHELL, chosen)

    ended = act(work)
    if as_json:
        show_json(ended)
    else:
        say(f"Disconnected. {ended.advice}".strip())


async def connection_id(app: App, text: str) -> str:
    """The connection's id: by id, by who granted it, or by its platform where that has one."""
    found = await flow.connections(app, SHELL)
    of_platform = [each for each in found if each.platform == text.casefold()]
    if len(of_platform) == 1:
        return of_platform[0].id
    return names.meant(text, [names.Named(each.id, each.label) for each in found], "connection")


def platforms_block(found: list[PlatformState]) -> Group:
    """The specification's page of connected platforms."""
    parts: list[RenderableType] = [heading("Connected Platforms")]
    for each in found:
        parts += [connection_block(one) for one in each.connections]
        if not each.connections:
            parts += [Text.assemble((f"{each.name:<40}", "bold"), each.connected)]
            parts += [Text(f"  audience-sync connect {each.id}", style="dim")]
    return Group(*parts)


def connection_block(found: ConnectionView) -> Group:
    """One connection with its ad accounts; the chosen ones carry a tick."""
    return Group(*_lines(found))


def _lines(found: ConnectionView) -> Iterator[Text]:
    words, style = STATES.get(found.state, ("Connected, ends soon", "yellow"))
    yield Text.assemble((f"{found.platform_name:<40}", "bold"), (words, style))
    for each in found.accounts:
        yield Text.assemble(f"• {each.label:<38}", ("✓" if each.selected else "", "green"))
        if each.problem:
            yield Text(f"    {each.problem}", style="yellow")
    until = f", until {moment(found.ends_at)}" if found.ends_at else ""
    yield Text(f"  granted by {found.label}{until} ({found.id[:8]})", style="dim")
    if found.problem:
        yield Text(f"  {found.problem}", style="yellow")


def _shown(found: ConnectionView, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
    else:
        say(connection_block(found))
