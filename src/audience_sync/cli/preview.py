"""The pre-flight: what a sync would change, as a numbered plan."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, heading, say, show_json
from audience_sync.cli.shell import act
from audience_sync.cli.waterfall import waterfall_table
from audience_sync.cli.words import about_seconds, count, moment, signed
from audience_sync.flows import audiences, runs
from audience_sync.flows.views import AudienceView, PlanView
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import Operation

TYPES = {
    Operation.UPDATE: "Incremental (add/remove changes only)",
    Operation.REPLACE: "Full replace (replace entire audience)",
    Operation.CREATE: "Create (the first sync)",
}


def preview(
    audience: Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")],
    replace: Annotated[bool, typer.Option("--replace", help="Full replace: everyone would be sent again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a sync would change. Nothing is sent.

    The plan is numbered and kept: `sync --plan N` does exactly it, unless the audience was synced in between.

    Example: audience-sync preview "High Value Customers - Stratum"
    """

    async def work(app: App) -> tuple[AudienceView, PlanView]:
        chosen = await names.audience_id(app, audience)
        operation = Operation.REPLACE if replace else Operation.UPDATE
        return await audiences.get(app, SHELL, chosen), await runs.preview(app, SHELL, chosen, operation)

    shown, plan = act(work)
    if as_json:
        show_json(plan)
        return
    say(pre_flight(shown, plan))
    say()
    say(f'{_how(plan)}: audience-sync sync "{shown.name}" --plan {plan.number}{" --approve" if plan.breaches else ""}')


def pre_flight(audience: AudienceView, plan: PlanView) -> Group:
    """The specification's three figures first, then the waterfall, then the kind of sync and its cost."""
    return Group(heading("Sync Audience"), *_parts(audience, plan))


def _parts(audience: AudienceView, plan: PlanView) -> Iterator[RenderableType]:
    yield Text(f'Sync "{audience.name}" to {audience.platform_name}?')
    yield Text("")
    yield Text(f"Current segment size: {count(plan.current_size)} profiles")
    yield Text(f"Last synced size: {count(plan.last_synced_size)} profiles")
    yield Text(f"Expected changes: {expected(plan)}")
    yield Text("")
    yield waterfall_table(plan.waterfall)
    yield from (Text(f"✗ {each.message}", style="red") for each in plan.breaches)
    yield Text("")
    yield Text(f"Sync type: {TYPES[Operation(plan.operation)]}")
    yield Text(f"Plan {plan.number} as of {moment(plan.as_of)}: {_cost(plan)}", style="dim")
    if plan.refused:
        yield Text(f"Identifiers that cannot be used: {refused_words(plan.refused)}", style="dim")


def _how(plan: PlanView) -> str:
    return "A guardrail stops it. Check the segment; if this is meant" if plan.breaches else "Do it"


def expected(plan: PlanView) -> str:
    """+68 added, -5 removed, 7 changed"""
    parts = [
        f"{signed(plan.added)} added" if plan.added else "",
        f"{signed(-plan.removed)} removed" if plan.removed else "",
    ]
    parts += [f"{count(plan.changed)} changed" if plan.changed else ""]
    parts += [f"{count(plan.resent)} sent again" if plan.resent else ""]
    return ", ".join(filter(None, parts)) or "none"


def refused_words(refused: dict[str, int]) -> str:
    """email malformed 12, phone no_country 3"""
    return ", ".join(f"{what.replace(':', ' ')} {count(number)}" for what, number in sorted(refused.items()))


def _cost(plan: PlanView) -> str:
    calls = "1 request" if plan.requests == 1 else f"{count(plan.requests)} requests"
    return f"{calls}, {about_seconds(plan.seconds)} at this ad account's rate" if plan.requests else "nothing to send"
