"""Make the platform equal to the segment, and wait for it; stop a run that is under way."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.following import follow
from audience_sync.cli.printing import AsJson, note, say, show_json
from audience_sync.cli.progress import watcher
from audience_sync.cli.results import exit_code_of, results
from audience_sync.cli.shell import act
from audience_sync.cli.words import OPERATIONS
from audience_sync.flows import audiences, runs
from audience_sync.flows.views import AudienceView, RunDetail, RunView
from audience_sync.model.permissions import SHELL
from audience_sync.model.plans import Operation

NoWait = Annotated[bool, typer.Option("--no-wait", help="Only ask for it; a worker does the run.")]


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that was seen through, and its audience afterwards."""

    audience: AudienceView
    detail: RunDetail


def sync(
    audience: Annotated[str, typer.Argument(help="Its name or id, or the beginning of one.")],
    replace: Annotated[bool, typer.Option("--replace", help="Full replace: send everyone again.")] = False,
    plan: Annotated[int, typer.Option(help="Do exactly this plan of `preview`.")] = 0,
    approve: Annotated[bool, typer.Option("--approve", help="Let that plan break guardrails, once.")] = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Make the platform equal to the segment, and wait for it.

    When no worker is alive on this data folder, this command does the run itself. Ctrl-C asks the run to stop after its
    current batch, which is always safe; a second Ctrl-C stops watching. Exit code 0 only when the run completed.

    A guardrail stops a sync that would wipe or flood the audience. `preview` shows its plan, and `--plan N --approve`
    does that plan all the same.

    Example: audience-sync sync "High Value Customers - Stratum"
    """

    async def work(app: App) -> RunView | Ended:
        chosen = await names.audience_id(app, audience)
        operation = Operation.REPLACE if replace else Operation.UPDATE
        plan_id = await names.plan_id(app, chosen, plan) if plan else None
        run = await runs.start(app, SHELL, chosen, operation=operation, plan_id=plan_id, approve=approve)
        return run if no_wait else await see_through(app, run, silent=as_json)

    finish(act(work), as_json=as_json)


def cancel(
    run: Annotated[str, typer.Argument(help="Its id, the beginning of it, or AUDIENCE#NUMBER.")],
    as_json: AsJson = False,
) -> None:
    """Stop a run after its current batch.

    What is not sent stays owed, and the next run sends it.

    Example: audience-sync cancel "Newsletter#12"
    """

    async def work(app: App) -> RunView:
        return await runs.cancel(app, SHELL, await names.run_id(app, run))

    asked = act(work)
    if as_json:
        show_json(asked)
    else:
        say(f"Run {asked.number} of {asked.audience_name} stops after its current batch.")


async def see_through(app: App, run: RunView, *, silent: bool) -> Ended:
    """The run has ended; its progress was shown unless `silent`."""
    before = await audiences.get(app, SHELL, run.audience_id)
    detail = await follow(app, run.id, watcher(silent=silent))
    # What has been deleted can no longer be asked for.
    gone = run.operation == Operation.DELETE
    return Ended(before if gone else await audiences.get(app, SHELL, run.audience_id), detail)


def finish(outcome: RunView | Ended, *, as_json: bool) -> None:
    """The outcome is told; a run that did not complete ends the process with its exit code."""
    if isinstance(outcome, RunView):
        _queued(outcome, as_json=as_json)
        return
    if as_json:
        show_json(outcome.detail)
    else:
        say()
        say(results(outcome.audience, outcome.detail))
    if code := exit_code_of(outcome.detail.run):
        raise typer.Exit(code)


def _queued(run: RunView, *, as_json: bool) -> None:
    if as_json:
        show_json(run)
        return
    say(f"{OPERATIONS[run.operation]}: run {run.number} of {run.audience_name} is queued ({run.id}).")
    note(f"audience-sync run show {run.id[:8]} tells how far it is.")
