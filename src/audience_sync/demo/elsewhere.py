"""The same steps on whichever platform: connected, filled and followed, with a line each instead of a scene."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rich.text import Text

from audience_sync.cli.following import follow
from audience_sync.cli.history import looked, sent_words
from audience_sync.cli.printing import say
from audience_sync.cli.progress import watcher
from audience_sync.cli.results import platform_name
from audience_sync.cli.words import MARKS, STATUSES, STYLES, duration
from audience_sync.demo.browser import Page, consent
from audience_sync.demo.stage import Stage
from audience_sync.flows import audiences, connect, connections, runs
from audience_sync.flows.connected import AccountView, ConnectionView
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.segments import SegmentView
from audience_sync.flows.views import RunView
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import Operation

MOST_ACCOUNTS = 2
"""Ad accounts that somebody selects."""
BROUGHT = ("state", "code", "error", "error_reason", "error_description")


@dataclass(frozen=True, slots=True)
class Filled:
    """One audience of the story, its segment, and the run that created it."""

    segment_id: str
    audience_id: str
    first_run: str


async def connected(stage: Stage, platform: str, chosen: Collection[str] = ()) -> tuple[Page, ConnectionView]:
    """The platform is connected through its consent page, with these ad accounts or the first usable ones chosen."""
    page, answer = await consent(await connect.begin(stage.app, SHELL, platform))
    # Platforms bring more than that back: what they granted, and who they are.
    made = await connect.finish(stage.app, platform, **{name: answer[name] for name in BROUGHT if name in answer})
    usable = [each.remote_id for each in made.connection.accounts if each.usable]
    wanted = chosen or usable[:MOST_ACCOUNTS]
    return page, await connections.choose_accounts(stage.app, SHELL, made.connection.id, wanted)


async def filling(stage: Stage, segment: SegmentView, account: AccountView) -> Filled:
    """The segment's audience in that ad account is being created, and synced every 24 hours."""
    made = await audiences.create(stage.app, SHELL, AudienceDraft(segment.id, account.id, interval_hours=24))
    return Filled(segment.id, made.audience.id, made.run.id)


async def started_elsewhere(stage: Stage, filled: Mapping[str, Filled], operation: Operation) -> dict[str, str]:
    """A run of each audience but the first one's is queued: platform -> its id."""
    _, *others = filled.items()
    return {
        platform: (await runs.start(stage.app, SHELL, one.audience_id, operation=operation)).id
        for platform, one in others
    }


async def newest_run(stage: Stage, audience_id: str) -> str:
    """The audience's run that is under way, or its latest: the worker ticks too, and may have ended it already."""
    running = (await audiences.get(stage.app, SHELL, audience_id)).running
    return running or (await looked(stage.app, audience_id, days=1)).items[0].id


async def followed_quietly(stage: Stage, started: Mapping[str, str]) -> None:
    """The runs have ended; a line says how each did."""
    for run_id in started.values():
        say(_line((await follow(stage.app, run_id, watcher(silent=True))).run))


def _line(run: RunView) -> Text:
    """✓ Google: Update +68 -9 ~7, Completed in 4.2 seconds"""
    done = (f"{MARKS[run.status]} {platform_name(run)}", STYLES.get(run.status, ""))
    said = (
        f": {run.operation.capitalize()} {sent_words(run)}, {STATUSES[run.status]} in {duration(run.duration_seconds)}"
    )
    return Text.assemble(done, said)
