"""Every command by name, and the way in and out: arguments in, an exit code out."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_group

from audience_sync.cli.failures import told
from audience_sync.cli.lazy import Elsewhere
from audience_sync.cli.printing import say
from audience_sync.errors import AudienceSyncError

PACKAGE = "audience_sync"
BEGIN, PEOPLE, PLATFORMS, SYNC, RUN = "Try it", "Profiles and segments", "Platforms", "Audiences and syncs", "Operate"

COMMANDS = (
    ("demo", "demo.show:demo", BEGIN, "Show the whole product against pretend platforms."),
    ("identifiers", "cli.identifiers:identifiers", BEGIN, "Show how identifiers become a platform's keys."),
    ("sandbox", "cli.sandbox:sandbox", BEGIN, "Serve pretend ad platforms on this machine."),
    ("import", "cli.imports:app", PEOPLE, "Bring profiles, events, consents or traits in from files."),
    ("warehouses", "cli.warehouses:app", PEOPLE, "Bring profiles in from a warehouse by your own SQL."),
    ("traits", "cli.traits:app", PEOPLE, "List, declare and remove computed traits."),
    ("segments", "cli.segments:app", PEOPLE, "Create segments and look into them."),
    ("export", "cli.export:export", PEOPLE, "Write a segment into a file, and wait for it."),
    ("exports", "cli.exports:app", PEOPLE, "List exports, make links to their files, take them back."),
    ("connect", "cli.connect:connect", PLATFORMS, "Connect an ad platform and choose its ad accounts."),
    ("connections", "cli.connections:app", PLATFORMS, "List platforms, connections and ad accounts."),
    ("disconnect", "cli.connections:disconnect", PLATFORMS, "End a connection."),
    ("audiences", "cli.audiences:app", SYNC, "Create, change and delete platform audiences."),
    ("preview", "cli.preview:preview", SYNC, "Show what a sync would change. Nothing is sent."),
    ("sync", "cli.sync:sync", SYNC, "Make the platform equal to the segment, and wait for it."),
    ("cancel", "cli.sync:cancel", SYNC, "Stop a run after its current batch."),
    ("history", "cli.history:history", SYNC, "List an audience's runs, with a summary."),
    ("run", "cli.run:app", SYNC, "Show one run."),
    ("rejections", "cli.run:rejections", SYNC, "List identifiers of a run that could not become keys."),
    ("serve", "cli.serve:serve", RUN, "Serve the API and do the runs."),
    ("web", "cli.serve:web", RUN, "Serve the API only."),
    ("worker", "cli.serve:worker", RUN, "Do the runs only."),
    ("migrate", "cli.migrate:migrate", RUN, "Bring the database to this version's tables."),
    ("doctor", "cli.doctor:doctor", RUN, "Check this installation."),
    ("secrets", "cli.secrets:app", RUN, "Make keys for the vault and seal with the newest one."),
    ("users", "cli.users:app", RUN, "Add people and give them roles, passwords and API keys."),
    ("keys", "cli.keys:app", RUN, "Create, list and revoke API keys."),
)
"""Name, place, panel and first line of each command."""

root = typer.Typer(name="audience-sync", no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


def _version(wanted: bool) -> None:
    if wanted:
        say(f"audience-sync {version('audience-sync')}")
        raise typer.Exit


@root.callback()
def audience_sync(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Keeps the custom audiences of ad platforms equal to the segments of a customer data platform.

    Audiences, segments and runs are named by their id, their name, or the beginning of one, if only one fits.
    Settings come from AUDIENCE_SYNC_* in the environment.

    Exit codes: 0 done; 1 the thing failed; 2 wrong use, or refused; 3 this installation is not set up right.

    Example: audience-sync demo
    """


def command() -> TyperGroup:
    """The whole command line."""
    group = get_group(root)
    for name, place, panel, help in COMMANDS:
        group.add_command(Elsewhere(name, f"{PACKAGE}.{place}", help, panel))
    return group


def main(arguments: Sequence[str] | None = None) -> None:
    """Ends the process with the command's exit code; errors of ours are told in words."""
    try:
        command().main(arguments, prog_name="audience-sync")
    except AudienceSyncError as problem:
        sys.exit(told(problem))
