"""What begins and ends a platform audience: create, link, make anew, delete."""

from collections.abc import Callable
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.printing import AsJson, note, say, show_json
from audience_sync.cli.shell import act
from audience_sync.cli.sync import Ended, NoWait, finish, see_through
from audience_sync.errors import Invalid, Refusal
from audience_sync.flows import audiences, connections
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.views import AudienceView, RunView
from audience_sync.model.permissions import SHELL

Named = Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")]
SegmentName = Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's name or id.")]
Account = Annotated[
    str, typer.Option("--account", help="Ad account, such as act_123456789. Not needed if only one is chosen.")
]
Description = Annotated[str, typer.Option(help="Shown on the platform.")]
Every = Annotated[int, typer.Option("--every", help="Hours between scheduled syncs: 1, 6, 12, 24 or 168.")]
Identifiers = Annotated[
    str, typer.Option(help="Kinds of keys to send, comma separated. Default: all that the platform takes.")
]


Choose = Annotated[
    list[str] | None, typer.Option("--choose", help="A choice of the platform's, such as way=file. May be repeated.")
]


def create(
    segment: SegmentName,
    account: Account = "",
    name: Annotated[str, typer.Option(help="Default: SEGMENT - Stratum.")] = "",
    description: Description = "",
    auto_sync: Annotated[bool, typer.Option(help="Sync by schedule.")] = True,
    every: Every = 24,
    identifiers: Identifiers = "",
    choose: Choose = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Create an audience on the platform from a segment, and fill it.

    Example: audience-sync audiences create "High Value Customers" --account act_123456789 --every 24
    """

    def drafted(segment_id: str, account_id: str) -> AudienceDraft:
        kinds, choices = split(identifiers), paired(choose)
        return AudienceDraft(segment_id, account_id, name, description, auto_sync, every, kinds, choices)

    _make(segment, account, drafted, no_wait=no_wait, as_json=as_json)


def link(
    segment: SegmentName,
    remote_id: Annotated[str, typer.Argument(help="The audience's id on the platform.")],
    account: Account = "",
    name: Annotated[str, typer.Option(help="Its name here. Default: SEGMENT - Stratum.")] = "",
    auto_sync: Annotated[bool, typer.Option(help="Sync by schedule.")] = True,
    every: Every = 24,
    choose: Choose = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Take over a customer list that exists on the platform, and bring the segment's people into it.

    Example: audience-sync audiences link "Newsletter Subscribers" 23847583947582 --account act_123456789
    """

    def drafted(segment_id: str, account_id: str) -> AudienceDraft:
        return AudienceDraft(
            segment_id,
            account_id,
            name,
            auto_sync=auto_sync,
            interval_hours=every,
            choices=paired(choose),
            remote_id=remote_id,
        )

    _make(segment, account, drafted, no_wait=no_wait, as_json=as_json)


def delete(
    audience: Named,
    from_platform: Annotated[
        bool | None, typer.Option("--from-platform/--unlink-only", help="Delete it over there too, or leave it there.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the name to be typed.")] = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Delete an audience here, and on the platform if wanted.

    Example: audience-sync audiences delete "Old list - Stratum" --unlink-only --yes
    """
    if from_platform is None:
        raise Invalid("Say what is to become of it on the platform.", "Use --from-platform or --unlink-only.")
    over_there = from_platform

    async def work(app: App) -> RunView | Ended | str:
        chosen = await audiences.get(app, SHELL, await names.audience_id(app, audience))
        _confirmed(chosen, over_there, yes=yes)
        run = await audiences.delete(app, SHELL, chosen.id, from_platform=over_there)
        if run is None:
            return chosen.name
        return run if no_wait else await see_through(app, run, silent=as_json)

    outcome = act(work)
    if not isinstance(outcome, str):
        finish(outcome, as_json=as_json)
    elif as_json:
        show_json({"deleted": outcome, "from_platform": False})
    else:
        say(f"{outcome} is no longer ours. On the platform it stays as it is.")


def recreate(audience: Named, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Make an audience anew that was deleted on the platform.

    Example: audience-sync audiences recreate "High Value Customers - Stratum"
    """

    async def work(app: App) -> RunView | Ended:
        made = await audiences.recreate(app, SHELL, await names.audience_id(app, audience))
        return made.run if no_wait else await see_through(app, made.run, silent=as_json)

    finish(act(work), as_json=as_json)


def _make(
    segment: str, account: str, drafted: Callable[[str, str], AudienceDraft], *, no_wait: bool, as_json: bool
) -> None:
    async def work(app: App) -> RunView | Ended:
        draft = drafted(await names.segment_id(app, segment), await account_id(app, account))
        made = await audiences.create(app, SHELL, draft)
        for warning in made.audience.warnings:
            note(warning)
        return made.run if no_wait else await see_through(app, made.run, silent=as_json)

    finish(act(work), as_json=as_json)


async def account_id(app: App, text: str) -> str:
    """Our id of the chosen ad account: by its id on the platform, its name, or because it is the only one."""
    chosen = [one for each in await connections.connections(app, SHELL) for one in each.accounts if one.selected]
    if not text and len(chosen) == 1:
        return chosen[0].id
    labels = ", ".join(one.label for one in chosen)
    if not text:
        hint = f"There are: {labels}." if chosen else "audience-sync connect meta connects one."
        raise Refusal("Say which ad account, with --account.", hint, code="AD_ACCOUNT_NEEDED")
    by_id = {one.remote_id.casefold(): one.id for one in chosen} | {one.id: one.id for one in chosen}
    if text.casefold() in by_id:
        return by_id[text.casefold()]
    return names.meant(text, [names.Named(one.id, one.name) for one in chosen], "chosen ad account")


def _confirmed(audience: AudienceView, from_platform: bool, *, yes: bool) -> None:
    if yes:
        return
    where = f"here and on {audience.platform_name}" if from_platform else "here"
    typed = typer.prompt(f"{audience.name} will be deleted {where}. Type its name to go on", err=True)
    if typed.strip() != audience.name:
        raise Refusal("That is not its name; nothing was deleted.", code="NOT_CONFIRMED")


def split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def paired(given: list[str] | None) -> dict[str, str]:
    """`name=value` of each; Invalid for one without its sign."""
    pairs = [each.partition("=") for each in given or []]
    if wrong := [name for name, sign, _value in pairs if not sign]:
        raise Invalid(f"{wrong[0]!r} is no choice.", "Give it as name=value, such as way=file.")
    return {name.strip(): value.strip() for name, _sign, value in pairs}
