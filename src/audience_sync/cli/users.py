"""People and what they may do: add, list, role, disable, enable, password, API key."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli import keys, names
from audience_sync.cli.printing import AsJson, note, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import moment
from audience_sync.flows import password_links, people
from audience_sync.flows.password_links import MadeLink
from audience_sync.flows.people import Person
from audience_sync.model.permissions import SHELL

Who = Annotated[str, typer.Argument(metavar="USER", help="E-mail address or id, or the beginning of one.")]
Role = Annotated[str, typer.Option(help="viewer, analyst, operator, manager or admin.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command("key")(keys.create)


@app.callback()
def group() -> None:
    """Add people and give them roles, passwords and API keys.

    Example: audience-sync users add ada@example.com --role admin
    """


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="The e-mail address, by which they sign in.")],
    role: Role = "viewer",
    name: Annotated[str, typer.Option(help="As others see it.")] = "",
    with_password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, or read it from a pipe.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add somebody. Without a password they can use API keys only.

    Example: audience-sync users add ada@example.com --role admin --name "Ada Admin" --password
    """
    secret = _password() if with_password else ""

    async def work(app: App) -> Person:
        return await people.add_user(app, SHELL, email=email, role=role, name=name, password=secret)

    _shown([act(work)], as_json=as_json, alone=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List everybody.

    Example: audience-sync users list
    """

    async def work(app: App) -> list[Person]:
        return await people.list_users(app, SHELL)

    _shown(act(work), as_json=as_json, alone=False)


@app.command()
def role(
    user: Who,
    role: Annotated[str, typer.Argument(help="viewer, analyst, operator, manager or admin.")],
    as_json: AsJson = False,
) -> None:
    """Give somebody another role.

    Example: audience-sync users role ada@example.com manager
    """
    _change(user, lambda app, chosen: people.set_role(app, SHELL, chosen, role), as_json=as_json)


@app.command()
def disable(user: Who, as_json: AsJson = False) -> None:
    """Keep somebody out, and their API keys too.

    Example: audience-sync users disable ada@example.com
    """
    _change(user, lambda app, chosen: people.disable_user(app, SHELL, chosen), as_json=as_json)


@app.command()
def enable(user: Who, as_json: AsJson = False) -> None:
    """Let somebody in again.

    Example: audience-sync users enable ada@example.com
    """
    _change(user, lambda app, chosen: people.enable_user(app, SHELL, chosen), as_json=as_json)


@app.command()
def password(user: Who, as_json: AsJson = False) -> None:
    """Set somebody's password: asked for at a terminal, else the first line of standard input.

    Example: audience-sync users password ada@example.com
    """
    secret = _password()
    _change(user, lambda app, chosen: people.set_password(app, SHELL, chosen, secret), as_json=as_json)


@app.command("reset-link")
def reset_link(user: Who, as_json: AsJson = False) -> None:
    """Make a link with which somebody chooses a new password. It works once, for 24 hours.

    Example: audience-sync users reset-link ada@example.com
    """

    async def work(app: App) -> tuple[str, MadeLink]:
        made = await password_links.make_link(app, SHELL, await names.user_id(app, user))
        return f"{app.settings.base_url.rstrip('/')}{made.path}", made

    address, made = act(work)
    if as_json:
        show_json({"url": address, "expires_at": made.expires_at})
        return
    say(address)
    note(f"Give it to nobody else: who has it sets the password. It works once, until {moment(made.expires_at)}.")


def _change(user: str, change: Callable[[App, str], Awaitable[Person]], *, as_json: bool) -> None:
    async def work(app: App) -> Person:
        return await change(app, await names.user_id(app, user))

    _shown([act(work)], as_json=as_json, alone=True)


def _password() -> str:
    """Never an argument: those can be seen by everybody on this machine."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _shown(found: list[Person], *, as_json: bool, alone: bool) -> None:
    if as_json:
        show_json(found[0] if alone else found)
    elif found:
        say(table(("E-mail", "Name", "Role", "State", "Password", "Since"), map(_row, found)))
    else:
        say("There is nobody yet. Add somebody: audience-sync users add EMAIL --role admin")


def _row(each: Person) -> tuple[str, ...]:
    state = "disabled" if each.disabled else "active"
    return each.email, each.name, each.role, state, "set" if each.has_password else "none", moment(each.created_at)
