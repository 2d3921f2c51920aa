"""The demo from beginning to end, and what it leaves running."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from audience_sync import logs
from audience_sync.cli.failures import FAILED
from audience_sync.cli.printing import complain, facts, heading, say
from audience_sync.cli.serve import until_interrupted
from audience_sync.cli.words import count, moment
from audience_sync.demo import scenes
from audience_sync.demo.clock import DemoClock
from audience_sync.demo.proof import Proof, proved
from audience_sync.demo.sample import write_sample
from audience_sync.demo.scenes import Filled
from audience_sync.demo.stage import Stage, fresh, pretend_meta, settings_of, stage
from audience_sync.flows import api_keys, audiences, people
from audience_sync.model.permissions import SHELL, Permission
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import Settings

FOLDER = Path("demo-data")
BEFORE = timedelta(hours=24)
"""How long ago the story begins. Its scenes move the clock on by as much, so that it ends now."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the story leaves: its proof, and a key for the API."""

    proof: Proof
    key: str


def demo(once: Annotated[bool, typer.Option("--once", help="End after the results.")] = False) -> None:
    """Show the whole product against a pretend Meta.

    Connect, create, sync, replace, history: nothing leaves this machine. Works in ./demo-data, which it makes anew each
    time. Exit code 0 only if in the end the pretend Meta holds exactly the keys of the segment. Without --once it goes
    on to serve the API.

    Example: audience-sync demo --once
    """
    fresh(FOLDER)
    with pretend_meta() as sandbox:
        settings = settings_of(FOLDER, sandbox)
        logs.configure(settings)
        ending = asyncio.run(_story(settings, sandbox))
        if not ending.proof.holds:
            complain("The pretend Meta does not hold the keys of the segment.", code="DEMO_NOT_EQUAL")
            raise typer.Exit(FAILED)
        if not once:
            _go_on(settings, sandbox, ending)


async def _story(settings: Settings, sandbox: Sandbox) -> Ending:
    clock = DemoClock(BEFORE)
    _begin(sandbox, clock)
    sample = write_sample(settings.data_dir.parent / "files", clock.now())
    async with stage(settings, sandbox, clock) as made:
        first, *_ = await scenes.bring_people(made, sample)
        connection = await scenes.connect_meta(made)
        filled = await scenes.create_audience(made, connection, first)
        changed = await scenes.sync_now(made, sample, filled)
        await scenes.sync_by_schedule(made, sample, filled)
        await scenes.replace_all(made, filled)
        await scenes.show_history(made, filled, changed)
        return Ending(await _proof(made, filled), await _key(made))


def _begin(sandbox: Sandbox, clock: DemoClock) -> None:
    say(heading("Audience Sync: the demo"))
    say(f"Files in {FOLDER}, a pretend Meta at {sandbox.url}; the story begins on {moment(clock.now())}.")


async def _proof(made: Stage, filled: Filled) -> Proof:
    """Printed, too."""
    scenes.scene("Proof", "The segment's keys, computed anew from the profiles, against what the pretend Meta holds:")
    audience = await audiences.get(made.app, SHELL, filled.audience_id)
    answer = await made.ask(f"audiences/meta/{audience.remote_id}/keys")
    found = await proved(made.app, filled.segment_id, {(each["kind"], each["value"]) for each in answer})
    words, style = ("✓ Equal", "bold green") if found.holds else ("✗ Not equal", "bold red")
    figures = f"{count(found.wanted)} keys of {count(found.members)} profiles; Meta holds {count(found.held)}: "
    say(Text.assemble((words, style), f"  {figures}{count(found.missing)} missing, {count(found.surplus)} too many"))
    return found


async def _key(made: Stage) -> str:
    """The API key of an administrator made for the demo."""
    admin = await people.add_user(made.app, SHELL, email="admin@example.com", role="admin", name="Demo Admin")
    _, text = await api_keys.create_key(made.app, SHELL, admin.id, name="demo", permissions=list(Permission))
    return text


def _go_on(settings: Settings, sandbox: Sandbox, ending: Ending) -> None:
    """The API over the same data, until Ctrl-C."""
    scenes.scene("Go on")
    say(
        facts(
            {
                "API reference": f"{settings.base_url}/docs",
                "API key": ending.key,
                "Pretend Meta": f"{sandbox.url}/_sandbox/",
                "Ends with": "Ctrl-C",
            }
        )
    )
    say(f"\ncurl -H 'Authorization: Bearer {ending.key}' {settings.base_url}/api/v1/audiences")
    until_interrupted(settings, work=True)
