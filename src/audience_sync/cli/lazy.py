"""A command whose module is imported when it is called, not when it is listed, so that `--help` is quick."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command


class Elsewhere(TyperCommand):
    """Stands for the command at `place`, `module:name`: a function, or a Typer app with commands of its own."""

    def __init__(self, name: str, place: str, help: str, panel: str) -> None:
        super().__init__(name, help=help, rich_help_panel=panel)
        self.place = place

    # Typer keeps its types of contexts and commands to itself, hence Any.
    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the real command, which from here on takes this one's place."""
        return self.load().make_context(info_name, args, parent, **extra)

    def load(self) -> Any:
        """The real command."""
        module, _, name = self.place.partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(self.name)(found)
            found = single
        return get_command(found)
