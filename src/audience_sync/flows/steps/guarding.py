"""What a plan may do without being asked about: it keeps the guardrails of its audience, or somebody approved it."""

from collections.abc import Collection

from audience_sync.app import App
from audience_sync.errors import GuardrailBroken
from audience_sync.model.guardrails import Breach, Guardrails, judge
from audience_sync.model.plans import PlanFigures
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, Plan
from audience_sync.store.runs import RunRows


def breaches_of(audience: Audience, plan: Plan) -> tuple[Breach, ...]:
    """Guardrails of the audience that the plan breaks."""
    return judge(PlanFigures.from_json(plan.figures["plan"]), Guardrails.of(audience.guardrails))


def require_approved(audience: Audience, plan: Plan, approved: Collection[str]) -> None:
    """Nothing, or GuardrailBroken: the plan breaks a guardrail that is not among the approved ones."""
    breaches = [each for each in breaches_of(audience, plan) if each.guardrail not in approved]
    if breaches:
        raise GuardrailBroken(
            f"Stopped by a guardrail of {audience.name}. {' '.join(each.message for each in breaches)}",
            "Nothing was sent. Check the segment; if this is meant, preview the sync and approve that plan.",
            details={"plan_id": plan.id, "guardrails": [each.guardrail for each in breaches]},
        )


async def stop_unapproved(app: App, rows: RunRows, plan: Plan) -> None:
    """Nothing, or GuardrailBroken; then the run's page shows the plan that was stopped."""
    try:
        require_approved(rows.audience, plan, rows.run.approved)
    except GuardrailBroken:
        async with app.database.write() as session:
            await runs.change(session, rows.run.id, plan_id=plan.id)
        raise
