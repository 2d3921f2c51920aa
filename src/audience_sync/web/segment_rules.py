"""The rule builder: nested groups of conditions. It works without scripts; with them its size follows what is typed."""

from dataclasses import dataclass

from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, Conflict
from audience_sync.flows import segments
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.model.rules import Rule
from audience_sync.model.segments import RuleSegment, parse_segment, to_json
from audience_sync.web.access import Creator, pages
from audience_sync.web.forms import Form, refused
from audience_sync.web.segment_controls import Fields
from audience_sync.web.segment_drafts import EDITS, NEW, ROOT, Group
from audience_sync.web.segment_form import draft_of_form, match_of, pressed, typed
from audience_sync.web.segment_preview import NAMES, Seen, covered, seen, size_part
from audience_sync.web.segment_reading import draft_of, rule_of
from audience_sync.web.visit import Visit

routes = pages()
RENEWED = {"HX-Trigger": '{"rules-changed": {"target": "#size"}}'}
"""Tells the part that shows the size to ask again."""


@dataclass(frozen=True, slots=True)
class Builder:
    """The page: where it is sent to, what was typed, and what is known of it."""

    fields: Fields
    draft: Group
    form: Form
    segment: SegmentView | None = None
    seen: Seen | None = None
    focus: str = ""

    @property
    def here(self) -> str:
        return f"/segments/{self.segment.id if self.segment else 'new'}/rules"


@routes.get("/segments/new")
async def choose(visit: Creator) -> Response:
    """Most begin with rules; the page leads to the other ways."""
    return visit.go("/segments/new/rules")


@routes.get("/segments/new/rules")
async def ask(visit: Creator) -> Response:
    """The builder with one empty condition."""
    return _page(visit, Builder(await _fields(visit), NEW, Form()))


@routes.post("/segments/new/rules")
async def make(visit: Creator) -> Response:
    """One step of writing, or the new segment."""
    return await _step(visit, None)


@routes.post("/segments/rules/size")
async def size(visit: Creator) -> Response:
    """How many the rule is about, as far as it is complete; for htmx."""
    reading = rule_of(draft_of_form(await typed(visit), fields := await _fields(visit)), fields)
    return size_part(visit, await seen(visit, _definition(reading.rule), skipped=len(reading.problems)))


@routes.get("/segments/{segment_id}/rules")
async def edit(visit: Creator, segment_id: str) -> Response:
    """The builder with the segment's rule."""
    segment, fields = await _segment(visit, segment_id), await _fields(visit)
    found = parse_segment(dict(segment.definition))
    draft = draft_of(found.rule, fields) if isinstance(found, RuleSegment) else NEW
    form = Form({"name": segment.name, "description": segment.description})
    return _page(visit, Builder(fields, draft, form, segment))


@routes.post("/segments/{segment_id}/rules")
async def change(visit: Creator, segment_id: str) -> Response:
    """One step of writing, or the segment is as written."""
    return await _step(visit, await _segment(visit, segment_id))


async def _step(visit: Visit, segment: SegmentView | None) -> Response:
    """What the pressed button asks for; without one the page again, with what was typed."""
    texts, fields = await typed(visit), await _fields(visit)
    draft, focus = draft_of_form(texts, fields), ""
    edit, path = pressed(texts)
    if edit:
        draft, focus = EDITS[edit](draft, path)
    reading, values = rule_of(draft, fields), {name: texts.get(name, "") for name in ("name", "description")}
    if "save" in texts:
        if not reading.problems:
            return await _saved(visit, Builder(fields, draft, Form(values), segment), reading.rule)
        return _page(visit, Builder(fields, draft, Form(values, reading.problems), segment), status=422)
    counted = await seen(visit, _definition(reading.rule), skipped=len(reading.problems)) if "count" in texts else None
    answer = _page(visit, Builder(fields, draft, Form(values), segment, counted, focus))
    answer.headers.update(RENEWED)
    return answer


async def _saved(visit: Visit, page: Builder, rule: Rule) -> Response:
    """On to the segment, or the page with what is wrong."""
    name, description = str(page.form.value("name")), str(page.form.value("description"))
    try:
        if page.segment is None:
            draft = SegmentDraft(name, _definition(rule), description)
            kept = await segments.create(visit.app, visit.actor, draft)
        else:
            kept = await segments.update(
                visit.app,
                visit.actor,
                page.segment.id,
                name=name,
                description=description,
                definition=_definition(rule),
            )
    except AudienceSyncError as problem:
        form = refused(problem, page.form.values, NAMES)
        return _page(visit, Builder(page.fields, page.draft, form, page.segment), status=problem.status)
    return visit.go(f"/segments/{kept.id}", f"{kept.name} is {'changed' if page.segment else 'made'}.")


def _page(visit: Visit, page: Builder, *, status: int = 200) -> Response:
    return visit.page(
        "segments/rules.html",
        status=status,
        page=page,
        form=page.form,
        root=ROOT,
        match_of=match_of,
        covered=covered,
    )


async def _fields(visit: Visit) -> Fields:
    return Fields(await segments.catalog(visit.app, visit.actor))


async def _segment(visit: Visit, segment_id: str) -> SegmentView:
    segment = await segments.get(visit.app, visit.actor, segment_id)
    if segment.definition["type"] != "rules":
        raise Conflict(f"{segment.name} is not made of rules.", "Change it on its own page.", code="NOT_RULES")
    return segment


def _definition(rule: Rule) -> dict[str, object]:
    return to_json(RuleSegment(rule))
