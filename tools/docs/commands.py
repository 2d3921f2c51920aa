"""docs/commands.md, from the command line itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from audience_sync.cli.lazy import Elsewhere
from audience_sync.cli.root import COMMANDS, command
from tools.docs.markdown import code, table
from tools.docs.markdown import page as whole

INTRO = """`audience-sync --help` lists these, `audience-sync COMMAND --help` shows one. Audiences, segments and runs
are named by their id, their name, or the beginning of one, if only one fits. `--json` prints one JSON document and
nothing else.

**Exit codes:** 0 done · 1 the thing failed · 2 wrong use, or refused · 3 this installation is not set up right."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command that does something: its whole name, its panel, and Typer's own object, whose types are private."""

    name: str
    panel: str
    command: Any


def leaves() -> Iterator[Leaf]:
    """Every command that does something, in the order of the list."""
    group = command()
    for name, _place, panel, _help in COMMANDS:
        place = group.commands[name]
        assert isinstance(place, Elsewhere)
        loaded = place.load()
        inner: dict[str, Any] = getattr(loaded, "commands", {})
        if not inner or loaded.invoke_without_command:
            yield Leaf(name, panel, loaded)
        yield from (Leaf(f"{name} {sub}", panel, each) for sub, each in inner.items())


def page() -> str:
    parts = [INTRO]
    for panel, members in groupby(leaves(), key=lambda leaf: leaf.panel):
        parts += [f"## {panel}", *(part for leaf in members for part in _parts(leaf))]
    return whole("Commands", "src/audience_sync/cli/", parts)


def _parts(leaf: Leaf) -> Iterator[str]:
    text, _, example = (leaf.command.help or "").partition("Example:")
    yield f"### {leaf.name}"
    yield _paragraphs(text)
    yield f"```\n{_usage(leaf)}\n```"
    if leaf.command.params:
        yield table(("Given", "Default", "Meaning"), map(_row, _shown(leaf)))
    if example:
        yield f"Example: `{' '.join(example.split())}`"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(each.split()) for each in text.strip().split("\n\n"))


def _usage(leaf: Leaf) -> str:
    arguments = [_argument(each) for each in leaf.command.params if each.param_type_name == "argument"]
    options = ["[OPTIONS]"] if any(each.param_type_name == "option" for each in _shown(leaf)) else []
    return " ".join(["audience-sync", leaf.name, *options, *arguments])


def _shown(leaf: Leaf) -> Iterable[Any]:
    return [each for each in leaf.command.params if not each.hidden]


def _argument(each: Any) -> str:
    name = (each.metavar or each.name).upper() + ("..." if each.nargs == -1 else "")
    return name if each.required else f"[{name}]"


def _row(each: Any) -> tuple[str, str, str]:
    if each.param_type_name == "argument":
        return code(_argument(each)), _default(each), each.help or ""
    names = " / ".join(map(code, [*each.opts, *each.secondary_opts]))
    return names, _default(each), each.help or ""


def _default(each: Any) -> str:
    if each.required:
        return "required"
    return "" if each.default in (None, False, "", ()) or callable(each.default) else code(each.default)
