"""The demo's one table: what each platform was sent, what it says of it, and whether it holds the segment's keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from audience_sync.cli.history import sent_words
from audience_sync.cli.printing import table
from audience_sync.cli.results import platform_name
from audience_sync.cli.words import MARKS, STYLES, UNKNOWN, count, moment, share, short_duration
from audience_sync.demo.elsewhere import Filled
from audience_sync.demo.leaks import leaks, raw_words
from audience_sync.demo.proof import Proof, proved
from audience_sync.demo.sample import Sample
from audience_sync.demo.stage import Stage
from audience_sync.flows import audiences, history, runs
from audience_sync.flows.views import RunView
from audience_sync.model.permissions import SHELL

HEADERS = ("Platform", "Profiles sent", "Keys sent", "Matched", "Match rate", "As of", "Run time", "Later runs")
MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Ended:
    """One platform at the end of the story: its runs from the first on, and the keys that the first one sent.

    `leaked` counts raw addresses and telephone numbers in whatever it received.
    """

    platform: str
    runs: tuple[RunView, ...]
    keys: int
    proof: Proof
    leaked: int

    @property
    def is_well(self) -> bool:
        return self.proof.holds and not self.leaked and all(run.status == "completed" for run in self.runs)


async def ended(stage: Stage, sample: Sample, filled: dict[str, Filled]) -> list[Ended]:
    """Every platform of the story as it is now."""
    raw = raw_words((sample.profiles, sample.next_profiles))
    return [await _ended(stage, platform, one, raw) for platform, one in filled.items()]


async def _ended(stage: Stage, platform: str, one: Filled, raw: set[bytes]) -> Ended:
    audience = await audiences.get(stage.app, SHELL, one.audience_id)
    done = (await history.history(stage.app, SHELL, one.audience_id, days=30, limit=MOST_RUNS)).items
    first = await runs.get(stage.app, SHELL, one.first_run)
    plan = await runs.plan(stage.app, SHELL, first.plan_id)
    answer = await stage.ask(f"audiences/{platform}/{audience.remote_id}/keys")
    held = {(each["kind"], each["value"]) for each in answer}
    return Ended(
        platform,
        tuple(reversed(done)),
        plan.keys_added,
        await proved(stage.app, one.segment_id, platform, held),
        leaks(stage.sandbox.world.recorder.requests(platform=platform), raw),
    )


def figures(found: Sequence[Ended]) -> Table:
    """The first sync of each platform in figures, and what changed in the later ones."""
    right = ("Profiles sent", "Keys sent", "Matched", "Match rate", "Run time")
    return table(HEADERS, map(_row, found), right=right)


def _row(one: Ended) -> tuple[str | Text, ...]:
    first, *later = one.runs
    return (
        platform_name(first),
        count(first.sent),
        count(one.keys),
        count(first.size.matched),
        share(first.size.match_rate),
        moment(first.size.as_of),
        short_duration(first.duration_seconds),
        Text("  ").join(_short(run) for run in later) if later else UNKNOWN,
    )


def _short(run: RunView) -> Text:
    """✓ +68 -9 ~7, ✓ all 1,165"""
    everyone = "all " if run.operation == "replace" else ""
    return Text(f"{MARKS[run.status]} {everyone}{sent_words(run)}", style=STYLES.get(run.status, ""))


def verdict(one: Ended) -> Text:
    """✓ Equal  2,160 keys of 1,165 profiles; Meta holds 2,160: 0 missing, 0 too many; nothing raw"""
    proof, name = one.proof, platform_name(one.runs[0])
    words, style = ("✓ Equal", "bold green") if proof.holds else ("✗ Not equal", "bold red")
    figures = f"{count(proof.wanted)} keys of {count(proof.members)} profiles; {name} holds {count(proof.held)}: "
    left = f"{count(one.leaked)} raw words in what it received" if one.leaked else "nothing raw in what it received"
    differences = f"{count(proof.missing)} missing, {count(proof.surplus)} too many; {left}"
    return Text.assemble((words, style), f"  {figures}{differences}")
