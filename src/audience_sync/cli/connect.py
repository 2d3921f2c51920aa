"""Connect an ad platform: through its consent page in the browser, or with a token that was made there by hand."""

import asyncio
import sys
import webbrowser
from datetime import datetime
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli.callback import listening
from audience_sync.cli.connections import connection_block
from audience_sync.cli.printing import AsJson, note, say, show_json
from audience_sync.cli.shell import act
from audience_sync.errors import Invalid, Refusal
from audience_sync.flows import connect as flow
from audience_sync.flows import connections
from audience_sync.flows.connected import AccountView, ConnectionView
from audience_sync.model.permissions import SHELL

LOOK_SECONDS = 0.5
Platform = Annotated[str, typer.Argument(help="Such as meta.")]
Accounts = Annotated[str, typer.Option(help="Ad accounts to use, comma separated, or `all`. Default: asks.")]


def connect(
    platform: Platform,
    token: Annotated[str, typer.Option(help="`-`: read a token made on the platform from standard input.")] = "",
    accounts: Accounts = "",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the consent page in a browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """Connect an ad platform and choose its ad accounts.

    Prints the address of the platform's consent page, waits until it was answered, and lists the ad accounts.

    Example: audience-sync connect meta --accounts act_123456789,act_987654321
    """
    secret = _token(token)

    async def work(app: App) -> ConnectionView:
        if secret:
            found = (await flow.connect_with_token(app, SHELL, platform, secret)).connection
        else:
            found = await by_consent(app, platform, browser=browser and sys.stdout.isatty())
        return await choose(app, found, accounts)

    found = act(work)
    if as_json:
        show_json(found)
    else:
        say(connection_block(found))


async def by_consent(app: App, platform: str, *, browser: bool) -> ConnectionView:
    """The connection, once somebody has answered on the platform's page within ten minutes."""
    found: list[ConnectionView] = []

    async def finish(given: dict[str, str]) -> str:
        known = ("state", "code", "error", "error_reason", "error_description")
        connected = await flow.finish(app, platform, **{"state": "", **{k: v for k, v in given.items() if k in known}})
        found.append(connected.connection)
        return f"{connected.connection.platform_name} is connected."

    async with listening(flow.redirect_uri(app, platform), finish) as answered:
        begun = app.now()
        address = await flow.begin(app, SHELL, platform)
        _invite(address, browser=browser)
        async with asyncio.timeout(flow.SIGN_IN_LASTS.total_seconds()):
            if answered is None:
                return await _made_elsewhere(app, platform, begun)
            await answered
    return found[0]


def _invite(address: str, *, browser: bool) -> None:
    note("Open this page, and answer it within ten minutes:")
    say(address)
    if browser:
        webbrowser.open(address)


async def _made_elsewhere(app: App, platform: str, begun: datetime) -> ConnectionView:
    """The connection that the running server has made of the answer."""
    note("The answer goes to the server that is running.")
    while True:
        for each in await connections.connections(app, SHELL):
            if each.platform == platform and each.checked_at and each.checked_at >= begun:
                return each
        await asyncio.sleep(LOOK_SECONDS)


async def choose(app: App, found: ConnectionView, accounts: str) -> ConnectionView:
    """The connection with these ad accounts chosen: as given, or as somebody at the terminal says."""
    if accounts == "all":
        wanted = [each.remote_id for each in found.accounts if each.usable]
    elif accounts:
        wanted = [part.strip() for part in accounts.split(",") if part.strip()]
    elif sys.stdin.isatty() and found.accounts:
        wanted = _asked(found)
    else:
        note(f"Choose ad accounts: audience-sync connections choose {found.id[:8]} act_...")
        return found
    return await connections.choose_accounts(app, SHELL, found.id, wanted)


def _asked(found: ConnectionView) -> list[str]:
    note("Select Ad Accounts")
    for number, each in enumerate(found.accounts, start=1):
        note(f"  {number}  {each.label}{_trouble(each)}")
    usable = [str(n) for n, each in enumerate(found.accounts, start=1) if each.usable]
    answer = typer.prompt("Numbers, comma separated", default=",".join(usable), err=True)
    numbers = [part.strip() for part in answer.split(",") if part.strip()]
    if wrong := [each for each in numbers if not each.isdigit() or not 1 <= int(each) <= len(found.accounts)]:
        raise Invalid(
            f"{wrong[0]!r} is none of these numbers.", f"audience-sync connections choose {found.id[:8]} act_..."
        )
    return [found.accounts[int(each) - 1].remote_id for each in numbers]


def _trouble(each: AccountView) -> str:
    return f"  ({each.problem})" if each.problem else ""


def _token(text: str) -> str:
    """The token on standard input. On the command line everybody on this machine could read it."""
    if not text:
        return ""
    if text != "-":
        raise Refusal(
            "A token on the command line can be seen by everybody on this machine.",
            "Use --token - and give it on standard input.",
            code="TOKEN_EXPOSED",
        )
    if sys.stdin.isatty():
        return str(typer.prompt("Token", hide_input=True, err=True))
    first = sys.stdin.readline()
    # A JSON key has several lines.
    return (first + sys.stdin.read() if first.startswith("{") else first).strip()
