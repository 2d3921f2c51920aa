"""From rows to what people see of audiences and runs."""

from datetime import datetime

from audience_sync.app import App
from audience_sync.connectors.registry import audience_link
from audience_sync.errors import GuardrailBroken
from audience_sync.flows.choices import chosen_of
from audience_sync.flows.measures import matched, revived, share_of, upload_match
from audience_sync.flows.naming import warnings
from audience_sync.flows.progress import Told, progress_of
from audience_sync.flows.steps.freezing import figures_of
from audience_sync.flows.views import (
    AudienceView,
    BatchView,
    Health,
    PlanView,
    RunDetail,
    RunView,
    SizeView,
    Waterfall,
)
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.cards import PlatformCard
from audience_sync.model.guardrails import Breach, Guardrails
from audience_sync.model.platforms import Target
from audience_sync.store.audiences import Audience, BatchRow, Plan, Run, Segment
from audience_sync.store.platforms import AdAccount


def audience_view(
    app: App, rows: tuple[Audience, Segment, AdAccount], *, last: Run | None, running: str = ""
) -> AudienceView:
    """An audience with its segment, account, size and health; `last` is its newest run that ended."""
    audience, segment, account = rows
    card = app.connector(audience.platform).card
    manifest = Manifest.from_json(audience.ledger)
    return AudienceView(
        id=audience.id,
        name=audience.name,
        description=audience.description,
        segment_id=segment.id,
        segment_name=segment.name,
        platform=audience.platform,
        platform_name=card.name,
        ad_account_id=account.id,
        account=account.remote_id,
        account_name=account.name,
        remote_id=audience.remote_id,
        linked=audience.linked,
        link=audience_link(app.settings, Target(account.remote_id, audience.remote_id), audience.platform),
        identifiers=tuple(audience.identifiers),
        choices=chosen_of(card, audience.choices),
        guardrails=Guardrails.of(audience.guardrails),
        warnings=tuple(warnings(card, audience, account)),
        state=audience.state,
        health=health_of(audience, manifest, last),
        problem=audience.problem or (last.error.get("message", "") if last else ""),
        to_approve=bool(last and last.error.get("code") == GuardrailBroken.code),
        auto_sync=audience.auto_sync,
        interval_hours=audience.interval_hours,
        next_sync_at=audience.next_run_at if audience.auto_sync else None,
        last_synced_at=audience.last_synced_at,
        last_synced_size=manifest.members,
        owed=manifest.owed,
        size=size_view(card, audience.facts, manifest.members),
        running=running,
        created_by=audience.created_by,
        created_at=audience.created_at,
    )


def health_of(audience: Audience, manifest: Manifest, last: Run | None) -> Health:
    """One word for how the audience is."""
    if audience.state in ("stale", "deleted"):
        return Health.STALE
    if audience.state == "paused":
        return Health.PAUSED
    if audience.last_synced_at is None and (last is None or last.status == "cancelled"):
        return Health.NEVER
    troubled = last is not None and last.status in ("failed", "partial")
    flagged = bool(audience.facts.get("problem"))
    return Health.ATTENTION if troubled or flagged or manifest.owed else Health.HEALTHY


def size_view(card: PlatformCard, kept: dict[str, object], profiles: int) -> SizeView:
    """The platform's size of a list that holds so many profiles."""
    facts = revived(kept)
    share = share_of(facts, profiles)
    return SizeView(
        matched=matched(facts),
        match_rate=share.high if share else None,
        match_low=share.low if share else None,
        at_least=share.at_least if share else False,
        low=facts.size_low if facts else None,
        high=facts.size_high if facts else None,
        profiles_held=profiles,
        estimate=share.estimate if share else True,
        note=card.size_note,
        state=facts.state if facts else "",
        ready=facts.ready if facts else None,
        problem=(facts.problem or facts.failure) if facts else "",
        as_of=facts.as_of if facts else None,
    )


def run_view(app: App, run: Run, audience: Audience) -> RunView:
    card = app.connector(audience.platform).card
    totals = run.totals
    return RunView(
        id=run.id,
        number=run.number,
        audience_id=run.audience_id,
        audience_name=audience.name,
        platform=audience.platform,
        operation=run.operation,
        status=run.status,
        trigger=run.trigger,
        by=run.actor_name,
        approved=tuple(run.approved),
        sent=totals.get("sent", 0),
        added=totals.get("added", 0),
        removed=totals.get("removed", 0),
        owed_removed=totals.get("owed_removed", 0),
        changed=totals.get("changed", 0),
        resent=totals.get("resent", 0),
        failed=totals.get("failed", 0) + totals.get("rows_rejected", 0),
        owed=totals.get("owed", 0),
        requests=totals.get("requests", 0),
        size=size_view(card, run.facts, totals.get("members", 0)),
        error=run.error,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        duration_seconds=_seconds(run.started_at, run.ended_at),
        cancel_requested=run.cancel_requested,
    )


def run_detail(app: App, rows: tuple[Run, Audience, Plan | None], batches: list[BatchRow]) -> RunDetail:
    run, audience, plan = rows
    figures = figures_of(plan) if plan else None
    told = Told(app.connector(audience.platform).card.name, figures.sent if figures else None)
    return RunDetail(
        run=run_view(app, run, audience),
        remote_id=audience.remote_id,
        progress=progress_of(run, batches, told, now=app.now()),
        waterfall=waterfall_of(plan, run) if plan else None,
        plan_id=run.plan_id or "",
        refused=figures.refused if figures else {},
        upload_match=upload_match(batches),
        batches=tuple(_batch_view(batch) for batch in batches),
    )


def waterfall_of(plan: Plan, run: Run | None = None) -> Waterfall:
    """The plan's waterfall; with a run that ended, what became of it."""
    figures = figures_of(plan)
    ended = run is not None and bool(run.totals)
    facts = revived(run.facts) if run else None
    return Waterfall(
        segment=figures.segment,
        withheld=figures.withheld,
        sendable=figures.sendable,
        sent=figures.sent,
        accepted=run.totals["sent"] if run and ended else None,
        held=run.totals["members"] if run and ended else None,
        matched=matched(facts),
    )


def plan_view(plan: Plan, breaches: tuple[Breach, ...], *, rate: float) -> PlanView:
    """The pre-flight of a plan that breaks those guardrails, at so many requests per second."""
    figures = figures_of(plan)
    return PlanView(
        id=plan.id,
        number=plan.number,
        audience_id=plan.audience_id,
        operation=plan.operation,
        state=plan.state,
        current_size=figures.segment,
        last_synced_size=figures.held_before,
        added=figures.added,
        removed=figures.removed,
        changed=figures.changed,
        resent=figures.resent,
        unchanged=figures.unchanged,
        keys_added=figures.keys_added,
        keys_removed=figures.keys_removed,
        refused=figures.refused,
        waterfall=waterfall_of(plan),
        requests=figures.requests,
        seconds=figures.requests / rate,
        native_replace=figures.native_replace,
        sends_all=str(plan.figures.get("sends_all", "")),
        breaches=breaches,
        snapshot=figures.snapshot,
        as_of=datetime.fromisoformat(figures.as_of),
        created_by=plan.created_by,
        created_at=plan.created_at,
    )


def _batch_view(batch: BatchRow) -> BatchView:
    return BatchView(
        number=batch.number,
        action=batch.action,
        profiles=batch.profiles,
        rows=batch.rows,
        status=batch.status,
        attempts=batch.attempts,
        receipt=batch.receipt,
        error=batch.error,
        sent_at=batch.sent_at,
        answered_at=batch.answered_at,
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
