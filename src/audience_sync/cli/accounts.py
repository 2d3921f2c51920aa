"""Ad accounts at the shell: their checklist, and audiences of ours there that nothing tracks any more."""

from typing import Annotated

import typer
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.making import account_id
from audience_sync.cli.printing import AsJson, heading, say, show_json, table
from audience_sync.cli.shell import act
from audience_sync.cli.words import UNKNOWN, count, moment
from audience_sync.errors import Refusal
from audience_sync.flows import orphans as orphan_flow
from audience_sync.flows import readiness
from audience_sync.flows.audiences import Created
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.orphans import Orphan
from audience_sync.flows.readiness import Checklist
from audience_sync.model.permissions import SHELL
from audience_sync.model.platforms import ReadinessState

MARKS = {
    ReadinessState.OK: ("✓", "green"),
    ReadinessState.MISSING: ("✗", "red"),
    ReadinessState.UNKNOWN: ("?", "yellow"),
}
Which = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The ad account's id or name. Not needed if only one.")]
RemoteId = Annotated[str, typer.Argument(help="The audience's id on the platform.")]


def check(account: Which = "", as_json: AsJson = False) -> None:
    """Check again what an ad account needs before it takes audiences in.

    Example: audience-sync connections check act_123456789
    """

    async def work(app: App) -> Checklist:
        return await readiness.look(app, SHELL, await account_id(app, account))

    found = act(work)
    if as_json:
        show_json(found)
        return
    say(heading(found.account))
    for each in found.checks:
        mark, style = MARKS[each.state]
        say(Text.assemble((mark, style), f" {each.label}"))
        if more := " ".join(filter(None, (each.words, each.link))):
            say(Text(f"    {more}", style="dim"))
    say(Text(f"Checked {moment(found.checked_at)}", style="dim"))


def orphans(account: Which = "", as_json: AsJson = False) -> None:
    """List audiences on the platform that carry our marker and that nothing of ours tracks.

    Example: audience-sync connections orphans act_123456789
    """

    async def work(app: App) -> list[Orphan]:
        return await orphan_flow.orphans(app, SHELL, await account_id(app, account))

    found = act(work)
    if as_json:
        show_json(found)
    elif found:
        rows = [(each.remote_id, each.name, _size(each), each.was or UNKNOWN) for each in found]
        say(table(("Id", "Audience", "Size", "Was"), rows, right=("Size",)))
    else:
        say("There is no orphan.")


def adopt(
    remote_id: RemoteId,
    segment: Annotated[str, typer.Argument(help="The segment that it is to hold.")],
    account: Annotated[str, typer.Option(help="Its ad account. Not needed if only one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take an orphan up again as an audience of a segment. A run that makes it equal is queued.

    Example: audience-sync connections adopt 23847583947582 "Newsletter Subscribers"
    """

    async def work(app: App) -> Created:
        place = await account_id(app, account)
        draft = AudienceDraft(await names.segment_id(app, segment), place)
        return await orphan_flow.adopt(app, SHELL, place, remote_id, draft)

    made = act(work)
    if as_json:
        show_json(made)
    else:
        say(f"{made.audience.name} is ours again. Its run is queued: {made.run.id[:8]}")


def delete_orphan(
    remote_id: RemoteId,
    account: Annotated[str, typer.Option(help="Its ad account. Not needed if only one.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an orphan on its platform.

    Example: audience-sync connections delete-orphan 23847583947582 --yes
    """
    if not yes and not typer.confirm(f"Delete {remote_id} on the platform?", err=True):
        raise Refusal("Nothing was deleted.", code="NOT_CONFIRMED")

    async def work(app: App) -> None:
        await orphan_flow.delete(app, SHELL, await account_id(app, account), remote_id)

    act(work)
    say("It is not on the platform any more.")


def _size(each: Orphan) -> str:
    return UNKNOWN if each.size_high is None else count(each.size_high)
