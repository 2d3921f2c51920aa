"""The demo from beginning to end, and what it leaves running."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from audience_sync import logs
from audience_sync.cli.failures import FAILED
from audience_sync.cli.printing import complain, facts, heading, say
from audience_sync.cli.serve import until_interrupted
from audience_sync.cli.words import moment
from audience_sync.demo import scenes
from audience_sync.demo.clock import DemoClock
from audience_sync.demo.elsewhere import Filled
from audience_sync.demo.figures import Ended, ended, figures, verdict
from audience_sync.demo.sample import Sample, write_sample
from audience_sync.demo.stage import Stage, fresh, pretend_platforms, settings_of, stage
from audience_sync.flows import api_keys, people
from audience_sync.model.permissions import SHELL, Permission
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import Settings

FOLDER = Path("demo-data")
ADMIN = "admin@example.com"
BEFORE = timedelta(hours=24)
"""How long ago the story begins. Its scenes move the clock on by as much, so that it ends now."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the story leaves: each platform as it is, and the administrator's two ways in."""

    platforms: list[Ended]
    password: str
    key: str

    @property
    def troubled(self) -> list[str]:
        """Platforms of which something is not as it should be."""
        return [each.platform for each in self.platforms if not each.is_well]


def demo(once: Annotated[bool, typer.Option("--once", help="End after the results.")] = False) -> None:
    """Show the whole product against pretend platforms.

    Connect, create, sync, replace, history, on every platform: nothing leaves this machine. Works in ./demo-data, which
    it makes anew each time. Exit code 0 only if in the end each pretend platform holds exactly the keys of the segment
    and nothing raw reached it. Without --once it goes on to serve the web app and the API.

    Example: audience-sync demo --once
    """
    fresh(FOLDER)
    with pretend_platforms() as sandbox:
        settings = settings_of(FOLDER, sandbox)
        logs.configure(settings)
        ending = asyncio.run(_story(settings, sandbox))
        if ending.troubled:
            complain(f"Not as it should be: {', '.join(ending.troubled)}.", code="DEMO_NOT_EQUAL")
            raise typer.Exit(FAILED)
        if not once:
            _go_on(settings, sandbox, ending)


async def _story(settings: Settings, sandbox: Sandbox) -> Ending:
    clock = DemoClock(BEFORE)
    _begin(sandbox, clock)
    sample = write_sample(settings.data_dir.parent / "files", clock.now())
    async with stage(settings, sandbox, clock) as made:
        first, *_ = await scenes.bring_people(made, sample)
        connections = await scenes.connect_platforms(made)
        filled = await scenes.create_audiences(made, connections, first)
        changed = await scenes.sync_now(made, sample, filled)
        await scenes.sync_by_schedule(made, sample, filled)
        await scenes.replace_all(made, filled)
        await scenes.show_history(made, filled[scenes.FIRST].audience_id, changed)
        return Ending(await _results(made, sample, filled), *await _ways_in(made))


def _begin(sandbox: Sandbox, clock: DemoClock) -> None:
    say(heading("Audience Sync: the demo"))
    say(f"Files in {FOLDER}, pretend platforms at {sandbox.url}; the story begins on {moment(clock.now())}.")


async def _results(made: Stage, sample: Sample, filled: dict[str, Filled]) -> list[Ended]:
    """Printed, too."""
    found = await ended(made, sample, filled)
    scenes.scene("All platforms", "The first sync of each, as the platform reports it, and what changed afterwards:")
    say()
    say(figures(found))
    scenes.scene("Proof", "The segment's keys, computed anew from the profiles, against what each platform holds:")
    for one in found:
        say(verdict(one))
    return found


async def _ways_in(made: Stage) -> tuple[str, str]:
    """Password and API key of an administrator made for the demo."""
    password = secrets.token_urlsafe(12)
    admin = await people.add_user(made.app, SHELL, email=ADMIN, role="admin", name="Demo Admin", password=password)
    _, key = await api_keys.create_key(made.app, SHELL, admin.id, name="demo", permissions=list(Permission))
    return password, key


def _go_on(settings: Settings, sandbox: Sandbox, ending: Ending) -> None:
    """The web app and the API over the same data, until Ctrl-C."""
    scenes.scene("Go on")
    say(
        facts(
            {
                "Web app": settings.base_url,
                "Sign in as": f"{ADMIN} with {ending.password}",
                "API reference": f"{settings.base_url}/docs",
                "API key": ending.key,
                "Pretend platforms": f"{sandbox.url}/_sandbox/",
                "Ends with": "Ctrl-C",
            }
        )
    )
    say(f"\ncurl -H 'Authorization: Bearer {ending.key}' {settings.base_url}/api/v1/audiences")
    until_interrupted(settings, work=True)
