"""The specification's flows, one scene each: what is done, and what the terminal shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import RenderableType
from rich.constrain import Constrain
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from audience_sync.cli.connections import connection_block
from audience_sync.cli.following import follow
from audience_sync.cli.history import history_block, looked
from audience_sync.cli.imports import imports_table
from audience_sync.cli.preview import pre_flight
from audience_sync.cli.printing import say
from audience_sync.cli.progress import watcher
from audience_sync.cli.results import results
from audience_sync.cli.run import run_block
from audience_sync.cli.segments import segments_table
from audience_sync.cli.waterfall import waterfall_table
from audience_sync.cli.words import count, moment
from audience_sync.demo.browser import consent
from audience_sync.demo.purchases import RECENT_DAYS, REVENUE
from audience_sync.demo.sample import Sample
from audience_sync.demo.stage import Stage
from audience_sync.flows import audiences, connect, connections, imports, runs, schedule, segments
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import Operation

CHOSEN = ("act_123456789", "act_987654321")
SEGMENTS = {
    "High Value Customers": {
        "all": [
            {"trait": "revenue", "op": "at_least", "value": REVENUE},
            {"trait": "last_purchase", "op": "in_last_days", "value": RECENT_DAYS},
        ]
    },
    "Newsletter Subscribers": {"attribute": "newsletter", "op": "is", "value": True},
    "At Risk Churning": {
        "all": [
            {"trait": "purchases", "op": "at_least", "value": 4},
            {"trait": "last_purchase", "op": "more_than_days_ago", "value": 150},
        ]
    },
}
WIDTH = 100
"""Columns of boxes and rules: wider ones are hard to read."""
File = tuple[str, Path]


@dataclass(frozen=True, slots=True)
class Filled:
    """The audience of the story and its segment."""

    segment_id: str
    audience_id: str


def scene(title: str, words: str = "") -> None:
    """A new part of the story begins."""
    say()
    say(Constrain(Rule(Text(title, style="bold cyan"), align="left", characters="━"), WIDTH))
    if words:
        say(words)


async def bring_people(stage: Stage, sample: Sample) -> list[SegmentView]:
    """Profiles and purchases are in the store, and three segments look at them."""
    scene("People", "25,000 made-up people and what they bought, as messy as exports are.")
    await _imported(stage, [("profiles", sample.profiles), ("events", sample.purchases)])
    made = [
        await segments.create(stage.app, SHELL, SegmentDraft(name, {"type": "rules", "rules": rules}))
        for name, rules in SEGMENTS.items()
    ]
    say()
    say(segments_table(made))
    return made


async def connect_meta(stage: Stage) -> ConnectionView:
    """Meta is connected through its consent page, with two ad accounts chosen."""
    scene("Connect Platform", "Somebody clicks Connect and lands on the platform's page:")
    page, answer = await consent(await connect.begin(stage.app, SHELL, "meta"))
    say(_boxed(Text("\n".join(page.lines))))
    say("They click Continue, come back, and select two ad accounts.")
    say()
    made = await connect.finish(stage.app, "meta", **answer)
    found = await connections.choose_accounts(stage.app, SHELL, made.connection.id, CHOSEN)
    say(connection_block(found))
    return found


async def create_audience(stage: Stage, connection: ConnectionView, segment: SegmentView) -> Filled:
    """The audience is on the platform and holds the segment's people."""
    account = next(each for each in connection.accounts if each.remote_id == CHOSEN[0])
    who = f"{segment.name} ({count(segment.size.profiles)} profiles)"
    scene("Create Audience", f"{who} → Meta, {account.label}; auto-sync every 24 hours.")
    say()
    made = await audiences.create(stage.app, SHELL, AudienceDraft(segment.id, account.id, interval_hours=24))
    detail = await _followed(stage, made.run.id)
    if detail.waterfall:
        say()
        say(waterfall_table(detail.waterfall))
    say("This pretend Meta counts at once; the real one takes up to a day, and the size is unknown until then.")
    return Filled(segment.id, made.audience.id)


async def sync_now(stage: Stage, sample: Sample, filled: Filled) -> RunDetail:
    """The next day's changes are on the platform, exactly as the pre-flight said."""
    await stage.advance(timedelta(hours=22))
    when = moment(stage.app.now())
    scene("Sync Now", f"The next day, {when}: purchases, new addresses and withdrawn consents come in.")
    files = [("events", sample.next_purchases), ("profiles", sample.next_profiles), ("consents", sample.next_consents)]
    await _imported(stage, files)
    say()
    audience = await audiences.get(stage.app, SHELL, filled.audience_id)
    plan = await runs.preview(stage.app, SHELL, filled.audience_id)
    say(_boxed(pre_flight(audience, plan)))
    run = await runs.start(stage.app, SHELL, filled.audience_id, plan_id=plan.id)
    return await _followed(stage, run.id)


async def sync_by_schedule(stage: Stage, sample: Sample, filled: Filled) -> RunDetail:
    """What came in since is on the platform without anybody asking."""
    await stage.advance(timedelta(hours=2))
    scene("Auto-sync", f"{moment(stage.app.now())}: some more purchases, and the sync of every 24 hours is due.")
    await _imported(stage, [("events", sample.later_purchases)])
    say()
    await schedule.tick(stage.app)
    # The worker ticks too; whoever was first, the run is there now.
    running = (await audiences.get(stage.app, SHELL, filled.audience_id)).running
    newest = (await looked(stage.app, filled.audience_id, days=1)).items[0].id
    return await _followed(stage, running or newest)


async def replace_all(stage: Stage, filled: Filled) -> RunDetail:
    """Everybody was sent again, and nobody else is left on the platform."""
    scene("Full replace", "Replace the entire audience: everyone is sent again in one session of Meta's.")
    say()
    run = await runs.start(stage.app, SHELL, filled.audience_id, operation=Operation.REPLACE)
    return await _followed(stage, run.id)


async def show_history(stage: Stage, filled: Filled, chosen: RunDetail) -> None:
    """The table, its summary, and one run's own page."""
    scene("View History")
    say(history_block(await looked(stage.app, filled.audience_id, days=30)))
    say()
    say(_boxed(run_block(chosen)))


async def _followed(stage: Stage, run_id: str) -> RunDetail:
    detail = await follow(stage.app, run_id, watcher())
    audience = await audiences.get(stage.app, SHELL, detail.run.audience_id)
    say()
    say(_boxed(results(audience, detail)))
    return detail


async def _imported(stage: Stage, files: Sequence[File]) -> None:
    done = [await imports.import_file(stage.app, SHELL, kind, path) for kind, path in files]
    say(imports_table([path for _, path in files], done))


def _boxed(content: RenderableType) -> Constrain:
    return Constrain(Panel(content, border_style="dim", expand=False, padding=(0, 1)), WIDTH)
