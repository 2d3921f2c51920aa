"""An audience goes on elsewhere: its list through another connection, or another list once its own is gone."""

from dataclasses import dataclass
from datetime import timedelta

from audience_sync.app import App
from audience_sync.errors import Conflict, SyncInProgress
from audience_sync.flows.audience_rows import AudienceRows, load_audience
from audience_sync.flows.audiences import Created
from audience_sync.flows.choices import require_kept_so
from audience_sync.flows.connected import AccountView, ConnectionView
from audience_sync.flows.connections import connections
from audience_sync.flows.drafts import AudienceDraft, chosen, flush_link, require_free_name, require_linkable
from audience_sync.flows.expiry import Health
from audience_sync.flows.grants import BY_A_PERSON
from audience_sync.flows.naming import marker_in, new_marker
from audience_sync.flows.runs import TRIGGERS
from audience_sync.flows.showing import audience_view, run_view
from audience_sync.model.cards import ReplaceWay
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.plans import Operation
from audience_sync.model.platforms import Found
from audience_sync.store import audit, runs
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount


@dataclass(frozen=True, slots=True)
class Place:
    """Where an audience is to go on. Without a `remote_id` it keeps the list that it has."""

    ad_account_id: str
    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ad account of the audience's platform. `barred` says why the audience cannot go on there, or is empty."""

    id: str
    label: str
    connection: str
    barred: str


async def candidates(app: App, actor: Actor, audience_id: str) -> list[Candidate]:
    """Every ad account of the audience's platform, those of one connection after the other."""
    actor.require(Permission.CREATE)
    async with app.database.read() as session:
        rows = await load_audience(session, audience_id)
    found = [each for each in await connections(app, actor) if each.platform == rows.audience.platform]
    return [_candidate(rows, each, account) for each in found for account in each.accounts]


async def relink(app: App, actor: Actor, audience_id: str, place: Place) -> Created:
    """The audience goes on there, with its segment, schedule and history; a run that makes the list equal is queued.

    The list that it has keeps its ledger. Another one is only taken once its own is gone from the platform, because
    nothing would know what that one holds; it begins with an empty ledger, and whoever is on it stays, unless the list
    was ours and can be replaced.
    """
    actor.require(Permission.CREATE)
    async with app.database.read() as session:
        rows = await load_audience(session, audience_id)
    _, account, connection = await chosen(app, AudienceDraft(rows.segment.id, place.ad_account_id))
    wanted = place.remote_id or rows.audience.remote_id
    _require_movable(rows, account, wanted)
    found = await require_linkable(app, connection, account, wanted)
    require_kept_so(app.connector(account.platform), found, rows.audience.choices)
    async with app.database.write() as session:
        rows = await load_audience(session, audience_id)
        if await runs.unfinished(session, audience_id):
            raise SyncInProgress("A sync of this audience is under way.", "Wait for it or cancel it, then relink.")
        _require_movable(rows, account, wanted)
        row, connector = rows.audience, app.connector(account.platform)
        if account.id != row.ad_account_id:
            await require_free_name(session, connector.card, account.id, row.name)
        before, operation = row.remote_id, _operation(app, row, found)
        _move(app, row, account, found)
        await flush_link(session)
        request = runs.Request(operation, TRIGGERS[actor.kind], actor)
        run = await runs.start(session, audience_id, request, now=app.now())
        thing, detail = audit.Thing("audience", audience_id), {"account": account.id, "before": before}
        audit.record(session, actor, "audience.relink", on=thing, at=app.now(), remote_id=found.remote_id, **detail)
    view = audience_view(app, (row, rows.segment, account), last=None, running=run.id)
    return Created(view, run_view(app, run, row))


def _candidate(rows: AudienceRows, connection: ConnectionView, account: AccountView) -> Candidate:
    barred = ""
    if connection.state is Health.BROKEN:
        barred = connection.problem
    elif not account.usable:
        barred = account.problem
    elif not account.selected:
        barred = "It is not selected under Connected Platforms."
    elif rows.audience.state != "stale":
        barred = _barred(rows, account)
    return Candidate(account.id, account.label, connection.label or "connected by a token", barred)


def _barred(rows: AudienceRows, account: AccountView) -> str:
    """Why an audience whose list is there cannot go on in that account."""
    if account.id == rows.account.id:
        return "The audience is there now."
    if account.remote_id != rows.account.remote_id:
        return f"The audience exists in {rows.account.remote_id}, and a list cannot be moved to another ad account."
    return ""


def _require_movable(rows: AudienceRows, account: AdAccount, remote_id: str) -> None:
    """Nothing, or Conflict RELINK_REFUSED."""
    row = rows.audience
    if account.platform != row.platform:
        raise _refused(f"{row.name} is an audience of another platform.", "Create an audience there instead.")
    if not remote_id:
        raise _refused(f"{row.name} does not exist on the platform yet.", "Sync it, or delete it here.")
    if row.state == "stale":
        return
    if remote_id != row.remote_id or account.remote_id != rows.account.remote_id:
        raise _refused(
            f"{row.name} still exists on the platform, and its list may hold people.",
            "Delete the audience here or there, then create one that is linked to the other list.",
        )
    if account.id == row.ad_account_id:
        raise _refused(f"{row.name} is linked there already.", "Choose the ad account of another connection.")


def _refused(message: str, hint: str) -> Conflict:
    return Conflict(message, hint, code="RELINK_REFUSED")


def _operation(app: App, row: Audience, found: Found) -> Operation:
    """Nobody else fills a list that was ours, so that is replaced where the platform can do that."""
    can_replace = app.connector(row.platform).way(row.choices).replace is not ReplaceWay.NONE
    return (
        Operation.REPLACE if found.remote_id != row.remote_id and marker_in(found) and can_replace else Operation.UPDATE
    )


def _move(app: App, row: Audience, account: AdAccount, found: Found) -> None:
    """The row is linked to the list that was found; one that a person paused stays so."""
    row.ad_account_id = account.id
    if found.remote_id != row.remote_id:
        row.remote_id, row.linked, row.create_sent = found.remote_id, True, False
        # The old list keeps the old marker: should it come back, it is found as an orphan.
        row.marker = new_marker(app.connector(row.platform).card)
        row.ledger, row.facts, row.version = {}, {}, row.version + 1
    elif row.state == "stale":
        row.send_all = True  # Who knows what became of its members meanwhile.
    if row.problem != BY_A_PERSON:
        row.state, row.problem = "active", ""
    row.next_run_at = app.now() + timedelta(hours=row.interval_hours) if row.auto_sync else None
