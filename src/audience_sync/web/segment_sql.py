"""A segment by SQL: written in a text area, counted before it is kept, and its mistakes shown where they are."""

from dataclasses import dataclass, field

from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, Conflict
from audience_sync.flows import segments
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.sources.protocol import Catalog
from audience_sync.web.access import Creator, pages
from audience_sync.web.forms import Form, refused
from audience_sync.web.segment_form import typed
from audience_sync.web.segment_preview import NAMES, Seen, covered, seen
from audience_sync.web.visit import Visit

routes = pages()
BEGINNING = "SELECT profile_id\nFROM traits\nWHERE "


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mistake is: the line's number and text; `caret` stands below the character, empty if unknown."""

    line: int
    text: str
    caret: str


@dataclass(frozen=True, slots=True)
class Writing:
    """The page: what was typed, and what is known of it."""

    form: Form
    segment: SegmentView | None = None
    seen: Seen | None = None
    place: Place | None = None
    tables: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def here(self) -> str:
        return f"/segments/{self.segment.id if self.segment else 'new'}/sql"


@routes.get("/segments/new/sql")
async def ask(visit: Creator) -> Response:
    """A text area with the beginning of a statement, and what can be read."""
    return await _page(visit, Form({"sql": BEGINNING}))


@routes.post("/segments/new/sql")
async def make(visit: Creator) -> Response:
    """The count of what was typed, or the new segment."""
    return await _step(visit, None)


@routes.get("/segments/{segment_id}/sql")
async def edit(visit: Creator, segment_id: str) -> Response:
    """The segment's statement."""
    segment = await _segment(visit, segment_id)
    values = {"name": segment.name, "description": segment.description, "sql": segment.definition["sql"]}
    return await _page(visit, Form(values), segment)


@routes.post("/segments/{segment_id}/sql")
async def change(visit: Creator, segment_id: str) -> Response:
    """The count of what was typed, or the segment is as written."""
    return await _step(visit, await _segment(visit, segment_id))


def place_of(problem: AudienceSyncError | None, sql: str) -> Place | None:
    """The line with the mistake, if the engine says where it is."""
    line, lines = problem.details.get("line") if problem else None, sql.split("\n")
    if problem is None or not isinstance(line, int) or not 1 <= line <= len(lines):
        return None
    text, character = lines[line - 1].replace("\t", " "), problem.details.get("character")
    return Place(line, text, f"{' ' * (character - 1)}^" if isinstance(character, int) else "")


async def _step(visit: Visit, segment: SegmentView | None) -> Response:
    texts = await typed(visit)
    values = {name: texts.get(name, "") for name in ("name", "description", "sql")}
    definition = _definition(values["sql"])
    if "save" not in texts:
        counted = await seen(visit, definition)
        form = refused(counted.problem, values, {"INVALID": "sql"}) if counted.problem else Form(values)
        return await _page(visit, form, segment, counted, problem=counted.problem)
    try:
        kept = await _kept(visit, segment, values)
    except AudienceSyncError as problem:
        form = refused(problem, values, {**NAMES, "INVALID": "sql"})
        return await _page(visit, form, segment, problem=problem)
    return visit.go(f"/segments/{kept.id}", f"{kept.name} is {'changed' if segment else 'made'}.")


async def _kept(visit: Visit, segment: SegmentView | None, values: dict[str, str]) -> SegmentView:
    name, description, definition = values["name"], values["description"], _definition(values["sql"])
    if segment is None:
        return await segments.create(visit.app, visit.actor, SegmentDraft(name, definition, description))
    return await segments.update(
        visit.app, visit.actor, segment.id, name=name, description=description, definition=definition
    )


async def _page(
    visit: Visit,
    form: Form,
    segment: SegmentView | None = None,
    counted: Seen | None = None,
    *,
    problem: AudienceSyncError | None = None,
) -> Response:
    tables = _tables(await segments.catalog(visit.app, visit.actor))
    page = Writing(form, segment, counted, place_of(problem, str(form.value("sql"))), tables)
    status = problem.status if problem and counted is None else 200
    return visit.page("segments/sql.html", status=status, page=page, form=form, covered=covered)


async def _segment(visit: Visit, segment_id: str) -> SegmentView:
    segment = await segments.get(visit.app, visit.actor, segment_id)
    if segment.definition["type"] != "sql":
        raise Conflict(f"{segment.name} is not made by SQL.", "Change it on its own page.", code="NOT_SQL")
    return segment


def _definition(sql: str) -> dict[str, object]:
    return {"type": "sql", "sql": sql}


def _tables(catalog: Catalog) -> dict[str, list[tuple[str, str]]]:
    """What a statement can read: columns with their types, by table."""
    profiles = [("profile_id", "text"), *((name, "texts or text") for name in catalog.identifiers)]
    return {
        "profiles": profiles + [(name, str(kind)) for name, kind in sorted(catalog.attributes.items())],
        "traits": [("profile_id", "text"), *((name, str(kind)) for name, kind in sorted(catalog.traits.items()))],
        "consents": [("profile_id", "text"), ("purpose", "text"), ("granted", "boolean"), ("time", "datetime")],
        "events": [("profile_id", "text"), ("name", "text"), ("time", "datetime"), ("properties", "map of texts")],
    }
