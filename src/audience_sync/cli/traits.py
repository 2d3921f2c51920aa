"""Computed traits: list, declare, remove."""

from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli.printing import AsJson, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.flows import imports
from audience_sync.flows.imports import ComputedTrait
from audience_sync.model.permissions import SHELL

Name = Annotated[str, typer.Argument(help="Lower case letters, digits and underscores.")]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """List, declare and remove computed traits.

    They are derived from each profile's events.

    Example: audience-sync traits set big_orders "count(*) FILTER (amount(properties) > 100)"
    """


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List computed traits.

    Example: audience-sync traits list
    """

    async def work(app: App) -> list[ComputedTrait]:
        return await imports.traits(app, SHELL)

    found = act(work)
    if as_json:
        show_json(found)
    else:
        say(table(("Trait", "Type", "Computed as"), [(each.name, each.type, each.expression) for each in found]))


@app.command("set")
def set_(
    name: Name,
    expression: Annotated[str, typer.Argument(help="An aggregate over a profile's events: name, time, properties.")],
) -> None:
    """Compute a trait for every profile from now on.

    Example: audience-sync traits set last_login "max(time) FILTER (name = 'login')"
    """
    act(lambda app: imports.set_trait(app, SHELL, name, expression))
    say(f"{name} is computed for every profile.")


@app.command()
def remove(name: Name) -> None:
    """Compute a trait no longer.

    Example: audience-sync traits remove last_login
    """
    act(lambda app: imports.remove_trait(app, SHELL, name))
    say(f"{name} is no longer computed.")
