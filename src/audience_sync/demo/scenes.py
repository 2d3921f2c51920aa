"""The specification's flows, one scene each: what is done, and what the terminal shows of it."""

from collections.abc import Sequence
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
from audience_sync.demo.elsewhere import Filled, connected, filling, followed_quietly, newest_run, started_elsewhere
from audience_sync.demo.pretend import SHOWN
from audience_sync.demo.purchases import RECENT_DAYS, REVENUE
from audience_sync.demo.sample import Sample
from audience_sync.demo.stage import Stage
from audience_sync.flows import audiences, imports, runs, schedule, segments
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import Operation

CHOSEN = ("act_123456789", "act_987654321")
FIRST, *OTHERS = SHOWN
"""Meta is shown in full, as the specification shows it, and the others beside it in a line each."""
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


async def connect_platforms(stage: Stage) -> dict[str, ConnectionView]:
    """Each platform is connected through its consent page, with its first usable ad accounts chosen."""
    scene("Connect Platform", "Somebody clicks Connect and lands on the platform's page:")
    page, meta = await connected(stage, FIRST, CHOSEN)
    say(boxed(Text("\n".join(page.lines))))
    say("They click Continue, come back, and select two ad accounts.")
    say()
    say(connection_block(meta))
    made = {FIRST: meta}
    say("\nThe same with the others:")
    for platform in OTHERS:
        page, made[platform] = await connected(stage, platform)
        say()
        say(connection_block(made[platform]))
    return made


async def create_audiences(
    stage: Stage, connections: dict[str, ConnectionView], segment: SegmentView
) -> dict[str, Filled]:
    """Each platform has the audience, and holds the segment's people."""
    accounts = {platform: next(each for each in one.accounts if each.selected) for platform, one in connections.items()}
    who = f"{segment.name} ({count(segment.size.profiles)} profiles)"
    scene("Create Audience", f"{who} → Meta, {accounts[FIRST].label}; auto-sync every 24 hours.")
    say()
    filled = {platform: await filling(stage, segment, account) for platform, account in accounts.items()}
    detail = await _followed(stage, filled[FIRST].first_run)
    if detail.waterfall:
        say()
        say(waterfall_table(detail.waterfall))
    say("These pretend platforms count at once; real ones take up to a day, and the size is unknown until then.")
    await followed_quietly(stage, {platform: filled[platform].first_run for platform in OTHERS})
    return filled


async def sync_now(stage: Stage, sample: Sample, filled: dict[str, Filled]) -> RunDetail:
    """The next day's changes are on the platforms, on Meta exactly as the pre-flight said; Meta's run."""
    await stage.advance(timedelta(hours=22))
    when = moment(stage.app.now())
    scene("Sync Now", f"The next day, {when}: purchases, new addresses and withdrawn consents come in.")
    files = [("events", sample.next_purchases), ("profiles", sample.next_profiles), ("consents", sample.next_consents)]
    await _imported(stage, files)
    say()
    first = filled[FIRST].audience_id
    audience = await audiences.get(stage.app, SHELL, first)
    plan = await runs.preview(stage.app, SHELL, first)
    say(boxed(pre_flight(audience, plan)))
    run = await runs.start(stage.app, SHELL, first, plan_id=plan.id)
    others = await started_elsewhere(stage, filled, Operation.UPDATE)
    detail = await _followed(stage, run.id)
    await followed_quietly(stage, others)
    return detail


async def sync_by_schedule(stage: Stage, sample: Sample, filled: dict[str, Filled]) -> None:
    """What came in since is on the platforms without anybody asking."""
    await stage.advance(timedelta(hours=2))
    scene("Auto-sync", f"{moment(stage.app.now())}: some more purchases, and the sync of every 24 hours is due.")
    await _imported(stage, [("events", sample.later_purchases)])
    say()
    await schedule.tick(stage.app)
    due = {platform: await newest_run(stage, one.audience_id) for platform, one in filled.items()}
    await _followed(stage, due.pop(FIRST))
    await followed_quietly(stage, due)


async def replace_all(stage: Stage, filled: dict[str, Filled]) -> None:
    """Everybody was sent again, and nobody else is left on the platforms."""
    scene("Full replace", "Replace the entire audience: everyone is sent again, on Meta in one session of its own.")
    say()
    run = await runs.start(stage.app, SHELL, filled[FIRST].audience_id, operation=Operation.REPLACE)
    others = await started_elsewhere(stage, filled, Operation.REPLACE)
    await _followed(stage, run.id)
    await followed_quietly(stage, others)


async def show_history(stage: Stage, audience_id: str, chosen: RunDetail) -> None:
    """The table, its summary, and one run's own page."""
    scene("View History")
    say(history_block(await looked(stage.app, audience_id, days=30)))
    say()
    say(boxed(run_block(chosen)))


async def _followed(stage: Stage, run_id: str) -> RunDetail:
    detail = await follow(stage.app, run_id, watcher())
    audience = await audiences.get(stage.app, SHELL, detail.run.audience_id)
    say()
    say(boxed(results(audience, detail)))
    return detail


async def _imported(stage: Stage, files: Sequence[File]) -> None:
    done = [await imports.import_file(stage.app, SHELL, kind, path) for kind, path in files]
    say(imports_table([path for _, path in files], done))


def boxed(content: RenderableType) -> Constrain:
    return Constrain(Panel(content, border_style="dim", expand=False, padding=(0, 1)), WIDTH)
