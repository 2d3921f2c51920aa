"""API keys: create, list, revoke."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, note, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import moment
from audience_sync.errors import Invalid
from audience_sync.flows import api_keys, people
from audience_sync.flows.api_keys import Key
from audience_sync.model.permissions import SHELL, Permission

PREFIX = "audience_sync:"
Owner = Annotated[str, typer.Argument(metavar="USER", help="E-mail address or id of its owner.")]
Wanted = Annotated[str, typer.Option(help="Comma separated, such as read,sync. Default: all of its owner's.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Create, list and revoke API keys.

    Example: audience-sync keys create ada@example.com --name nightly --permissions read,sync
    """


@app.command()
def create(
    user: Owner,
    name: Annotated[str, typer.Option(help="After the program that will use it.")],
    permissions: Wanted = "",
    days: Annotated[int, typer.Option(min=0, help="Days until it expires. 0: never.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Create an API key. Its text is shown this once.

    Example: audience-sync keys create ada@example.com --name nightly --permissions read,sync --days 90
    """

    async def work(app: App) -> tuple[Key, str]:
        owner = await names.user_id(app, user)
        wanted = _permissions(permissions) if permissions else await _of_role(app, owner)
        expires_at = app.now() + timedelta(days=days) if days else None
        return await api_keys.create_key(app, SHELL, owner, name=name, permissions=wanted, expires_at=expires_at)

    key, text = act(work)
    if as_json:
        show_json({**asdict(key), "key": text})
        return
    say(text)
    note(f"This is shown once. It may: {', '.join(_short(each) for each in key.permissions)}.")


@app.command("list")
def list_(user: Owner, as_json: AsJson = False) -> None:
    """List somebody's API keys, the newest first.

    Example: audience-sync keys list ada@example.com
    """

    async def work(app: App) -> list[Key]:
        return await api_keys.list_keys(app, SHELL, await names.user_id(app, user))

    found = act(work)
    if as_json:
        show_json(found)
    elif found:
        say(table(("Key", "Name", "May", "Expires", "Last used", "Revoked"), map(_row, found)))
    else:
        say("No API key yet. Make one: audience-sync keys create USER --name NAME")


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="Its id, the part after asy_.")], as_json: AsJson = False) -> None:
    """Revoke an API key for good.

    Example: audience-sync keys revoke 3f0c2a9d5e7b1846
    """

    async def work(app: App) -> Key:
        return await api_keys.revoke_key(app, SHELL, key.removeprefix("asy_").partition("_")[0])

    gone = act(work)
    if as_json:
        show_json(gone)
    else:
        say(f"The key {gone.name} opens nothing any more.")


def _permissions(text: str) -> list[Permission]:
    wanted = [f"{PREFIX}{part.strip().removeprefix(PREFIX)}" for part in text.split(",") if part.strip()]
    if unknown := [each for each in wanted if each not in tuple(Permission)]:
        known = ", ".join(_short(each) for each in Permission)
        raise Invalid(f"There is no permission {_short(unknown[0])!r}.", f"There are: {known}.")
    return [Permission(each) for each in wanted]


async def _of_role(app: App, owner: str) -> list[Permission]:
    """Everything that the owner may."""
    (person,) = (each for each in await people.list_users(app, SHELL) if each.id == owner)
    return [Permission(each) for each in (await people.list_roles(app, SHELL))[person.role]]


def _short(permission: str) -> str:
    return permission.removeprefix(PREFIX)


def _row(each: Key) -> tuple[str, ...]:
    may = ", ".join(map(_short, each.permissions))
    never = "never"
    expires = moment(each.expires_at) if each.expires_at else never
    used = moment(each.last_used_at) if each.last_used_at else never
    return each.id, each.name, may, expires, used, moment(each.revoked_at) if each.revoked_at else ""
